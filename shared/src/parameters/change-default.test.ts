import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNightlogError } from '../base/nightlog-error.ts';
import { changeDefault } from './change-default.ts';
import type { ParameterType } from './parameter-schema.ts';

const changed: readonly (readonly [before: string, type: ParameterType, value: unknown, after: string])[] = [
	['a = 1  # one', 'integer', 2, 'a = 2  # one'],
	['b = 0\r\na=1 ; c = 3', 'integer', -5, 'b = 0\r\na=-5 ; c = 3'],
	['a: float = 0.5', 'number', 2, 'a: float = 2.0'],
	["a = 'x'", 'string', "it's é\n", "a = 'it\\'s é\\n'"],
	['a = "x" \\\n  "y"', 'string', 'z', 'a = "z"'],
	['a = [\n 1,\n 2,\n]', 'list', [1, 'b'], 'a = [1, "b"]'],
	['a = 1\na = 2', 'integer', 3, 'a = 1\na = 3'],
	['a, b = 1, 2', 'integer', 3, 'a, b = 3, 2'],
	['a = None', 'none', { x: null }, 'a = {"x": None}'],
	['a = [0.5]', 'list', [1, 2], 'a = [1.0, 2.0]'],
	['a: dict[str, float] = {}', 'dictionary', { x: 1 }, 'a: dict[str, float] = {"x": 1.0}'],
	["a = ''", 'string', '\u202e\u2028😀', "a = '\\u202e\\u2028😀'"],
];
for (const [before, type, value, after] of changed) {
	test(`${JSON.stringify(before)} becomes ${JSON.stringify(after)}`, () => assert.equal(changeDefault(before, { name: 'a', type }, value), after));
}

for (const source of ['b = 1', 'a += 1', 'a, b = f()', '']) {
	test(`there is nothing to change in ${JSON.stringify(source)}`, () => {
		assert.throws(
			() => changeDefault(source, { name: 'a', type: 'integer' }, 1),
			(error) => isNightlogError(error, 'parameter/unknown-name'),
		);
	});
}
