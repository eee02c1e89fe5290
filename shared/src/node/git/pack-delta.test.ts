import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyDelta } from './pack-delta.ts';

const base = new TextEncoder().encode('The night log of a notebook');

function check(name: string, delta: readonly number[], expected: string | null, maximum = 1000): void {
	test(name, () => {
		const result = applyDelta(base, Uint8Array.from(delta), maximum);
		assert.equal(result === null ? null : new TextDecoder().decode(result), expected);
	});
}

check('copies and inserts', [27, 13, 0x91, 4, 9, 4, 0x2c, 0x20, 0x61, 0x2e], 'night log, a.');
check('a copy from the beginning', [27, 3, 0x90, 3], 'The');
check('nothing at all', [27, 0], '');
check('a base of another size', [26, 3, 0x90, 3], null);
check('a copy past the end', [27, 9, 0x91, 20, 9], null);
check('an insert past the end', [27, 5, 5, 0x61], null);
check('a result of another size', [27, 4, 0x90, 3], null);
check('the reserved command', [27, 1, 0], null);
check('half a size', [0x9b], null);
check('a result that is too large', [27, 0x80, 0x80, 0x80, 0x04], null);
check('a size beyond all reason', [27, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], null);

test('a copy of length 0 means 65536', () => {
	const long = new Uint8Array(70_000).fill(7);
	assert.equal(applyDelta(long, Uint8Array.from([0xf0, 0xa2, 0x04, 0x80, 0x80, 0x04, 0x80]), 100_000)?.length, 65_536);
});
