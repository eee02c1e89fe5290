import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareReceipts } from './compare-receipts.ts';
import type { Receipt } from './runner-protocol.ts';

type Cell = Receipt['cells'][number];

const cell = (id: string, outputs: readonly [sha: string, text: string | null][] = [], status: Cell['status'] = 'ok'): Cell => ({
	id,
	index: 0,
	status,
	executionCount: 1,
	startedAt: null,
	durationSeconds: null,
	peakMemoryBytes: null,
	sourceSha256: '0',
	outputs: outputs.map(([sha256, textSha256]) => ({ type: 'display_data', sha256, textSha256 })),
});

const check = (before: Cell, after: Cell | null, verdict: string, sameText: boolean) => {
	const [found] = compareReceipts({ cells: [before] }, { cells: after === null ? [] : [after] });
	assert.deepEqual([found?.verdict, found?.sameText], [verdict, sameText]);
	assert.equal(found?.why === null, verdict === 'same');
};

test('equal outputs are the same', () => {
	check(cell('a', [['1', 't']]), cell('a', [['1', 't']]), 'same', true);
	check(cell('a'), cell('a'), 'same', true);
});

test('a picture that differs while its text is the same is said', () => {
	check(cell('a', [['1', 't']]), cell('a', [['2', 't']]), 'differs', true);
	check(cell('a', [['1', 't']]), cell('a', [['2', 'u']]), 'differs', false);
	check(cell('a', [['1', 't']]), cell('a', []), 'differs', false);
});

test('a cell that fails now has failed, however it reads', () => {
	check(cell('a', [['1', 't']]), cell('a', [['1', 't']], 'error'), 'failed', false);
	check(cell('a'), cell('a', [], 'not-run'), 'failed', false);
	check(cell('a'), null, 'failed', false);
});

test('the same error as before is the same', () => {
	check(cell('a', [['1', 't']], 'error'), cell('a', [['1', 't']], 'error'), 'same', true);
});

test('a cell that did not run before is not compared', () => {
	assert.deepEqual(compareReceipts({ cells: [cell('a', [], 'not-run'), cell('b', [], 'skipped')] }, { cells: [] }), []);
});
