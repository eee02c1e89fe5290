import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonNode, JsonValue } from './json-node.ts';
import { maximumJsonDepth, parseJsonText } from './parse-json-text.ts';

function read(text: string): JsonNode {
	const { value, problems } = parseJsonText(text);
	assert.deepEqual(problems, []);
	assert.ok(value);
	return value;
}

/** The value, put together from the nodes alone. */
function rebuilt(node: JsonNode): JsonValue {
	switch (node.kind) {
		case 'object':
			return Object.fromEntries(node.members().map(({ name, value }) => [name, rebuilt(value)]));
		case 'array':
			return node.items().map(rebuilt);
		default:
			return JSON.parse(node.literal) as JsonValue;
	}
}

const valid = [
	'null',
	' true ',
	'false',
	'0',
	'-0',
	'-12.50e+10',
	'1E400',
	'123456789012345678901234567890',
	'""',
	'"a\\n\\u00e9\\ud83d\\ude00 é😀\\/"',
	'"\\ud800"',
	'[]',
	'[ ]',
	'{}',
	'{ }',
	'[[],{},[[]],[{}]]',
	'{"a":1,"b":[1,2,{"c":null}],"":"x"}',
	'\t\r\n[1 , 2\n]\n',
	`["${'x'.repeat(200)}\\"${'y'.repeat(200)}", 1]`,
	`{"${'long key '.repeat(20)}": {"${'z'.repeat(47)}": 1, "${'z'.repeat(48)}": 2, "${'z'.repeat(49)}": 3}}`,
	'{"__proto__": {"a": 1}}',
];
for (const text of valid) {
	test(`reads ${text.slice(0, 60)}`, () => {
		const node = read(text);
		assert.deepEqual(rebuilt(node), JSON.parse(text));
		assert.deepEqual(node.value(), JSON.parse(text));
		assert.equal(node.literal, text.trim());
	});
}

const invalid: readonly (readonly [text: string, code: string, line: number, column: number, message: RegExp, path?: string])[] = [
	['', 'notebook/empty', 1, 1, /empty/],
	[' \n ', 'notebook/empty', 2, 2, /empty/],
	['{', 'notebook/not-json', 1, 2, /cut off/],
	['{"a"', 'notebook/not-json', 1, 5, /cut off/, '/a'],
	['{"a":', 'notebook/not-json', 1, 6, /cut off/, '/a'],
	['{"a":1', 'notebook/not-json', 1, 7, /cut off/],
	['{"cells": [{"source": "abc', 'notebook/not-json', 1, 27, /cut off/, '/cells/0/source'],
	['{"a": "b\\', 'notebook/not-json', 1, 10, /cut off/, '/a'],
	['{"a": 1,}', 'notebook/not-json', 1, 9, /remove the comma/],
	['[1,]', 'notebook/not-json', 1, 4, /remove the comma/, '/1'],
	['[1 2]', 'notebook/not-json', 1, 4, /comma or a closing bracket/],
	['{"a" 1}', 'notebook/not-json', 1, 6, /colon/, '/a'],
	['{"a": 1 "b": 2}', 'notebook/not-json', 1, 9, /comma or a closing brace/],
	["{'a': 1}", 'notebook/not-json', 1, 2, /double quotes/],
	['{"a/b": {"c": [0, tru]}}', 'notebook/not-json', 1, 19, /value/, '/a~1b/c/1'],
	['{"a": 1}\n{"a": 1}', 'notebook/not-json', 2, 1, /complete/],
	['["a\nb"]', 'notebook/not-json', 1, 4, /line ends/, '/0'],
	['["a\tb"]', 'notebook/not-json', 1, 4, /tab/, '/0'],
	['["\\x41"]', 'notebook/not-json', 1, 3, /escape/, '/0'],
	['["\\u12g4"]', 'notebook/not-json', 1, 3, /escape/, '/0'],
	['[01]', 'notebook/not-json', 1, 3, /comma/],
	['[1.]', 'notebook/not-json', 1, 4, /./, '/0'],
	['[.5]', 'notebook/not-json', 1, 2, /value/, '/0'],
	['[+1]', 'notebook/not-json', 1, 2, /value/, '/0'],
	['[1e]', 'notebook/not-json', 1, 4, /./, '/0'],
	['[-]', 'notebook/not-json', 1, 3, /./, '/0'],
	['# comment', 'notebook/not-json', 1, 1, /value/],
	['{\r\n "a": 1,\r\n "b": x\r\n}', 'notebook/not-json', 3, 7, /value/, '/b'],
	['{\n<<<<<<< HEAD\n "a": 1\n=======\n "a": 2\n>>>>>>> other\n}', 'notebook/merge-conflict', 2, 1, /merge/],
	['{\n "a": 1\n=======\n "a": 2\n>>>>>>> other\n}', 'notebook/merge-conflict', 3, 1, /merge/],
	['<html>', 'notebook/not-json', 1, 1, /JSON/],
];
for (const [text, code, line, column, message, path = ''] of invalid) {
	test(`refuses ${JSON.stringify(text).slice(0, 60)}`, () => {
		const { value, problems } = parseJsonText(text);
		assert.equal(value, null);
		assert.equal(problems.length, 1);
		assert.deepEqual(problems.map((problem) => ({ ...problem, message: '' }))[0], { code, severity: 'error', message: '', path, line, column });
		assert.match(problems[0]!.message, message);
	});
}

test('nesting is read to the limit and refused beyond it, however deep', () => {
	const atLimit = '['.repeat(maximumJsonDepth) + ']'.repeat(maximumJsonDepth);
	assert.equal(read(atLimit).document.nodes.length, maximumJsonDepth * 3);
	for (const depth of [maximumJsonDepth + 1, 10_000, 1_000_000]) {
		assert.equal(parseJsonText('['.repeat(depth)).problems[0]?.code, 'notebook/too-deep');
		assert.equal(parseJsonText('{"a":'.repeat(depth)).problems[0]?.code, 'notebook/too-deep');
	}
});

test('members keep their order, also names that occur twice; the last one counts', () => {
	const node = read('{"b": 1, "a": 2, "b": 3, "\\u0061": 4}');
	assert.deepEqual(
		node.members().map(({ name, value }) => [name, value.literal]),
		[
			['b', '1'],
			['a', '2'],
			['b', '3'],
			['a', '4'],
		],
	);
	assert.equal(node.get('b')?.literal, '3');
	assert.equal(node.get('a')?.literal, '4');
	assert.equal(node.get('c'), undefined);
	assert.equal(node.get('\\u0061'), undefined);
});

test('numbers and strings keep their spelling', () => {
	const node = read('[1.0, 1e-05, 10000000000000000000001, "\\u00e9", "é"]');
	assert.deepEqual(
		node.items().map((item) => item.literal),
		['1.0', '1e-05', '10000000000000000000001', '"\\u00e9"', '"é"'],
	);
	assert.deepEqual(
		node.items().map((item) => item.asString()),
		[undefined, undefined, undefined, 'é', 'é'],
	);
});

test("Python's NaN and Infinity are read as numbers", () => {
	const node = read('{"a": [NaN, Infinity, -Infinity, 1.5, "NaN"], "__proto__": 1}');
	assert.deepEqual(node.get('a')?.value(), [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5, 'NaN']);
	assert.deepEqual(Object.keys(node.value() as object), ['a', '__proto__']);
	assert.equal(parseJsonText('[NaNa]').value, null);
	assert.equal(parseJsonText('[nan]').value, null);
});

test('a byte order mark is passed over at the start, and nowhere else', () => {
	assert.equal(read('\uFEFF{"a": 1}').get('a')?.start, 7);
	assert.equal(parseJsonText('{\uFEFF"a": 1}').value, null);
});

test('agrees with JSON.parse about what is JSON, for every text with a character removed, doubled or replaced', () => {
	const seed = '{"a\\u00e9":[1.5e-3,-0,true,false,null,"x\\ny\\\\"],"b":{"c":[],"d":{}}, "e" : "" }';
	let tried = 0;
	for (let at = 0; at < seed.length; at++) {
		const head = seed.slice(0, at);
		const tail = seed.slice(at + 1);
		for (const middle of ['', seed[at]! + seed[at]!, ...'{}[],:"\\0eE.+-tu \n\u0007x']) {
			const text = head + middle + tail;
			let expected: unknown;
			try {
				expected = [JSON.parse(text)];
			} catch {
				expected = undefined;
			}
			const { value, problems } = parseJsonText(text);
			assert.deepEqual(value === null ? undefined : [rebuilt(value)], expected, text);
			assert.equal(problems.length, value === null ? 1 : 0);
			tried++;
		}
	}
	assert.ok(tried > 1000);
});

test('every way of cutting a notebook off is noticed', () => {
	const whole = '{"cells": [{"source": ["a\\n", "b"], "n": -1.5e3}], "nbformat": 4}';
	for (let length = 0; length < whole.length; length++) {
		const { value, problems } = parseJsonText(whole.slice(0, length));
		assert.equal(value, null);
		assert.match(problems[0]!.message, length === 0 ? /empty/ : /cut off/, `${length}`);
	}
});
