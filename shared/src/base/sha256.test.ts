import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { sha256, sha256OfText } from './sha256.ts';

test('the standard examples', () => {
	assert.equal(sha256OfText(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
	assert.equal(sha256OfText('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('every length around a block agrees with the host', () => {
	for (let length = 0; length < 300; length++) {
		const bytes = Uint8Array.from({ length }, (_, index) => (index * 31 + length) & 0xff);
		assert.equal(sha256(bytes), createHash('sha256').update(bytes).digest('hex'), `${length} bytes`);
	}
});

test('a part of a larger buffer is hashed as that part', () => {
	const whole = Uint8Array.from({ length: 200 }, (_, index) => index);
	assert.equal(sha256(whole.subarray(3, 150)), createHash('sha256').update(whole.subarray(3, 150)).digest('hex'));
});

test('text is hashed as UTF-8', () => {
	assert.equal(sha256OfText('größe ☃ 😀'), createHash('sha256').update('größe ☃ 😀', 'utf8').digest('hex'));
});
