import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Parameter } from '../parameters/parameter-schema.ts';
import { fieldText, parameterField, readParameterFields } from './parameter-field.ts';

const parameter = (type: Parameter['type'], value: unknown, change: Partial<Parameter> = {}): Parameter => ({
	name: 'p',
	type,
	default: value,
	help: null,
	cell: 'c',
	line: 1,
	choices: null,
	minimum: null,
	maximum: null,
	source: JSON.stringify(value) ?? '',
	...change,
});
const text = parameter('string', 'night');
const whole = parameter('integer', 3);
const number = parameter('number', 0.1, { source: '1e-1' });
const truth = parameter('boolean', false);
const list = parameter('list', [1, 2]);
const dictionary = parameter('dictionary', { a: 1 });
const none = parameter('none', null, { source: 'None' });
const unknown = parameter('unknown', null, { source: 'datetime.now()' });
const choice = parameter('string', 'b', { choices: ['a', 'b', 'c'] });
const bounded = parameter('integer', 5, { minimum: 1, maximum: 9 });

for (const [given, kind, initial] of [
	[text, 'text', 'night'],
	[whole, 'integer', '3'],
	[number, 'number', '1e-1'],
	[parameter('integer', 255, { source: '0xff' }), 'integer', '255'],
	[parameter('integer', '12345678901234567890'), 'integer', '12345678901234567890'],
	[truth, 'checkbox', 'false'],
	[list, 'json', '[1,2]'],
	[dictionary, 'json', '{"a":1}'],
	[none, 'any', ''],
	[unknown, 'any', ''],
	[choice, 'choice', '1'],
] as const) {
	test(`a ${given.type} of ${given.source} is asked for as ${kind} and shows "${initial}"`, () => {
		const field = parameterField(given);
		assert.deepEqual([field.kind, field.initial], [kind, initial]);
	});
}

test('what is no literal is shown where the field is empty', () => assert.equal(parameterField(unknown).placeholder, 'datetime.now()'));

const read: readonly [Parameter, string, unknown][] = [
	[text, 'day', 'day'],
	[text, '', ''],
	[text, ' 5 ', ' 5 '],
	[whole, '10', 10],
	[whole, ' -4 ', -4],
	[whole, '1_000', 1000],
	[whole, '+7', 7],
	[whole, '123456789012345678901', '123456789012345678901'],
	[number, '0.5', 0.5],
	[number, '1e-3', 0.001],
	[number, '2', 2],
	[truth, 'true', true],
	[list, '[]', []],
	[list, '["a", 1]', ['a', 1]],
	[dictionary, '{"b": null}', { b: null }],
	[none, 'plain words', 'plain words'],
	[none, '5', 5],
	[unknown, '[1]', [1]],
	[choice, '2', 'c'],
	[bounded, '9', 9],
];
for (const [given, typed, expected] of read) {
	test(`"${typed}" typed for a ${given.type} is ${JSON.stringify(expected)}`, () =>
		assert.deepEqual(readParameterFields([given], { p: typed }), { values: { p: expected }, problems: [] }));
}

const refused: readonly [Parameter, string][] = [
	[whole, 'many'],
	[whole, '1.5'],
	[whole, ''],
	[number, ''],
	[number, 'nan'],
	[number, '1,5'],
	[number, 'Infinity'],
	[list, '{}'],
	[list, '[1'],
	[dictionary, '[]'],
	[dictionary, 'null'],
	[choice, '3'],
	[choice, 'x'],
	[bounded, '0'],
	[bounded, '10'],
];
for (const [given, typed] of refused) {
	test(`"${typed}" typed for a ${given.type} is refused`, () => {
		const { values, problems } = readParameterFields([given], { p: typed });
		assert.deepEqual([values, problems.map(({ name }) => name)], [{}, ['p']]);
	});
}

const unchanged: readonly [Parameter, string][] = [
	[text, 'night'],
	[whole, '3'],
	[whole, '03'],
	[number, '1e-1'],
	[number, '0.10'],
	[truth, 'false'],
	[list, '[1, 2]'],
	[none, ''],
	[unknown, ''],
];
for (const [given, typed] of unchanged) {
	test(`"${typed}" for a ${given.type} of ${given.source} is the notebook's own value and is not sent`, () =>
		assert.deepEqual(readParameterFields([given], { p: typed }), { values: {}, problems: [] }));
}

test('a field that is not there counts as unchanged', () => assert.deepEqual(readParameterFields([text, whole], {}), { values: {}, problems: [] }));
test('every wrong field is named', () => {
	const { problems } = readParameterFields(
		[
			{ ...whole, name: 'a' },
			{ ...number, name: 'b' },
		],
		{ a: 'x', b: 'y' },
	);
	assert.deepEqual(
		problems.map(({ name }) => name),
		['a', 'b'],
	);
});

for (const [given, value] of [
	[text, 'a "b"'],
	[whole, 7],
	[number, 0.25],
	[truth, true],
	[list, [1, [2]]],
	[dictionary, { b: [null] }],
	[choice, 'c'],
] as const) {
	test(`the text of ${JSON.stringify(value)} for a ${given.type} reads back as it`, () =>
		assert.deepEqual(readParameterFields([given], { p: fieldText(given, value) }).values, { p: value }));
}
