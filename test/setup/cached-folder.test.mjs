import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { makeFolder, removeUnused } from './cached-folder.mjs';

const dayMs = 24 * 60 * 60 * 1000;
let cache;
let checkout;
before(() => {
	checkout = mkdtempSync(path.join(tmpdir(), 'nl-checkout-'));
});
after(() => rmSync(checkout, { recursive: true }));
beforeEach(() => {
	cache = mkdtempSync(path.join(tmpdir(), 'nl-cache-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

const make = (draft) => {
	mkdirSync(draft);
	writeFileSync(path.join(draft, 'made'), '');
};
const name = 'python-0123456789ab';

test('a folder is made once, and found again', async () => {
	const folder = path.join(cache, name);
	assert.equal(await makeFolder(folder, make, checkout), true);
	assert.equal(await makeFolder(folder, assert.fail, checkout), false);
	assert.deepEqual(readdirSync(cache), [name]);
	assert.equal(readFileSync(path.join(folder, 'made-for'), 'utf8'), `${checkout}\n`);
});

test('what could not be made leaves nothing', async () => {
	const broken = (draft) => {
		make(draft);
		throw new Error('no disk');
	};
	await assert.rejects(makeFolder(path.join(cache, name), broken), /no disk/);
	assert.deepEqual(readdirSync(cache), []);
});

/** A folder of the cache that was last asked for so many days ago. */
async function makeOld(folderName, owner, days) {
	const folder = path.join(cache, folderName);
	await makeFolder(folder, make, owner);
	const then = new Date(Date.now() - days * dayMs);
	utimesSync(path.join(folder, 'made-for'), then, then);
	return folder;
}

for (const [what, folderName, owner, days, kept] of [
	['of this checkout, used yesterday, stays', name, 'here', 1, true],
	['of this checkout, not used in a month, goes', name, 'here', 31, false],
	['of a checkout that is gone goes', name, '/nowhere/checkout', 0, false],
	['that all share stays', 'collaboration-0123456789ab', '', 29, true],
	['that all share and nobody uses goes', 'collaboration-0123456789ab', '', 31, false],
	['with another name is nobody of ours', 'rebuild', '/nowhere/checkout', 31, true],
]) {
	test(`a folder ${what}`, async () => {
		const folder = await makeOld(folderName, owner === 'here' ? checkout : owner, days);
		removeUnused(cache, Date.now());
		assert.equal(existsSync(folder), kept);
	});
}

test('asking for a folder keeps it', async () => {
	const folder = await makeOld(name, checkout, 31);
	await makeFolder(folder, assert.fail, checkout);
	removeUnused(cache, Date.now());
	assert.equal(existsSync(folder), true);
});

test('what a killed run left goes after a day', () => {
	for (const [draft, days] of [
		[`${name}.01234567`, 2],
		[`${name}.89abcdef`, 0],
	]) {
		make(path.join(cache, draft));
		const then = new Date(Date.now() - days * dayMs);
		utimesSync(path.join(cache, draft), then, then);
	}
	removeUnused(cache, Date.now());
	assert.deepEqual(readdirSync(cache), [`${name}.89abcdef`]);
});
