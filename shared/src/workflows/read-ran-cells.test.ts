import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOfPlace, ranByEvents, ranByReceipt, readRanCells } from './read-ran-cells.ts';

const code = (id: string | null, source: unknown, outputs: unknown = [], tags: readonly string[] = []) => ({
	cell_type: 'code',
	...(id === null ? {} : { id }),
	metadata: { tags },
	source,
	outputs,
	execution_count: 1,
});
const text = (id: string | null) => ({ cell_type: 'markdown', ...(id === null ? {} : { id }), metadata: {}, source: 'words' });
const notebook = (...cells: unknown[]) => JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
const receiptCell = (id: string, status: string) => ({ id, status }) as Parameters<typeof ranByReceipt>[0]['cells'][number];

test('cells that ran are told by the run record', () => {
	const cells = ['ok', 'error', 'expected-error', 'interrupted', 'skipped', 'not-run'].map((status) => receiptCell(status, status));
	assert.deepEqual([...ranByReceipt({ cells })], ['ok', 'error', 'expected-error', 'interrupted']);
});

test('without a run record a cell that began has run, also one that never ended', () => {
	const events = [
		{ seq: 1, kind: 'started' },
		{ seq: 2, kind: 'cell-started', cell: 'a' },
		{ seq: 3, kind: 'cell-ended', cell: 'a', status: 'ok' },
		{ seq: 4, kind: 'cell-ended', cell: 'b', status: 'skipped' },
		{ seq: 5, kind: 'cell-started', cell: 'c' },
	];
	assert.deepEqual([...ranByEvents(events)], ['a', 'c']);
});

test('only code cells that ran are read, in the order of the notebook', () => {
	const cells = readRanCells(notebook(code('b', 'y'), text('t'), code('a', 'x'), code('c', 'z')), new Set(['a', 'b', 't']));
	assert.deepEqual(
		cells.map(({ id, source }) => [id, source]),
		[
			['b', 'y'],
			['a', 'x'],
		],
	);
});

test('the cell with the injected parameters belongs to no cell of the document', () => {
	const cells = readRanCells(notebook(code('i', 'alpha = 1', [], ['injected-parameters']), code('a', 'x')), new Set(['i', 'a']));
	assert.deepEqual(
		cells.map(({ id }) => id),
		['a'],
	);
});

test('cells without ids are known by their place, injected parameters not counted', () => {
	const cells = readRanCells(
		notebook(text(null), code(null, 'p = 1'), code(null, 'p = 2', [], ['injected-parameters']), code(null, 'print(p)')),
		new Set(['i1-0123abcd', 'i2-89abcdef']),
	);
	assert.deepEqual(
		cells.map(({ id, source }) => [id, source]),
		[
			[idOfPlace(1), 'p = 1'],
			[idOfPlace(2), 'print(p)'],
		],
	);
});

test('texts that are split into lines are joined without anything between', () => {
	const outputs = [
		{ output_type: 'stream', name: 'stdout', text: ['one\n', 'two'] },
		{
			output_type: 'display_data',
			metadata: {},
			data: { 'text/html': ['<b>', 'x</b>'], 'application/json': ['kept', 'apart'], 'application/vnd.x+json': [1] },
		},
	];
	const [cell] = readRanCells(notebook(code('a', ['x\n', 'y'], outputs)), new Set(['a']));
	assert.equal(cell?.source, 'x\ny');
	assert.deepEqual(cell?.outputs, [
		{ output_type: 'stream', name: 'stdout', text: 'one\ntwo' },
		{
			output_type: 'display_data',
			metadata: {},
			data: { 'text/html': '<b>x</b>', 'application/json': ['kept', 'apart'], 'application/vnd.x+json': [1] },
		},
	]);
});

test('an output that is none is said in its place', () => {
	const [cell] = readRanCells(notebook(code('a', 'x', [null])), new Set(['a']));
	assert.match(String(cell?.outputs[0]?.text), /could not be read/);
});

for (const broken of ['', '{', 'null', '[]', '{}', '{"cells": 1}']) {
	test(`a result that is no notebook is refused: ${broken}`, () =>
		assert.throws(() => readRanCells(broken, new Set()), { code: 'notebook/invalid' }));
}
