import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '@nightlog/shared/api/client';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { parseNotebookAtVersion, resolveVersion } from './notebook-at-version.ts';

test('what follows the last @ is the version', () => {
	assert.deepEqual(parseNotebookAtVersion('a@b.ipynb@best fit'), { notebook: 'a@b.ipynb', version: 'best fit' });
});
for (const text of ['a.ipynb', 'a.ipynb@', '@abc', '']) {
	test(`"${text}" names no version`, () => {
		assert.throws(
			() => parseNotebookAtVersion(text),
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
