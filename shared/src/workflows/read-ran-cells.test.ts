import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derivedCellId } from '../notebook/cell-id.ts';
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

const placesAndSources = (cells: ReturnType<typeof readRanCells>) => cells.map(({ id, source }) => [id, source]);

test('cells without ids are known by their place, injected parameters not counted', () => {
	const given = [text(null), code(null, 'p = 1')];
	const injected = code(null, 'p = 2', [], ['injected-parameters']);
	const after = code(null, 'print(p)');
	const expected = [
		[idOfPlace(1), 'p = 1'],
		[idOfPlace(2), 'print(p)'],
	];
	const first = derivedCellId(1, 'p = 1');
	const inserted = new Set([first, 'injected-parameters', derivedCellId(2, 'print(p)')]);
	assert.deepEqual(placesAndSources(readRanCells(notebook(...given, injected, after), inserted)), expected);
	// An earlier cell of parameters, which the runner filled anew, had a place in what was submitted.
	const replaced = new Set([first, derivedCellId(2, 'p = 1.5'), derivedCellId(3, 'print(p)')]);
	assert.deepEqual(placesAndSources(readRanCells(notebook(...given, injected, after), replaced)), expected);
	assert.deepEqual(placesAndSources(readRanCells(notebook(...given, injected, after), new Set([derivedCellId(3, 'print(p)')]))), expected.slice(1));
});

test('of cells with the same id the first has it, and the others are known by their place', () => {
	const first = code('same', 'x');
	const injected = code('parameters-0123abcd', 'p = 2', [], ['injected-parameters']);
	const cells = [first, injected, code('same', 'y'), code('same', 'z')];
	const rows = [
		[
			['same', derivedCellId(1, 'y'), derivedCellId(2, 'z')],
			['same', idOfPlace(1), idOfPlace(2)],
		],
		[['same'], ['same']],
		[[derivedCellId(2, 'z')], [idOfPlace(2)]],
	] as const;
	for (const [ran, expected] of rows) {
		const found = readRanCells(notebook(...cells), new Set(['parameters-0123abcd', ...ran]));
		assert.deepEqual(
			found.map(({ id }) => id),
			expected,
		);
	}
});

test('a cell of parameters that an earlier job put in and that was submitted again had its place', () => {
	const injected = code('parameters-1a2b3c4d', 'p = 2', [], ['injected-parameters']);
	const cells = notebook(code('same', 'x'), injected, code('same', 'y'), code('same', 'z'));
	const idsOf = (...ran: string[]) => readRanCells(cells, new Set(['same', ...ran])).map(({ id }) => id);
	const all = ['same', idOfPlace(1), idOfPlace(2)];
	for (const parameters of [['parameters-1a2b3c4d'], []]) {
		assert.deepEqual(idsOf(...parameters, derivedCellId(2, 'y'), derivedCellId(3, 'z')), all);
		assert.deepEqual(idsOf(...parameters, derivedCellId(1, 'y'), derivedCellId(2, 'z')), all);
		assert.deepEqual(idsOf(...parameters, derivedCellId(3, 'z')), ['same', idOfPlace(2)]);
	}
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
