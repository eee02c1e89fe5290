import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeNotebook, encodeNotebook, firstByteNotUtf8 } from './decode-notebook.ts';

for (const text of ['', '{"a": "é☃😀"}', '\uFEFF{}', '\uFEFF\uFEFF', 'a\0b\u2028']) {
	test(`gives back the bytes of ${JSON.stringify(text)}`, () => {
		const bytes = encodeNotebook(text);
		const decoded = decodeNotebook(bytes);
		assert.equal(decoded.value, text);
		assert.deepEqual(decoded.problems, []);
		assert.deepEqual(encodeNotebook(decoded.value ?? ''), bytes);
	});
}

const wrong: readonly (readonly [name: string, bytes: number[], offset: number, line: number, column: number])[] = [
	['Latin-1', [0x7b, 0x0a, 0xc3, 0xa9, 0xe9, 0x20], 4, 2, 2],
	['a lone following byte', [0x80], 0, 1, 1],
	['an overlong slash', [0x61, 0xc0, 0xaf], 1, 1, 2],
	['an overlong form of three', [0xe0, 0x80, 0x80], 0, 1, 1],
	['a surrogate', [0x61, 0x62, 0xed, 0xa0, 0x80], 2, 1, 3],
	['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], 0, 1, 1],
	['a character cut off', [0x61, 0xf0, 0x9f, 0x98], 1, 1, 2],
	['a byte that UTF-8 never has', [0x61, 0xff], 1, 1, 2],
];
for (const [name, bytes, offset, line, column] of wrong) {
	test(`refuses ${name}`, () => {
		const { value, problems } = decodeNotebook(Uint8Array.from(bytes));
		assert.equal(value, null);
		assert.equal(problems[0]?.code, 'notebook/not-utf-8');
		assert.match(problems[0]?.message ?? '', new RegExp(`Byte ${offset} `));
		assert.deepEqual([problems[0]?.line, problems[0]?.column], [line, column]);
	});
}

test('says UTF-16 where it is', () => {
	assert.match(decodeNotebook(Uint8Array.from([0xff, 0xfe, 0x7b, 0x00])).problems[0]?.message ?? '', /UTF-16/);
});

test('agrees with the decoder of the host about which bytes are UTF-8', () => {
	let state = 12345;
	let refused = 0;
	for (let round = 0; round < 3000; round++) {
		const bytes = Uint8Array.from({ length: 8 }, () => {
			state = (Math.imul(state, 1103515245) + 12345) >>> 0;
			const pick = state >>> 16;
			return (pick & 3) === 0 ? 0xc0 + ((pick >> 2) & 0x3f) : (pick & 3) === 1 ? (pick >> 2) & 0x7f : 0x80 + ((pick >> 2) & 0x3f);
		});
		let valid = true;
		try {
			new TextDecoder('utf-8', { fatal: true }).decode(bytes);
		} catch {
			valid = false;
			refused++;
		}
		assert.equal(firstByteNotUtf8(bytes) < 0, valid, [...bytes].join(' '));
	}
	assert.ok(refused > 100 && refused < 3000);
});
