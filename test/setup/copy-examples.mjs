import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { checkout } from './checkout.mjs';

const digest = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Files below a folder, relative to it. */
function filesBelow(folder, prefix = '') {
	return readdirSync(path.join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
		const relative = path.join(prefix, entry.name);
		if (entry.isDirectory()) return entry.name.startsWith('.') || entry.name === '__pycache__' ? [] : filesBelow(folder, relative);
		return [relative];
	});
}

function readManifest(file) {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		return {};
	}
}

/** Where the examples are copied to: `$XDG_DATA_HOME/nightlog/examples`, which is nobody's repository. */
export function examplesFolder(environment = process.env) {
	return path.join(environment.XDG_DATA_HOME || path.join(homedir(), '.local', 'share'), 'nightlog', 'examples');
}

/**
 * Copies the examples to a folder of the person. The checkout is a Git repository, and opening them in place would put outputs into its files
 * and versions into its refs. What a person changed in the copy stays: only a file that is missing, or is as it was copied, is written.
 *
 * @returns {string} absolute path of the copy
 */
export function copyExamples(source = path.join(checkout, 'docs', 'examples'), target = examplesFolder()) {
	mkdirSync(target, { recursive: true });
	const manifestFile = path.join(path.dirname(target), 'examples.json');
	const copied = readManifest(manifestFile);
	const now = {};
	for (const file of filesBelow(source)) {
		const from = path.join(source, file);
		const to = path.join(target, file);
		const wanted = digest(from);
		const current = existsSync(to) ? digest(to) : null;
		if (current === wanted) {
			now[file] = wanted;
			continue;
		}
		if (current !== null && current !== copied[file]) {
			if (copied[file] !== undefined) now[file] = copied[file];
			continue;
		}
		mkdirSync(path.dirname(to), { recursive: true });
		copyFileSync(from, `${to}.part`);
		renameSync(`${to}.part`, to);
		now[file] = wanted;
	}
	writeFileSync(manifestFile, `${JSON.stringify(now, null, 2)}\n`);
	return target;
}
