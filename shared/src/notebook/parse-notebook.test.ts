import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Notebook } from './notebook.ts';
import { parseNotebook, readNotebook } from './parse-notebook.ts';

function parsed(document: unknown): Notebook {
	const { value, problems } = parseNotebook(JSON.stringify(document));
	assert.deepEqual(problems, []);
	assert.ok(value);
	return value;
}

function notebook(cells: unknown[], rest: object = {}) {
	return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5, ...rest };
}

function code(source: unknown, rest: object = {}) {
	return { cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source, ...rest };
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);

test('a notebook is seen as it is', () => {
	const value = parsed(
		notebook(
			[
				{ cell_type: 'markdown', id: 'title', metadata: {}, source: ['# A\n', 'b'] },
				code('x = 1', {
					id: 'one',
					execution_count: 3,
					metadata: { tags: ['parameters', 7] },
					outputs: [{ output_type: 'stream', name: 'stdout', text: 'a' }],
				}),
				{ cell_type: 'query', id: 'new', source: '' },
			],
			{ metadata: { kernelspec: { name: 'python3', display_name: 'Python 3' }, language_info: { name: 'python' } } },
		),
	);
	assert.deepEqual(
		value.cells.map(({ id, index, type, source, tags, executionCount }) => ({ id, index, type, source, tags, executionCount })),
		[
			{ id: 'title', index: 0, type: 'markdown', source: '# A\nb', tags: [], executionCount: null },
			{ id: 'one', index: 1, type: 'code', source: 'x = 1', tags: ['parameters'], executionCount: 3 },
			{ id: 'new', index: 2, type: 'query', source: '', tags: [], executionCount: null },
		],
	);
	assert.equal(value.cells[1]?.outputs[0]?.get('text')?.literal, '"a"');
	assert.deepEqual([value.minor, value.kernelName, value.kernelDisplayName, value.language], [5, 'python3', 'Python 3', 'python']);
});

test('the language comes from the kernelspec where the kernel has not told it', () => {
	assert.equal(parsed(notebook([], { metadata: { kernelspec: { name: 'ir', language: 'R' } } })).language, 'R');
	assert.equal(parsed(notebook([])).language, null);
	assert.equal(parsed(notebook([], { metadata: { language_info: { name: '' } } })).language, null);
});

test('cells without ids go by place and source', () => {
	const value = parsed(notebook([code(['a\n', 'é']), code('')], { nbformat_minor: 4 }));
	assert.deepEqual(
		value.cells.map(({ id, ownId }) => [id, ownId]),
		[
			[`i0-${hash('a\né')}`, null],
			[`i1-${hash('')}`, null],
		],
	);
});

test('no id means two cells, whatever the text says', () => {
	const taken = `i2-${hash('c')}`;
	const { value, problems } = parseNotebook(
		JSON.stringify(notebook([code('a', { id: 'same' }), code('b', { id: 'same' }), code('c'), code('d', { id: taken }), code('e', { id: '' })])),
	);
	assert.deepEqual(
		value?.cells.map(({ id }) => id),
		['same', `i1-${hash('b')}`, `${taken}-2`, taken, `i4-${hash('e')}`],
	);
	assert.deepEqual(
		problems.map(({ code: problem, severity, path }) => [problem, severity, path]),
		[
			['notebook/duplicate-id', 'warning', '/cells/1/id'],
			['notebook/missing-id', 'warning', '/cells/2'],
			['notebook/invalid-id', 'warning', '/cells/4/id'],
		],
	);
});

test('cells without an id where the format asks for one are read, with one word about all of them', () => {
	const told = (cells: unknown[], minor = 5) =>
		parseNotebook(JSON.stringify(notebook(cells, { nbformat_minor: minor }))).problems.map(({ code: problem, severity, path, message }) => [
			problem,
			severity,
			path,
			/^Cell \d+(?: and \d+ more)? ha/.exec(message)?.[0],
		]);
	assert.deepEqual(told([code('a', { id: 'one' }), code('b'), { cell_type: 'markdown', metadata: {}, source: '' }]), [
		['notebook/missing-id', 'warning', '/cells/1', 'Cell 2 and 1 more ha'],
	]);
	assert.deepEqual(told([code('a')], 6).slice(1), [['notebook/missing-id', 'warning', '/cells/0', 'Cell 1 ha']]);
	assert.deepEqual(told([code('a')], 4), []);
	const { value } = parseNotebook(JSON.stringify(notebook([code('a', { id: 'one' }), code('b')])));
	assert.deepEqual(
		value?.cells.map(({ id, ownId }) => [id, ownId]),
		[
			['one', 'one'],
			[`i1-${hash('b')}`, null],
		],
	);
});

const refused: readonly (readonly [name: string, text: string, problems: readonly (readonly [code: string, path: string])[]])[] = [
	['a list', '[]', [['notebook/not-a-notebook', '']]],
	['another JSON', '{"a": 1}', [['notebook/not-a-notebook', '']]],
	['format 2', '{"worksheets": []}', [['notebook/old-format', '']]],
	['format 3', '{"worksheets": [], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}', [['notebook/old-format', '/nbformat']]],
	['format 5', '{"cells": [], "nbformat": 5}', [['notebook/unknown-format', '/nbformat']]],
	['a format that is no number', '{"cells": [], "nbformat": "4"}', [['notebook/not-a-notebook', '/nbformat']]],
	['no cells', '{"metadata": {}, "nbformat": 4, "nbformat_minor": 5}', [['notebook/not-a-notebook', '']]],
	[
		'wrong metadata and cells',
		'{"metadata": [], "cells": {}, "nbformat": 4}',
		[
			['notebook/not-a-notebook', '/metadata'],
			['notebook/not-a-notebook', '/cells'],
		],
	],
	[
		'every broken cell at once',
		JSON.stringify(
			notebook([
				null,
				{ source: '' },
				{ cell_type: 'code' },
				code(['a', 1]),
				code('', { outputs: {} }),
				code('', { outputs: [{}, 1] }),
				code('', { metadata: 3 }),
				code(''),
			]),
		),
		[
			['notebook/invalid-cell', '/cells/0'],
			['notebook/invalid-cell', '/cells/1'],
			['notebook/invalid-cell', '/cells/2'],
			['notebook/invalid-cell', '/cells/3/source'],
			['notebook/invalid-cell', '/cells/4/outputs'],
			['notebook/invalid-cell', '/cells/5/outputs/1'],
			['notebook/invalid-cell', '/cells/6/metadata'],
		],
	],
	['truncated', JSON.stringify(notebook([code('a'), code('b')])).slice(0, 120), [['notebook/not-json', '/cells/1']]],
	['empty', '', [['notebook/empty', '']]],
];
for (const [name, text, expected] of refused) {
	test(`refuses ${name}, with every problem`, () => {
		const { value, problems } = parseNotebook(text);
		assert.equal(value, null);
		assert.deepEqual(
			problems.map(({ code: problem, path }) => [problem, path]),
			expected,
		);
		assert.ok(problems.every(({ severity, message, line }) => severity === 'error' && message.length > 20 && line !== null));
	});
}

test('a problem is placed in the text', () => {
	const text = '{\n "cells": [\n  {"cell_type": "code",\n   "source": 1}\n ],\n "nbformat": 4\n}';
	assert.deepEqual(
		parseNotebook(text)
			.problems.filter(({ severity }) => severity === 'error')
			.map(({ line, column }) => [line, column]),
		[[4, 14]],
	);
});

test('what Jupyter opens is read, with a word about it', () => {
	const noMinor = parseNotebook('{"cells": [], "metadata": {}, "nbformat": 4}');
	assert.equal(noMinor.value?.minor, 0);
	assert.deepEqual(
		noMinor.problems.map(({ code: problem }) => problem),
		['notebook/no-minor'],
	);
	const newer = parseNotebook('{"cells": [], "nbformat": 4, "nbformat_minor": 9}');
	assert.equal(newer.value?.minor, 9);
	assert.deepEqual(
		newer.problems.map(({ code: problem }) => problem),
		['notebook/newer-minor'],
	);
});

test('a newer format may have cells of a kind that is not known', () => {
	const cells = [{ cell_type: 'query', metadata: {} }];
	assert.equal(parseNotebook(JSON.stringify(notebook(cells, { nbformat_minor: 6 }))).value?.cells[0]?.source, '');
	assert.equal(parseNotebook(JSON.stringify(notebook(cells))).value, null);
	assert.equal(parseNotebook(JSON.stringify(notebook([{ cell_type: 'code', metadata: {} }], { nbformat_minor: 6 }))).value, null);
});

test('bytes are read, and refused where they are no text', () => {
	assert.equal(readNotebook(new TextEncoder().encode('\uFEFF{"cells": [], "nbformat": 4, "nbformat_minor": 5}')).value?.cells.length, 0);
	assert.deepEqual(
		readNotebook(Uint8Array.from([0x7b, 0xff])).problems.map(({ code: problem }) => problem),
		['notebook/not-utf-8'],
	);
});
