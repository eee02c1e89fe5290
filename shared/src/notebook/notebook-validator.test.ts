import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createNotebookValidator } from './notebook-validator.ts';
import { parseNotebook } from './parse-notebook.ts';

const validate = createNotebookValidator();

const recorded = JSON.parse(readFileSync(new URL('./__fixtures__/nbformat-validate.json', import.meta.url), 'utf8')) as {
	tool: string;
	cases: { name: string; notebook: string; keepsIds: boolean; validIn: number[] }[];
};
interface Document {
	nbformat_minor: number;
	cells: { id?: unknown }[];
}
for (const { name, notebook, keepsIds, validIn } of recorded.cases) {
	for (const minor of [0, 1, 2, 3, 4, 5]) {
		test(`${recorded.tool} agrees on 4.${minor}: ${name}`, () => {
			// 1.0 and 1 are told apart, so the text is changed, not the value.
			let text = notebook.replace('"nbformat_minor": 5', `"nbformat_minor": ${minor}`);
			if (minor < 5 && !keepsIds) text = text.replace(/"id": (?:"[^"]*"|\d+), /g, '');
			assert.equal((JSON.parse(text) as Document).nbformat_minor, minor);
			const { value, problems } = parseNotebook(text);
			const all = value === null ? problems : validate(value);
			assert.equal(all.length === 0, validIn.includes(minor), JSON.stringify(all));
			assert.ok(all.every(({ path, message, line }) => path.startsWith('/') === path.length > 0 && message.length > 10 && line === 1));
		});
	}
}

const cell = { cell_type: 'code', execution_count: null, id: 'a', metadata: {}, outputs: [] as unknown[], source: '' };

function problemsOf(cells: unknown[], rest: object = {}): (readonly [path: string, message: string])[] {
	const { value } = parseNotebook(JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5, ...rest }, null, 1));
	assert.ok(value);
	return validate(value).map(({ path, message }) => [path, message]);
}

const told: readonly (readonly [name: string, cells: unknown[], rest: object, problems: (readonly [string, RegExp])[]])[] = [
	[
		'something more',
		[{ ...cell, 'x/y': 1 }],
		{ b: 1 },
		[
			['/b', /not allowed/],
			['/cells/0/x~1y', /not allowed/],
		],
	],
	['something missing', [{ ...cell, metadata: undefined }], {}, [['/cells/0', /no "metadata"/]]],
	[
		'one problem for a text',
		[{ ...cell, outputs: [{ output_type: 'display_data', metadata: {}, data: { 'text/plain': 1 } }] }],
		{},
		[['/cells/0/outputs/0/data/text~1plain', /must be a text or a list\./]],
	],
	[
		'the wrong line of a list',
		[{ ...cell, outputs: [{ output_type: 'stream', name: 'stdout', text: ['a', 1, null] }] }],
		{},
		[
			['/cells/0/outputs/0/text/1', /must be a text\./],
			['/cells/0/outputs/0/text/2', /must be a text\./],
		],
	],
	['another cell', [{ ...cell, cell_type: 'heading' }], {}, [['/cells/0/cell_type', /one of "code", "markdown", "raw"/]]],
	[
		'another output',
		[{ ...cell, outputs: [{ output_type: 'pyout' }, {}] }],
		{},
		[
			['/cells/0/outputs/0/output_type', /one of "execute_result"/],
			['/cells/0/outputs/1', /no "output_type"/],
		],
	],
	[
		'an id',
		[
			{ ...cell, id: 'a b' },
			{ ...cell, id: 'x'.repeat(65) },
			{ ...cell, id: '' },
		],
		{},
		[
			['/cells/0/id', /of the form/],
			['/cells/1/id', /at most 64/],
			['/cells/2/id', /of the form|empty/],
			['/cells/2/id', /of the form|empty/],
		],
	],
	[
		'tags',
		[{ ...cell, metadata: { tags: ['a,b', 'c', 'c'] } }],
		{},
		[
			['/cells/0/metadata/tags', /same twice/],
			['/cells/0/metadata/tags/0', /comma/],
		],
	],
	[
		'a mode',
		[],
		{ metadata: { language_info: { name: 'x', codemirror_mode: 1 } } },
		[['/metadata/language_info/codemirror_mode', /a text or an object/]],
	],
	[
		'every problem',
		[
			{ ...cell, extra: 1, execution_count: -1, outputs: [{ output_type: 'error' }] },
			{ ...cell, id: 1 },
		],
		{},
		[
			['/cells/0/execution_count', /0 or more/],
			['/cells/0/extra', /not allowed/],
			['/cells/0/outputs/0', /"ename"/],
			['/cells/0/outputs/0', /"evalue"/],
			['/cells/0/outputs/0', /"traceback"/],
			['/cells/1/id', /must be a text/],
		],
	],
];
for (const [name, cells, rest, expected] of told) {
	test(`tells it with its path: ${name}`, () => {
		const found = problemsOf(cells, rest);
		assert.deepEqual(found.map(([path]) => path).toSorted(), expected.map(([path]) => path).toSorted());
		for (const [path, message] of expected)
			assert.ok(
				found.some((problem) => problem[0] === path && message.test(problem[1])),
				JSON.stringify(found),
			);
	});
}

test('a cell without an id is a warning, and what else is wrong with it an error', () => {
	const cells = [
		{ ...cell, id: undefined },
		{ ...cell, id: undefined, execution_count: 'one' },
		{ ...cell, id: null },
	];
	const { value } = parseNotebook(JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
	assert.ok(value);
	assert.deepEqual(
		validate(value).map(({ code, severity, path }) => [code, severity, path]),
		[
			['notebook/missing-id', 'warning', '/cells/0'],
			['notebook/invalid', 'error', '/cells/1/execution_count'],
			['notebook/missing-id', 'warning', '/cells/1'],
			['notebook/invalid', 'error', '/cells/2/id'],
		],
	);
});

test('what a newer format adds is allowed', () => {
	const cells = [
		{ ...cell, extra: 1, outputs: [{ output_type: 'new' }] },
		{ cell_type: 'query', metadata: {}, source: '' },
	];
	assert.deepEqual(problemsOf(cells, { nbformat_minor: 6, more: true }), []);
	assert.deepEqual(
		problemsOf([{ ...cell, metadata: { tags: 'x' } }], { nbformat_minor: 6 }).map(([path]) => path),
		['/cells/0/metadata/tags'],
	);
});

test('a problem is placed in the text', () => {
	const { value } = parseNotebook('{"cells": [],\n "metadata": {},\n "nbformat": 4, "nbformat_minor": 5,\n  "extra": 1}');
	assert.ok(value);
	assert.deepEqual(
		validate(value).map(({ line, column }) => [line, column]),
		[[4, 12]],
	);
});

test('large outputs are not looked through', () => {
	const image = 'x'.repeat(30_000_000);
	const { value } = parseNotebook(
		JSON.stringify({
			cells: [{ ...cell, outputs: [{ output_type: 'display_data', metadata: {}, data: { 'image/png': image } }] }],
			metadata: {},
			nbformat: 4,
			nbformat_minor: 5,
		}),
	);
	assert.ok(value);
	const before = process.memoryUsage();
	assert.deepEqual(validate(value), []);
	assert.ok(process.memoryUsage().heapUsed - before.heapUsed < 5_000_000, 'the image was copied');
});
