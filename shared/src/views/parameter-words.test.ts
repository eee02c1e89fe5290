import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeParameters, describeValue } from './parameter-words.ts';

for (const [value, expected] of [
	['abc', 'abc'],
	['a b', '"a b"'],
	['', '""'],
	['a"b', '"a\\"b"'],
	['a=b', '"a=b"'],
	['two\nlines', '"two\\nlines"'],
	[0.1, '0.1'],
	[true, 'true'],
	[null, 'null'],
	[undefined, 'null'],
	[[1, 'x'], '[1,"x"]'],
	['x'.repeat(50), `${'x'.repeat(39)}…`],
] as const) {
	test(`${JSON.stringify(value)} reads ${expected}`, () => assert.equal(describeValue(value), expected));
}
test('values stand in the order given', () => assert.equal(describeParameters({ b: 1, a: 'x' }), 'b = 1, a = x'));
test('no values are no words', () => assert.equal(describeParameters({}), ''));
