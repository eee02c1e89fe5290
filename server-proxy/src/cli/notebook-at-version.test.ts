import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '@nightlog/shared/api/client';
import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { CommandContext } from './command-context.ts';
import { findNotebookVersion, readNotebookAtVersion, resolveVersion } from './notebook-at-version.ts';

/** What a text can mean where there are those files: `notebook | version` each. */
function means(text: string, files: readonly string[], expected: readonly string[]): void {
	test(`"${text}" beside ${files.join(', ') || 'no file'}`, async () => {
		const found = await readNotebookAtVersion(text, async (notebook) => files.includes(notebook));
		assert.deepEqual(
			found.map(({ notebook, version }) => `${notebook} | ${version}`),
			expected,
		);
	});
}

means('g.ipynb@best fit', ['g.ipynb'], ['g.ipynb | best fit']);
means('g.ipynb@best fit', [], ['g.ipynb | best fit']);
means('a@b.ipynb@best fit', ['a@b.ipynb'], ['a@b.ipynb | best fit']);
means('a@b.ipynb@best fit', [], ['a@b.ipynb | best fit']);
means('g.ipynb@for ana@obs', ['g.ipynb'], ['g.ipynb | for ana@obs']);
means('g.ipynb@for ana@obs', [], ['g.ipynb | for ana@obs']);
means('g.ipynb@obs@', [], ['g.ipynb | obs@']);
means('g.ipynb@@obs', [], ['g.ipynb | @obs']);
means('ana@obs/a@b.ipynb@x@y', [], ['ana@obs/a@b.ipynb | x@y']);
means('@home.ipynb@x', [], ['@home.ipynb | x']);
means('g.ipynb@like h.ipynb@home', ['g.ipynb'], ['g.ipynb | like h.ipynb@home', 'g.ipynb@like h.ipynb | home']);
means('old.ipynb@home/g.ipynb@x', ['old.ipynb@home/g.ipynb'], ['old.ipynb@home/g.ipynb | x', 'old.ipynb | home/g.ipynb@x']);
means('g.ipynb@h.ipynb@x', ['g.ipynb', 'g.ipynb@h.ipynb'], ['g.ipynb | h.ipynb@x', 'g.ipynb@h.ipynb | x']);
means('a@b.ipynb@x', ['a'], ['a | b.ipynb@x', 'a@b.ipynb | x']);
means('a@b.ipynb@x', ['a', 'a@b.ipynb'], ['a@b.ipynb | x', 'a | b.ipynb@x']);
means('night@obs@x', ['night@obs'], ['night@obs | x']);
means('night@for@x', ['night'], ['night | for@x']);
means('night@for@x', [], ['night@for | x']);

for (const [text, ...files] of [
	['a.ipynb'],
	['a.ipynb@'],
	['@abc'],
	[''],
	['@'],
	['a@b.ipynb@'],
	['a@b.ipynb', 'a@b.ipynb'],
	['a@b@', 'a@b'],
] as const) {
	test(`"${text}" names no version${files.length > 0 ? ', for that is the notebook' : ''}`, async () => {
		await assert.rejects(
			readNotebookAtVersion(text, async (notebook) => (files as readonly string[]).includes(notebook)),
			(error) => isNightlogError(error, 'command/no-version'),
		);
	});
}

const id = (start: string) => start.padEnd(40, '0');
const pages = [
	{
		versions: [
			{ id: id('abcd1'), label: null },
			{ id: id('abcd2'), label: 'best fit' },
		],
		next: 'more',
	},
	{
		versions: [
			{ id: id('beef'), label: 'abcd' },
			{ id: id('1234'), label: null },
		],
		next: null,
	},
];
const asked: unknown[] = [];
const client = {
	call: async (operation: string, input: { query: { cursor?: string } }) => {
		asked.push([operation, input.query]);
		return pages[input.query.cursor === 'more' ? 1 : 0];
	},
} as unknown as Client;
const resolve = (name: string) => resolveVersion(client, '/n.ipynb', name, new AbortController().signal);

test('a full id is taken as it is, without asking', async () => {
	const before = asked.length;
	assert.equal(await resolve(id('ffff')), id('ffff'));
	assert.equal(asked.length, before);
});
test('a label', async () => assert.equal(await resolve('best fit'), id('abcd2')));
test('the beginning of an id, also on a later page', async () => assert.equal(await resolve('1234'), id('1234')));
test('a label goes before the beginnings of ids', async () => assert.equal(await resolve('abcd'), id('beef')));
test('an ambiguous beginning is refused', async () => {
	await assert.rejects(resolve('abcd0'.slice(0, 5)), (error) => isNightlogError(error, 'version/not-found'));
	pages[1]!.versions[0]!.label = null;
	await assert.rejects(resolve('abcd'), (error) => isNightlogError(error, 'command/ambiguous-version'));
});
test('three characters are too few to mean a version', async () => {
	await assert.rejects(resolve('123'), (error) => isNightlogError(error, 'version/not-found'));
});

/** Looks for a version in a folder without files, where the server knows the labels of those notebooks. */
async function find(text: string, labels: Readonly<Record<string, readonly string[]>>): Promise<string> {
	const call = async (_operation: string, { query }: { query: { notebook: string } }) => {
		const known = labels[query.notebook];
		if (known === undefined) throw new NightlogError('notebook/not-found', `There is no ${query.notebook}.`, { status: 404 });
		return { versions: known.map((label) => ({ id: id('1'), label })), next: null };
	};
	const connect = async () => ({ client: { call } });
	const found = await findNotebookVersion(
		{ connect, currentFolder: '/nowhere', signal: new AbortController().signal } as unknown as CommandContext,
		text,
	);
	return found.notebook;
}
test('the first notebook that has such a version is meant', async () => {
	assert.equal(await find('g.ipynb@h.ipynb@x', { '/nowhere/g.ipynb': ['y'], '/nowhere/g.ipynb@h.ipynb': ['x'] }), '/nowhere/g.ipynb@h.ipynb');
	assert.equal(await find('g.ipynb@h.ipynb@x', { '/nowhere/g.ipynb': ['h.ipynb@x'], '/nowhere/g.ipynb@h.ipynb': ['x'] }), '/nowhere/g.ipynb');
	assert.equal(await find('g.ipynb@h.ipynb@x', { '/nowhere/g.ipynb@h.ipynb': ['x'] }), '/nowhere/g.ipynb@h.ipynb');
	assert.equal(await find(`g.ipynb@h.ipynb@${id('ffff')}`, { '/nowhere/g.ipynb': ['y'] }), '/nowhere/g.ipynb@h.ipynb');
});
test('where no notebook has it, that is said of the likeliest', async () => {
	await assert.rejects(find('g.ipynb@h.ipynb@x', { '/nowhere/g.ipynb': [] }), /has no version "h\.ipynb@x"/);
	await assert.rejects(find('g.ipynb@h.ipynb@x', {}), /There is no \/nowhere\/g\.ipynb\./);
});
