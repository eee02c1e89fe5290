import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPythonFloat } from './format-python-float.ts';

// Right-hand sides: repr() of CPython 3.11.7.
const rows: readonly (readonly [number, string])[] = [
	[1, '1.0'],
	[-0, '-0.0'],
	[0, '0.0'],
	[0.1, '0.1'],
	[1e-4, '0.0001'],
	[1e-5, '1e-05'],
	[-2.5e-7, '-2.5e-07'],
	[1e15, '1000000000000000.0'],
	[123456789012345680, '1.2345678901234568e+17'],
	[1e16, '1e+16'],
	[9999999999999998, '9999999999999998.0'],
	[1.5e300, '1.5e+300'],
	[5e-324, '5e-324'],
	[1234.5678, '1234.5678'],
	[0.00012345, '0.00012345'],
	[Number.NaN, 'nan'],
	[Number.POSITIVE_INFINITY, 'inf'],
	[Number.NEGATIVE_INFINITY, '-inf'],
];

for (const [value, expected] of rows) {
	test(`${value} is ${expected}`, () => assert.equal(formatPythonFloat(value), expected));
}
