import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommit } from './repository-objects.ts';
import { decodeGitText, encodeGitText } from './repository-text.ts';

function check(name: string, bytes: readonly number[], expected: string): void {
	// With a byte behind it that is none of UTF-8, all is read character by character.
	for (const [more, text] of [
		[[], ''],
		[[0xff], '\udcff'],
	] as const) {
		const whole = Uint8Array.from([...bytes, ...more]);
		test(`${name}${text === '' ? '' : ', before what is no text'}: reads as it was meant, and is written back the same`, () => {
			assert.equal(decodeGitText(whole), expected + text);
			assert.deepEqual(encodeGitText(expected + text), whole);
		});
	}
}

check('nothing', [], '');
check(
	'text of one to four bytes',
	[...new TextEncoder().encode('a\u0080ü€\ud7ff\ue000\uffff\u{10000}😀\u{10ffff}')],
	'a\u0080ü€\ud7ff\ue000\uffff\u{10000}😀\u{10ffff}',
);
check('a mark of the byte order', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa');
check('a name in latin-1', [0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72], 'M\udcfcller');
check('a surrogate', [0xed, 0xa0, 0x80], '\udced\udca0\udc80');
check('an overlong character', [0xc0, 0xaf, 0xe0, 0x80, 0xaf, 0xf0, 0x80, 0x80, 0xaf], '\udcc0\udcaf\udce0\udc80\udcaf\udcf0\udc80\udc80\udcaf');
check('more than Unicode has', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80');
check('a character that ends too early', [0xe2, 0x82, 0x61], '\udce2\udc82a');
check('a character at the end of which the text ends', [0x61, 0xf0, 0x9f], 'a\udcf0\udc9f');

test('pairs of code units stay whole wherever they stand in a long text', () => {
	const text = `\udcff${'😀'.repeat(20_000)}a${'😀'.repeat(20_000)}`;
	assert.equal(decodeGitText(encodeGitText(text)), text);
});

test("a stranger's commit of megabytes that are no text is read without keeping everybody waiting", () => {
	const tree = 'ab'.repeat(20);
	const head = `tree ${tree}\nauthor A <a@example.org> 1 +0000\ncommitter A <a@example.org> 1 +0000\n`;
	const message = Buffer.alloc(16_000_000, 'H\xfclle und F\xfclle. ', 'latin1');
	const commit = parseCommit(Buffer.concat([Buffer.from(`${head}\n`), message]));
	assert.deepEqual([commit.tree, commit.author.name, commit.message.length], [tree, 'A', message.length]);
	// Each of these could begin an address.
	const strange = parseCommit(Buffer.from(`tree ${tree}\ncommitter ${'<'.repeat(4_000_000)}\n\n`));
	assert.equal(strange.tree, tree);
});
