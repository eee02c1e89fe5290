import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyTextEdits } from './apply-text-edits.ts';

test('edits are done in the order of the text', () => {
	const edits = [
		{ start: 4, end: 6, text: 'X' },
		{ start: 0, end: 0, text: '<' },
		{ start: 6, end: 6, text: 'b' },
		{ start: 2, end: 3, text: '' },
		{ start: 6, end: 6, text: 'c' },
		{ start: 10, end: 10, text: '>' },
	];
	assert.equal(applyTextEdits('0123456789', edits), '<013Xbc6789>');
	assert.equal(applyTextEdits('abc', []), 'abc');
});

for (const edits of [
	[
		{ start: 0, end: 3, text: '' },
		{ start: 2, end: 4, text: '' },
	],
	[{ start: 3, end: 2, text: '' }],
	[{ start: 0, end: 5, text: '' }],
	[{ start: -1, end: 0, text: '' }],
]) {
	test(`edits that do not fit are refused: ${JSON.stringify(edits)}`, () => assert.throws(() => applyTextEdits('0123', edits), RangeError));
}
