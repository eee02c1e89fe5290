import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CanonicalOptions, canonicalCell, canonicalNotebook, canonicalOutput, isSameNotebook } from './canonical-notebook.ts';
import type { Notebook } from './notebook.ts';
import { parseNotebook } from './parse-notebook.ts';
import { writeNotebook } from './write-notebook.ts';

function read(text: string): Notebook {
	const { value, problems } = parseNotebook(text);
	assert.ok(value, JSON.stringify(problems));
	return value;
}

const whole = {
	cells: [
		{ cell_type: 'markdown', id: 'm', metadata: {}, source: ['# é\n', 'b'], attachments: { 'a.png': { 'image/png': 'iVBO\nRw0K\n' } } },
		{
			cell_type: 'code',
			execution_count: 2,
			id: 'c',
			metadata: { tags: ['x'] },
			outputs: [
				{ output_type: 'stream', name: 'stdout', text: ['a\n', 'b\n'] },
				{
					output_type: 'display_data',
					metadata: {},
					data: { 'image/png': 'iVBORw0K\n', 'text/plain': ['<Fig', 'ure>'], 'image/svg+xml': '<svg>\n</svg>\n', 'application/json': ['a', 'b'] },
				},
				{ output_type: 'execute_result', execution_count: 2, metadata: {}, data: { 'text/plain': '1' } },
			],
			source: 'x = 1\ny',
		},
	],
	metadata: { kernelspec: { name: 'python3', display_name: 'Python 3' }, number: 1.5 },
	nbformat: 4,
	nbformat_minor: 5,
};
type Whole = typeof whole;

function compare(
	change: (document: Whole & Record<string, unknown>) => void,
	write: (document: object) => string = (document) => JSON.stringify(document),
): [Notebook, Notebook] {
	const changed = structuredClone(whole) as Whole & Record<string, unknown>;
	change(changed);
	return [read(JSON.stringify(whole, null, 1)), read(write(changed))];
}

function check(name: string, expected: 'same' | 'different', notebooks: [Notebook, Notebook], options: CanonicalOptions = {}): void {
	test(`${expected}: ${name}`, () => {
		const [one, other] = notebooks;
		assert.equal(isSameNotebook(one, other, options), expected === 'same');
		assert.equal(isSameNotebook(other, one, options), expected === 'same');
		assert.equal(canonicalNotebook(one, options) === canonicalNotebook(other, options), expected === 'same');
	});
}

const reversed = (_: string, value: unknown) =>
	typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).toReversed()) : value;
const code = (document: Whole) =>
	document.cells[1] as NonNullable<Whole['cells'][1]> &
		Record<string, unknown> & { outputs: Record<string, unknown>[]; metadata: Record<string, unknown> };
const data = (document: Whole) => code(document).outputs[1]!.data as Record<string, unknown>;
const nothing = () => undefined;

check('as nbformat writes it', 'same', compare(nothing, writeNotebook));
check(
	'names the other way round',
	'same',
	compare(nothing, (document) => JSON.stringify(document, reversed, '\t')),
);
check(
	'escapes and a byte order mark',
	'same',
	compare(nothing, (document) => `\uFEFF${JSON.stringify(document).replaceAll('é', '\\u00e9')}`),
);
check(
	'a number spelled otherwise',
	'same',
	compare(nothing, (document) => JSON.stringify(document).replace('1.5', '150e-2')),
);
check(
	'texts as lines',
	'same',
	compare((document) => Object.assign(code(document), { source: ['x = 1\n', 'y'] })),
);
check(
	'the newline of an image',
	'same',
	compare((document) => Object.assign(data(document), { 'image/png': 'iVBORw0K' })),
);
check(
	'an image in lines',
	'same',
	compare((document) => Object.assign(data(document), { 'image/png': ['iVBO\n', 'Rw0K\n'] })),
);
check(
	'an attached image',
	'same',
	compare((document) => Object.assign(document.cells[0]!, { attachments: { 'a.png': { 'image/png': 'iVBORw0K' } } })),
);
check(
	'a stream in two pieces',
	'same',
	compare((document) =>
		code(document).outputs.splice(
			0,
			1,
			{ output_type: 'stream', name: 'stdout', text: 'a\n' },
			{ output_type: 'stream', name: 'stdout', text: ['b\n'] },
		),
	),
);
check(
	'what is transient',
	'same',
	compare((document) => {
		Object.assign(document.metadata, { signature: 'x', orig_nbformat: 3 });
		Object.assign(code(document).metadata, { trusted: true });
	}),
);
check(
	'numbers of executions, where they do not count',
	'same',
	compare((document) => {
		Object.assign(code(document), { execution_count: null });
		Object.assign(code(document).outputs[2]!, { execution_count: 7 });
	}),
	{ executionCounts: 'ignore' },
);

check(
	'numbers of executions',
	'different',
	compare((document) => Object.assign(code(document), { execution_count: null })),
);
check(
	'a source',
	'different',
	compare((document) => Object.assign(code(document), { source: 'x = 1\ny\n' })),
);
check(
	'an id',
	'different',
	compare((document) => Object.assign(code(document), { id: 'd' })),
);
check(
	'a tag',
	'different',
	compare((document) => Object.assign(code(document).metadata, { tags: ['y'] })),
);
check(
	'metadata of the notebook',
	'different',
	compare((document) => Object.assign(document.metadata, { more: null })),
);
check(
	'the format',
	'different',
	compare((document) => Object.assign(document, { nbformat_minor: 6 })),
);
check(
	'another image',
	'different',
	compare((document) => Object.assign(data(document), { 'image/png': 'iVBORw0L' })),
);
check(
	'the newline of a drawing, which is text',
	'different',
	compare((document) => Object.assign(data(document), { 'image/svg+xml': '<svg>\n</svg>' })),
);
check(
	'a list in JSON',
	'different',
	compare((document) => Object.assign(data(document), { 'application/json': 'ab' })),
);
check(
	'an output less',
	'different',
	compare((document) => code(document).outputs.pop()),
);
check(
	'another stream',
	'different',
	compare((document) => Object.assign(code(document).outputs[0]!, { name: 'stderr' })),
);
check(
	'two streams in another order',
	'different',
	compare((document) =>
		code(document).outputs.splice(
			0,
			1,
			{ output_type: 'stream', name: 'stdout', text: 'b\n' },
			{ output_type: 'stream', name: 'stdout', text: 'a\n' },
		),
	),
);
check(
	'a cell more',
	'different',
	compare((document) => document.cells.push(structuredClone(document.cells[0]!))),
);
check('1.0 and 1', 'different', [read(JSON.stringify(whole).replace('1.5', '1')), read(JSON.stringify(whole).replace('1.5', '1.0'))]);

test('cells and outputs have a form of their own', () => {
	const notebook = read(JSON.stringify(whole));
	const cell = notebook.cells[1]!;
	assert.match(canonicalCell(cell), /^\{"cell_type":"code","execution_count":2,"id":"c",.*"source":"x = 1\\ny"\}$/);
	assert.equal(canonicalOutput(cell.outputs[0]!), '{"name":"stdout","output_type":"stream","text":"a\\nb\\n"}');
	assert.equal(canonicalOutput({ text: ['a\n', 'b\n'], name: 'stdout', output_type: 'stream' }), canonicalOutput(cell.outputs[0]!));
	assert.equal(
		canonicalOutput(cell.outputs[2]!, { executionCounts: 'ignore' }),
		'{"data":{"text/plain":"1"},"metadata":{},"output_type":"execute_result"}',
	);
});
