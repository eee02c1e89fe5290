import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParameterType } from '@nightlog/shared/parameters/parameter-schema';
import { carriedValue } from './carried-value.ts';
import { parseParametersText } from './read-parameters-file.ts';

function check(text: string, type: ParameterType | undefined, expected: unknown): void {
	const { x } = parseParametersText(`x: ${text}`, 'p.yaml');
	test(`${text} for ${type ?? 'who knows'} is ${JSON.stringify(expected)}`, () => assert.equal(carriedValue(x, type), expected));
}

check('.inf', 'number', 'Infinity');
check('-.INF', 'number', '-Infinity');
check('.nan', 'number', 'NaN');
check('1e400', 'number', 'Infinity');
check('-1e400', 'number', '-Infinity');
check('0.5', 'number', 0.5);
check('null', 'none', null);
check('text', 'string', 'text');
for (const type of ['unknown', 'none', undefined] as const) check('.inf', type, undefined);
check('[1, .nan]', 'list', undefined);
check('{a: {b: -.inf}}', 'dictionary', undefined);

test('what holds only finite numbers is the same value', () => {
	const value = [1, { a: [2.5, null, 'Infinity'] }];
	assert.equal(carriedValue(value, 'list'), value);
});
