import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinedText, splitLines } from './multiline-text.ts';
import { parseJsonText } from './parse-json-text.ts';

const joined: readonly (readonly [string, string | undefined])[] = [
	['"a\\nb"', 'a\nb'],
	['["a\\n", "b"]', 'a\nb'],
	['[]', ''],
	['""', ''],
	['["a", 1]', undefined],
	['null', undefined],
	['{"a": "b"}', undefined],
];
for (const [literal, expected] of joined) {
	test(`${literal} is ${JSON.stringify(expected)}`, () => assert.equal(joinedText(parseJsonText(literal).value ?? undefined), expected));
}

test('what is not there has no text', () => assert.equal(joinedText(undefined), undefined));

// Right-hand sides: str.splitlines(True) of CPython 3.11.7.
const split: readonly (readonly [string, string[]])[] = [
	['', []],
	['a', ['a']],
	['a\n', ['a\n']],
	['a\nb', ['a\n', 'b']],
	['\n\n', ['\n', '\n']],
	['a\r\nb\rc', ['a\r\n', 'b\r', 'c']],
	['\n\r', ['\n', '\r']],
	['a\u2028b\u0085c\fd\ve\u001cf', ['a\u2028', 'b\u0085', 'c\f', 'd\v', 'e\u001c', 'f']],
	['a\u001fb\u00a0c\td', ['a\u001fb\u00a0c\td']],
];
for (const [text, lines] of split) {
	test(`splits ${JSON.stringify(text)}`, () => assert.deepEqual(splitLines(text), lines));
}
