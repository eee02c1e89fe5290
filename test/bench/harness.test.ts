import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alternate, describeFigure, figureOf } from './harness.ts';

test('a limit that is passed is a figure that is missed', () => {
	assert.equal(figureOf('x', 'ms', [7, 8, 9], { median: 8 }).met, true);
	assert.equal(figureOf('x', 'ms', [7, 9, 9], { median: 8 }).met, false);
	assert.equal(figureOf('x', 'ms', [1, 1, 1, 90], { p95: 20 }).met, false);
});

test('a ratio counts by the upper end of its interval, and needs a peer', () => {
	assert.equal(figureOf('x', 's', [1, 1, 1], { ratio: 0.6 }, { peer: { name: 'p', samples: [2, 2, 2] } }).met, true);
	assert.equal(figureOf('x', 's', [1, 1, 1], { ratio: 0.4 }, { peer: { name: 'p', samples: [2, 2, 2] } }).met, false);
	assert.equal(figureOf('x', 's', [1, 1, 1], { ratio: 0.4 }).met, false);
});

test('a missed figure says so in its line', () => {
	assert.match(describeFigure(figureOf('saving', 'ms', [30], { median: 15 })), /^MISSED saving: median 30\.0 ms/);
});

test('both sides take turns at going first', async () => {
	const order: string[] = [];
	const side = (name: string) => async () => {
		order.push(name);
		return 0;
	};
	await alternate(3, side('ours'), side('peer'));
	assert.deepEqual(order, ['ours', 'peer', 'peer', 'ours', 'ours', 'peer']);
});
