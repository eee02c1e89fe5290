import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const dayMs = 24 * 60 * 60 * 1000;
/** What nobody has asked for so long is removed: its requirements were raised since. */
const unusedMs = 30 * dayMs;
/** In a cached folder: the checkout that it belongs to, or nothing where all share it. Its time is when it was last asked for. */
const note = 'made-for';

/**
 * Makes a folder of the cache whole or not at all: in a place beside it, renamed at the end. Another process that was quicker wins.
 *
 * @param {string} folder its name is words and twelve hexadecimal digits that stand for what it was made from
 * @param {(draft: string) => Promise<void>} make
 * @param {string} owner the checkout that it belongs to; '' where all share it
 * @returns {Promise<boolean>} whether it was made now
 */
export async function makeFolder(folder, make, owner = '') {
	if (existsSync(folder)) {
		touch(folder, owner);
		return false;
	}
	const draft = `${folder}.${randomBytes(4).toString('hex')}`;
	mkdirSync(path.dirname(folder), { recursive: true });
	removeUnused(path.dirname(folder), Date.now());
	try {
		await make(draft);
		touch(draft, owner);
		try {
			renameSync(draft, folder);
		} catch (error) {
			if (!existsSync(folder)) throw error;
		}
	} finally {
		rmSync(draft, { recursive: true, force: true });
	}
	return true;
}

function touch(folder, owner) {
	const file = path.join(folder, note);
	if (!existsSync(file)) writeFileSync(file, `${owner}\n`);
	const now = new Date();
	utimesSync(file, now, now);
}

/** Removes what a killed run left, what belongs to a checkout that is gone, and what was not asked for in a month. */
export function removeUnused(parent, nowMs) {
	for (const name of readdirSync(parent)) {
		const folder = path.join(parent, name);
		if (/^[a-z-]+-[0-9a-f]{12}\.[0-9a-f]{8}$/.test(name)) {
			if (nowMs - statSync(folder).mtimeMs > dayMs) rmSync(folder, { recursive: true, force: true });
		} else if (/^[a-z-]+-[0-9a-f]{12}$/.test(name) && isUnused(folder, nowMs)) rmSync(folder, { recursive: true, force: true });
	}
}

function isUnused(folder, nowMs) {
	const file = path.join(folder, note);
	const stat = statSync(file, { throwIfNoEntry: false });
	// One of an older kind, of which nothing is known.
	if (stat === undefined) return false;
	const owner = readFileSync(file, 'utf8').trim();
	return (owner !== '' && !existsSync(owner)) || nowMs - stat.mtimeMs > unusedMs;
}
