import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asOpened } from './as-opened.ts';

const cellsOf = (...cells: unknown[]) => (asOpened({ cells, metadata: { trusted: true }, nbformat: 4 }) as { cells: unknown[] }).cells;

test('trust that somebody wrote into a cell is taken out, all else of its metadata stays', () =>
	assert.deepEqual(cellsOf({ cell_type: 'code', metadata: { trusted: true, tags: ['x'] }, source: 'x' }), [
		{ cell_type: 'code', metadata: { tags: ['x'] }, source: 'x' },
	]));
test('texts come in one piece', () =>
	assert.deepEqual(
		cellsOf({
			metadata: {},
			source: ['a\n', 'b'],
			outputs: [{ output_type: 'stream', name: 'stdout', text: ['1\n', '2'] }],
			attachments: { 'x.svg': { 'image/svg+xml': ['<svg', '/>'] } },
		}),
		[
			{
				metadata: {},
				source: 'a\nb',
				outputs: [{ output_type: 'stream', name: 'stdout', text: '1\n2' }],
				attachments: { 'x.svg': { 'image/svg+xml': '<svg/>' } },
			},
		],
	));
test('what it is given stays as it is', () => {
	const notebook = { cells: [{ metadata: { trusted: true }, source: ['a'] }] };
	asOpened(notebook);
	assert.deepEqual(notebook, { cells: [{ metadata: { trusted: true }, source: ['a'] }] });
});
for (const odd of [null, 1, [], {}, { cells: 1 }, { cells: [null, 1] }]) {
	test(`what is no notebook is passed on: ${JSON.stringify(odd)}`, () => assert.deepEqual(asOpened(odd), odd));
}
