import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNightlogError } from '../base/nightlog-error.ts';
import { formatJson, type JsonStyle, nbformatStyle, type WritableJson } from './format-json.ts';
import * as operations from './notebook-operations.ts';
import { parseNotebook } from './parse-notebook.ts';

interface Cell {
	[name: string]: unknown;
	cell_type: string;
	metadata: Record<string, unknown>;
	source: unknown;
}
interface Document {
	[name: string]: unknown;
	cells: Cell[];
	metadata: Record<string, unknown>;
}

/** A notebook whose names stand in order. */
function sample(): Document {
	return {
		cells: [
			{ cell_type: 'markdown', id: 'title', metadata: {}, source: ['# Größe\n', '\n', '☃'] },
			{
				cell_type: 'code',
				execution_count: 3,
				id: 'one',
				metadata: { collapsed: false, tags: ['parameters'], zeta: { deep: [1, [], {}] } },
				outputs: [
					{ name: 'stdout', output_type: 'stream', text: ['a\n'] },
					{ data: { 'image/png': 'iVBORw0KGgo=', 'text/plain': ['<Figure>'] }, metadata: { needs: 'é' }, output_type: 'display_data' },
				],
				source: ['a = 1\n', 'b = "x"'],
			},
			{ cell_type: 'code', execution_count: null, id: 'two', metadata: {}, outputs: [], source: [] },
			{ cell_type: 'raw', id: 'last', metadata: { format: 'x' }, source: ['end'] },
		],
		metadata: { kernelspec: { display_name: 'Python 3', name: 'python3' }, unknown: [1, { a: null }] },
		nbformat: 4,
		nbformat_minor: 5,
	};
}

const layouts: readonly (readonly [name: string, style: Partial<JsonStyle>, end: string])[] = [
	['as nbformat', {}, '\n'],
	['two blanks', { indent: '  ' }, ''],
	['tabs and \\r\\n', { indent: '\t', newline: '\r\n' }, '\r\n'],
	['old Python', { indent: ' ', separator: ', ' }, '\n'],
	['one line', { indent: null, separator: ', ' }, ''],
	['one line without blanks', { indent: null, colon: ':' }, '\n\n'],
	['escapes', { asciiOnly: true }, '\n'],
	['no indentation', { indent: '' }, '\n'],
	['a blank before the colon', { colon: ' : ', indent: '    ' }, '\n'],
];

const outputs = [
	{ data: { 'application/json': { z: 1, a: ['x'] }, 'text/plain': ['1\n', '2'] }, execution_count: 9, metadata: {}, output_type: 'execute_result' },
	{ name: 'stderr', output_type: 'stream', text: ['ü\n'] },
];

const changes: readonly (readonly [name: string, change: (text: string) => string, expected: (document: Document) => void])[] = [
	[
		'outputs of one cell',
		(text) => operations.setCellOutputs(text, 'one', { outputs, executionCount: 9 }),
		({ cells }) => Object.assign(cells[1]!, { outputs, execution_count: 9 }),
	],
	['outputs alone', (text) => operations.setCellOutputs(text, 'one', { outputs }), ({ cells }) => Object.assign(cells[1]!, { outputs })],
	[
		'outputs of two cells',
		(text) =>
			operations.setOutputsOfCells(
				text,
				new Map([
					['two', { outputs, executionCount: 1 }],
					['one', { outputs: [], executionCount: null }],
				]),
			),
		({ cells }) => {
			Object.assign(cells[2]!, { outputs, execution_count: 1 });
			Object.assign(cells[1]!, { outputs: [], execution_count: null });
		},
	],
	['no outputs', (text) => operations.clearOutputs(text), ({ cells }) => Object.assign(cells[1]!, { outputs: [], execution_count: null })],
	[
		'no outputs in one cell',
		(text) => operations.clearOutputs(text, ['one']),
		({ cells }) => Object.assign(cells[1]!, { outputs: [], execution_count: null }),
	],
	[
		'a source',
		(text) => operations.replaceCellSource(text, 'one', 'a = 2\n\n"é"\n'),
		({ cells }) => Object.assign(cells[1]!, { source: ['a = 2\n', '\n', '"é"\n'] }),
	],
	['an empty source', (text) => operations.replaceCellSource(text, 'one', ''), ({ cells }) => Object.assign(cells[1]!, { source: [] })],
	[
		'a source where none was',
		(text) => operations.replaceCellSource(text, 'two', 'x\ny'),
		({ cells }) => Object.assign(cells[2]!, { source: ['x\n', 'y'] }),
	],
	['the same source', (text) => operations.replaceCellSource(text, 'one', 'a = 1\nb = "x"'), () => undefined],
	...[0, 2, 4].map(
		(index) =>
			[
				`a cell at ${index}`,
				(text: string) =>
					operations.insertCell(text, index, { type: 'code', source: 'x\ny', id: 'new', metadata: { tags: ['injected-parameters'] } }),
				({ cells }: Document) => {
					const cell = {
						cell_type: 'code',
						execution_count: null,
						id: 'new',
						metadata: { tags: ['injected-parameters'] },
						outputs: [],
						source: ['x\n', 'y'],
					};
					cells.splice(index, 0, cell);
				},
			] as const,
	),
	[
		'a markdown cell',
		(text) => operations.insertCell(text, 1, { type: 'markdown', source: '', id: 'n' }),
		({ cells }) => cells.splice(1, 0, { cell_type: 'markdown', id: 'n', metadata: {}, source: [] }),
	],
	...['title', 'one', 'last'].map(
		(id) =>
			[
				`without the cell ${id}`,
				(text: string) => operations.removeCell(text, id),
				({ cells }: Document) => {
					cells.splice(
						cells.findIndex((cell) => cell.id === id),
						1,
					);
				},
			] as const,
	),
	[
		'tags where some were',
		(text) => operations.setCellTags(text, 'one', ['a', 'ö']),
		({ cells }) => Object.assign(cells[1]!.metadata, { tags: ['a', 'ö'] }),
	],
	[
		'tags where metadata is empty',
		(text) => operations.setCellTags(text, 'two', ['a']),
		({ cells }) => Object.assign(cells[2]!.metadata, { tags: ['a'] }),
	],
	[
		'tags behind other metadata',
		(text) => operations.setCellTags(text, 'last', ['a']),
		({ cells }) => Object.assign(cells[3]!.metadata, { tags: ['a'] }),
	],
	['no tags', (text) => operations.setCellTags(text, 'one', []), ({ cells }) => delete cells[1]!.metadata.tags],
	['no tags where none are', (text) => operations.setCellTags(text, 'title', []), () => undefined],
	[
		'the first member of metadata',
		(text) => operations.setCellMetadata(text, 'one', 'alpha', { a: [1] }),
		({ cells }) => Object.assign(cells[1]!.metadata, { alpha: { a: [1] } }),
	],
	['without the last member', (text) => operations.setCellMetadata(text, 'one', 'zeta', undefined), ({ cells }) => delete cells[1]!.metadata.zeta],
	[
		'without the only member',
		(text) => operations.setCellMetadata(text, 'last', 'format', undefined),
		({ cells }) => delete cells[3]!.metadata.format,
	],
	[
		'metadata of the notebook',
		(text) => operations.setNotebookMetadata(text, 'language_info', { name: 'python' }),
		({ metadata }) => Object.assign(metadata, { language_info: { name: 'python' } }),
	],
];

for (const [layout, changed, end] of layouts) {
	const style: JsonStyle = { ...nbformatStyle, ...changed };
	const write = (document: Document) => formatJson(document as WritableJson, style) + end;
	for (const [name, change, expect] of changes) {
		test(`${name}, laid out like the rest: ${layout}`, () => {
			const document = sample();
			const before = write(document);
			expect(document);
			assert.equal(change(before), write(document));
		});
	}
}

test('what is not edited stays, however it is written', () => {
	const text =
		'\uFEFF{ "nbformat":4,"cells" : [\r\n\t{"source":"a\\u0062","cell_type":"code", "outputs":[ ],"metadata":{"x":1.0,"x":1e-05 }},\n\n {"metadata":{},"outputs":[{"b":1e5}],\n "source" : "\\/",  "cell_type":"code"} ],"nbformat_minor":  4, "metadata":{"n":12345678901234567890}}\n \n';
	const { value } = parseNotebook(text);
	const [first, second] = value?.cells ?? [];
	assert.ok(first && second);
	const edited = operations.setCellOutputs(text, first.id, { outputs: [{ name: 'stdout', output_type: 'stream', text: ['a\n', 'b'] }] });
	assert.equal(edited, text.replace('[ ]', '[{"name":"stdout","output_type":"stream","text":"a\\nb"}]'));
	assert.equal(operations.replaceCellSource(text, second.id, 'x\ny'), text.replace('"\\/"', '"x\\ny"'));
	assert.equal(operations.removeCell(text, first.id), text.replace(/\{"source":"a[\s\S]*?\n\n /, ''));
	assert.equal(operations.setCellMetadata(text, first.id, 'x', undefined), text.replace('"x":1.0,"x":1e-05 ', ''));
	assert.equal(operations.setNotebookMetadata(text, 'm', true), text.replace('67890}', '67890,"m":true}'));
});

test('pieces of another notebook keep their literals', () => {
	const executed = parseNotebook(
		'{"cells": [{"cell_type": "code", "id": "one", "source": "", "metadata": {}, "execution_count": 1, "outputs": [{"output_type": "display_data", "data": {"application/json": [1.0, 1e-05, 12345678901234567890, NaN]}, "metadata": {}}]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
	).value;
	const after = operations.setCellOutputs(`${formatJson(sample() as WritableJson, nbformatStyle)}\n`, 'one', {
		outputs: executed?.cells[0]?.outputs ?? [],
	});
	assert.match(after, /"application\/json": \[\n {7}1\.0,\n {7}1e-05,\n {7}12345678901234567890,\n {7}NaN\n {6}\]/);
});

test('an id is made where the format wants one, and none where it has none', () => {
	const text = formatJson(sample() as WritableJson, nbformatStyle);
	const id = parseNotebook(operations.insertCell(text, 0, { type: 'code', source: 'x' })).value?.cells[0]?.ownId;
	assert.match(id ?? '', /^[0-9a-f]{8}$/);
	const twice = operations.insertCell(operations.insertCell(text, 0, { type: 'code', source: 'x' }), 0, { type: 'code', source: 'x' });
	assert.deepEqual(parseNotebook(twice).problems, []);
	const old = operations.insertCell(text.replace('"nbformat_minor": 5', '"nbformat_minor": 4'), 0, { type: 'code', source: 'x' });
	assert.equal(parseNotebook(old).value?.cells[0]?.ownId, null);
});

test('cells go in where there was none, and the last one out', () => {
	const empty = '{\n "cells": [],\n "metadata": {},\n "nbformat": 4,\n "nbformat_minor": 5\n}\n';
	const one = operations.insertCell(empty, 0, { type: 'raw', source: 'x', id: 'a' });
	assert.equal(one, empty.replace('[]', '[\n  {\n   "cell_type": "raw",\n   "id": "a",\n   "metadata": {},\n   "source": [\n    "x"\n   ]\n  }\n ]'));
	assert.equal(operations.removeCell(one, 'a'), empty);
});

const refused: readonly (readonly [name: string, run: (text: string) => string, code: string])[] = [
	['a cell that is not there', (text) => operations.setCellOutputs(text, 'gone', { outputs: [] }), 'notebook/unknown-cell'],
	['outputs of a text', (text) => operations.setCellOutputs(text, 'title', { outputs: [] }), 'notebook/not-code'],
	['an id twice', (text) => operations.insertCell(text, 0, { type: 'raw', source: '', id: 'one' }), 'notebook/id-taken'],
	['what is no notebook', (text) => operations.removeCell(text.slice(0, -20), 'one'), 'notebook/invalid'],
];
for (const [name, run, code] of refused) {
	test(`refuses ${name}`, () => {
		assert.throws(
			() => run(`${formatJson(sample() as WritableJson, nbformatStyle)}\n`),
			(error) => isNightlogError(error, code),
		);
	});
}

test('refuses a place that is not there', () => {
	for (const index of [-1, 5, 0.5])
		assert.throws(() => operations.insertCell(formatJson(sample() as WritableJson, nbformatStyle), index, { type: 'raw', source: '' }), RangeError);
});
