import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untrusted } from './untrusted.ts';

test('trust that somebody wrote into a cell is taken out, all else stays', () =>
	assert.deepEqual(
		untrusted({
			cells: [{ cell_type: 'code', metadata: { trusted: true, tags: ['x'] }, outputs: [1] }, { metadata: {} }],
			metadata: { trusted: true },
		}),
		{ cells: [{ cell_type: 'code', metadata: { tags: ['x'] }, outputs: [1] }, { metadata: {} }], metadata: { trusted: true } },
	));
test('what it is given stays as it is', () => {
	const notebook = { cells: [{ metadata: { trusted: true } }] };
	untrusted(notebook);
	assert.deepEqual(notebook, { cells: [{ metadata: { trusted: true } }] });
});
for (const odd of [null, 1, [], {}, { cells: 1 }, { cells: [null, 1, {}] }]) {
	test(`what is no notebook is passed on: ${JSON.stringify(odd)}`, () => assert.deepEqual(untrusted(odd), odd));
}
