import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createMemoryRepository } from './memory-repository.ts';
import { planEquals, planTree, type TreeFile, writeTree } from './plan-tree.ts';
import type { ObjectId, Repository } from './repository.ts';

function makeRepository(): Repository {
	return createMemoryRepository({ hash: (parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest() });
}

type Files = Readonly<Record<string, string | null>>;

/** Writes files over a tree; answers the new tree and how many folders were read on the way. */
async function put(repository: Repository, base: ObjectId | null, files: Files): Promise<{ tree: ObjectId; read: number; kind: string }> {
	const session = repository.begin();
	const changes = new Map<string, TreeFile | null>();
	for (const [path, text] of Object.entries(files)) {
		changes.set(path, text === null ? null : { mode: '100644', oid: session.blob(new TextEncoder().encode(text)) });
	}
	let read = 0;
	const plan = await planTree(
		async (oid) => {
			read += 1;
			return repository.readTree(oid);
		},
		base,
		changes,
	);
	const tree = writeTree(session, plan);
	await session.finish();
	return { tree, read, kind: plan.kind };
}

async function list(repository: Repository, tree: ObjectId, prefix = ''): Promise<Record<string, string>> {
	const found: Record<string, string> = {};
	for (const entry of await repository.readTree(tree)) {
		if (entry.mode === '40000') Object.assign(found, await list(repository, entry.oid, `${prefix}${entry.name}/`));
		else found[prefix + entry.name] = entry.mode === '160000' ? 'submodule' : new TextDecoder().decode(await repository.readBlob(entry.oid));
	}
	return found;
}

function check(name: string, before: Files, changes: Files, expected: Record<string, string>): void {
	test(`a tree: ${name}`, async () => {
		const repository = makeRepository();
		const { tree: base } = await put(repository, null, before);
		const { tree } = await put(repository, base, changes);
		assert.deepEqual(await list(repository, tree), expected);
		// The same changes over the outcome change nothing, and the tree is the one that its files give by themselves.
		assert.equal((await put(repository, tree, changes)).tree, tree);
		assert.equal((await put(repository, null, expected)).tree, tree);
	});
}

check('gets a file', { a: '1' }, { b: '2' }, { a: '1', b: '2' });
check('gets a file in new folders', { a: '1' }, { 'x/y/z': '2' }, { a: '1', 'x/y/z': '2' });
check('gets another content', { 'x/a': '1', 'x/b': '1' }, { 'x/a': '2' }, { 'x/a': '2', 'x/b': '1' });
check('loses a file', { a: '1', b: '2' }, { a: null }, { b: '2' });
check('loses a folder with its last file', { 'x/y/a': '1', b: '2' }, { 'x/y/a': null }, { b: '2' });
check('loses what is not there', { a: '1' }, { b: null, 'x/y': null, 'a/b': null }, { a: '1' });
check('loses a whole folder', { 'x/a': '1', 'x/b': '1', c: '1' }, { x: null }, { c: '1' });
check('gets a folder in place of a file', { x: '1' }, { 'x/a': '2' }, { 'x/a': '2' });
check('gets a file in place of a folder', { 'x/a': '1' }, { x: '2' }, { x: '2' });
check('gets a folder anew', { 'x/a': '1', 'x/b': '1' }, { x: null, 'x/c': '2' }, { 'x/c': '2' });
check('becomes empty', { 'x/a': '1' }, { 'x/a': null }, {});
check('begins empty', {}, { a: '1' }, { a: '1' });
check(
	'gets names that mean something elsewhere',
	{},
	{ __proto__x: '1', constructor: '2', 'toString/a': '3' },
	{ __proto__x: '1', constructor: '2', 'toString/a': '3' },
);

test('only folders that change are read', async () => {
	const repository = makeRepository();
	const files = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`folder${index}/file`, String(index)]));
	const { tree } = await put(repository, null, files);
	assert.equal((await put(repository, tree, { 'folder7/file': 'new' })).read, 2);
	assert.equal((await put(repository, tree, { 'folder7/file': '7' })).kind, 'same');
});

test('a submodule stays', async () => {
	const repository = makeRepository();
	const session = repository.begin();
	const base = session.tree([{ name: 'sub', mode: '160000', oid: '1'.repeat(40) }]);
	await session.finish();
	const { tree } = await put(repository, base, { a: '1', 'sub/x': null });
	assert.deepEqual(await list(repository, tree), { a: '1', sub: 'submodule' });
});

test('a mode is a change', async () => {
	const repository = makeRepository();
	const { tree } = await put(repository, null, { a: '1' });
	const [entry] = await repository.readTree(tree);
	const plan = await planTree(repository.readTree, tree, new Map([['a', { mode: '100755' as const, oid: entry?.oid ?? '' }]]));
	assert.equal(plan.kind, 'new');
});

function same(name: string, one: Files, other: Files, expected: boolean): void {
	test(`trees but for one file: ${name}`, async () => {
		const repository = makeRepository();
		const base = (await put(repository, null, { 'deep/er/x': '1', y: '2' })).tree;
		const { tree } = await put(repository, null, other);
		const session = repository.begin();
		const changes = new Map<string, TreeFile | null>([
			['deep', null],
			['y', null],
		]);
		for (const [path, text] of Object.entries(one)) {
			changes.set(path, text === null ? null : { mode: '100644', oid: session.blob(new TextEncoder().encode(text)) });
		}
		await session.finish();
		assert.equal(await planEquals(repository.readTree, await planTree(repository.readTree, base, changes), tree, '.n/v.json'), expected);
	});
}

same('equal', { a: '1', '.n/v.json': '1' }, { a: '1', '.n/v.json': '2' }, true);
same('there only once', { a: '1' }, { a: '1', '.n/v.json': '2' }, true);
same('there only once, the other way', { a: '1', '.n/v.json': '2' }, { a: '1' }, true);
same('another file beside it', { a: '1', '.n/v.json': '1', '.n/w': '1' }, { a: '1', '.n/v.json': '2' }, false);
same('another file', { a: '1' }, { a: '2' }, false);
same('a file more', { a: '1' }, { a: '1', 'x/b': '1' }, false);
same('a file less', { a: '1', 'x/b': '1' }, { a: '1' }, false);
same('a file for a folder', { a: '1' }, { 'a/b': '1' }, false);
same('in folders', { 'a/b/c': '1', 'a/d': '2' }, { 'a/b/c': '1', 'a/d': '2' }, true);
same('in folders, not', { 'a/b/c': '1', 'a/d': '2' }, { 'a/b/c': '2', 'a/d': '2' }, false);
