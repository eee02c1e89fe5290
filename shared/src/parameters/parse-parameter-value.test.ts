import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParameterType } from './parameter-schema.ts';
import { parseParameterAssignment, parseParameterValue } from './parse-parameter-value.ts';

const read: readonly (readonly [type: ParameterType, text: string, value: unknown])[] = [
	['string', '5', '5'],
	['string', ' a = "b" ', ' a = "b" '],
	['string', '', ''],
	['string', 'None', 'None'],
	['integer', '42', 42],
	['integer', ' -7 ', -7],
	['integer', '+1_000', 1000],
	['integer', '0x10', 16],
	['integer', '1e3', 1000],
	['integer', '5.0', 5],
	['integer', '12345678901234567890', '12345678901234567890'],
	['integer', '-12345678901234567890', '-12345678901234567890'],
	['number', '0.5', 0.5],
	['number', '-1e-5', -1e-5],
	['number', '.5', 0.5],
	['number', '5.', 5],
	['number', '2', 2],
	['number', '12345678901234567890', 1.2345678901234567e19],
	['number', 'nan', 'NaN'],
	['number', '-inf', '-Infinity'],
	['number', '+Infinity', 'Infinity'],
	['boolean', 'true', true],
	['boolean', 'False', false],
	['boolean', 'TRUE', true],
	['list', '[1, "a", null, true]', [1, 'a', null, true]],
	['list', "['a', None, True]", ['a', null, true]],
	['list', '(1, 2)', [1, 2]],
	['list', '[]', []],
	['list', '[[1.5], {"a": [12345678901234567890]}]', [[1.5], { a: ['12345678901234567890'] }]],
	['dictionary', '{"a": {"b": 1}}', { a: { b: 1 } }],
	['dictionary', "{'a': True}", { a: true }],
	['dictionary', '{}', {}],
	['none', 'None', null],
	['none', '5', 5],
	['none', 'some words', 'some words'],
	['unknown', 'true', true],
	['unknown', 'True', true],
	['unknown', 'null', null],
	['unknown', '"5"', '5'],
	['unknown', ' x', ' x'],
	['unknown', '', ''],
	['unknown', '[1, 2', '[1, 2'],
	['unknown', '1) + (2', '1) + (2'],
	['unknown', '5 # five', 5],
];
for (const [type, text, value] of read) {
	test(`${type}: ${JSON.stringify(text)}`, () => assert.deepEqual(parseParameterValue(text, { name: 'a', type }), { value }));
}

const refused: readonly (readonly [type: ParameterType, text: string])[] = [
	['integer', ''],
	['integer', 'x'],
	['integer', '1.5'],
	['integer', 'nan'],
	['integer', '1 2'],
	['integer', '1)+(1'],
	['integer', 'None'],
	['number', ''],
	['number', '1,5'],
	['number', 'nano'],
	['boolean', ''],
	['boolean', 'yes'],
	['boolean', '1'],
	['list', '1, 2'],
	['list', '[a, b]'],
	['list', '{}'],
	['list', '[1, 2'],
	['dictionary', '[]'],
	['dictionary', '{1: 2}'],
	['dictionary', '{a: 1}'],
];
for (const [type, text] of refused) {
	test(`refuses as ${type}: ${JSON.stringify(text)}`, () => {
		const parsed = parseParameterValue(text, { name: 'alpha', type });
		assert.ok('message' in parsed);
		assert.match(parsed.message, /^alpha must be /);
	});
}

test('None is nothing where that is allowed, and text for a text', () => {
	assert.deepEqual(parseParameterValue('None', { name: 'a', type: 'integer' }, true), { value: null });
	assert.deepEqual(parseParameterValue('null', { name: 'a', type: 'list' }, true), { value: null });
	assert.deepEqual(parseParameterValue('None', { name: 'a', type: 'string' }, true), { value: 'None' });
});

test('a parameter that nobody knows is read as it looks', () => {
	assert.deepEqual(parseParameterValue('0.5', undefined), { value: 0.5 });
	assert.deepEqual(parseParameterValue('x=y', undefined), { value: 'x=y' });
});

const assignments: readonly (readonly [text: string, expected: { name: string; text: string } | null])[] = [
	['a=1', { name: 'a', text: '1' }],
	['a=b=c', { name: 'a', text: 'b=c' }],
	[' a = x ', { name: 'a', text: ' x ' }],
	['a=', { name: 'a', text: '' }],
	['a', null],
	['=1', null],
	[' =1', null],
	['', null],
];
for (const [text, expected] of assignments) {
	test(`takes ${JSON.stringify(text)} apart`, () => assert.deepEqual(parseParameterAssignment(text), expected));
}
