import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upwardPath } from './relative-path.ts';

const rows: readonly (readonly [text: string, path: string | null])[] = [
	['../data/x.csv', '../data/x.csv'],
	['../data', '../data'],
	['../data/', '../data/'],
	['a/../../data', 'a/../../data'],
	['../data/*.csv', '../data'],
	['../data/night-?.fits', '../data'],
	['../data/{}.csv', '../data'],
	['../{name}/x.csv', null],
	['*/../x', null],
	['data/x.csv', null],
	['..', null],
	['...', null],
	['..data/x', null],
	['/etc/../x', null],
	['~/../x', null],
	['https://example.org/../x', null],
	['../a\0b', null],
	[`../${'x'.repeat(1100)}`, null],
	['  ', null],
	['', null],
];
for (const [text, expected] of rows) {
	test(`what leads upwards of ${JSON.stringify(text.slice(0, 40))} is ${expected}`, () => assert.equal(upwardPath(text), expected));
}
