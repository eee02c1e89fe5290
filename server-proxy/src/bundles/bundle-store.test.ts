import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { type BundleFile, BundleStore, manifestOf } from './bundle-store.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const file = (name: string, text = name): BundleFile => ({ path: name, mode: '100644', sha256: sha256(text) });
const signal = new AbortController().signal;
async function* pieces(...texts: string[]) {
	for (const text of texts) yield Buffer.from(text);
}

let folder: string;
let store: BundleStore;
beforeEach(() => {
	folder = mkdtempSync(path.join(tmpdir(), 'nl-bundle-'));
	store = new BundleStore(folder, () => new Date());
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const everything = () => readdirSync(folder, { recursive: true }).map(String).sort();

test('a bundle is named by its sorted manifest, and says what is missing', async () => {
	const files = [file('b'), file('a/c'), file('again', 'b')];
	const { id, missing } = await store.describe(files);
	assert.equal(id, sha256(manifestOf(files)));
	assert.equal(id, (await store.describe([...files].reverse())).id);
	assert.equal(readFileSync(path.join(folder, 'bundles', `${id}.json`), 'utf8'), manifestOf(files));
	assert.deepEqual(missing.sort(), [sha256('b'), sha256('a/c')].sort());
	await store.putBlob(sha256('b'), pieces('b'), signal);
	assert.deepEqual((await store.describe(files)).missing, [sha256('a/c')]);
	assert.equal(readFileSync(store.blobFile(sha256('b')), 'utf8'), 'b');
});

test('the manifest is sorted by path, without spaces', () => {
	assert.equal(
		manifestOf([file('b'), file('a')]),
		`[{"path":"a","mode":"100644","sha256":"${sha256('a')}"},{"path":"b","mode":"100644","sha256":"${sha256('b')}"}]`,
	);
});

test('a blob that is something else is not kept', async () => {
	await assert.rejects(store.putBlob(sha256('right'), pieces('wr', 'ong'), signal), (error) => isNightlogError(error, 'bundle/wrong-content'));
	assert.deepEqual(
		everything().filter((name) => !/^blobs(\/..)?$/.test(name)),
		[],
	);
});

test('a blob whose client went away is not kept', async () => {
	async function* broken() {
		yield Buffer.from('x');
		throw new Error('gone');
	}
	await assert.rejects(store.putBlob(sha256('xy'), broken(), signal), /gone/);
	assert.deepEqual(
		everything().filter((name) => !/^blobs(\/..)?$/.test(name)),
		[],
	);
});

test('the same blob ten times at once is one file', async () => {
	await Promise.all(Array.from({ length: 10 }, () => store.putBlob(sha256('same'), pieces('sa', 'me'), signal)));
	assert.deepEqual(everything().filter((name) => name.split('/').length === 3).length, 1);
});

const bad: [string, string[]][] = [
	['an absolute path', ['/etc/passwd']],
	['a way up', ['a/../../b']],
	['a dot', ['./a']],
	['an empty part', ['a//b']],
	['a slash at the end', ['a/']],
	['NUL', ['a\0b']],
	['a backslash', ['a\\..\\b']],
	["Git's folder", ['.git/config']],
	["Git's folder further in, in capitals", ['a/.GIT/hooks/post-checkout']],
	['half a character', ['a\ud800']],
	['the same path twice', ['a', 'a']],
	['a file that is also a folder', ['a/b', 'a']],
];
for (const [name, paths] of bad) {
	test(`refused: ${name}`, async () => {
		await assert.rejects(store.describe(paths.map((each) => file(each))), (error) => {
			assert.ok(isNightlogError(error, 'bundle/invalid'));
			assert.match(error.errors[0]?.path ?? '', /^\/files\/\d+\/path$/);
			return true;
		});
		assert.deepEqual(everything(), []);
	});
}
