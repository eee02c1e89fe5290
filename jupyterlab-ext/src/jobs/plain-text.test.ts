import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainText } from './plain-text.ts';

for (const [name, text, shown, rest] of [
	['plain text stays', 'one\ntwo', 'one\ntwo', ''],
	['colours are dropped', '\u001b[1;31mred\u001b[0m', 'red', ''],
	['moves of the cursor are dropped', 'a\u001b[2K\u001b[1Gb', 'ab', ''],
	['a title for the terminal is dropped', 'a\u001b]0;title\u0007b', 'ab', ''],
	['a link keeps its text', '\u001b]8;;https://x\u001b\\text\u001b]8;;\u001b\\', 'text', ''],
	['half a sequence waits for its other half', 'a\u001b[3', 'a', '\u001b[3'],
	['half a command waits, too', 'a\u001b]0;ti', 'a', '\u001b]0;ti'],
	['each state of a progress bar is a line', '10%\r20%\rdone\n', '10%\n20%\ndone\n', ''],
	['line ends of Windows stay', 'a\r\nb', 'a\r\nb', ''],
	['brackets that are no sequence stay', '[31m', '[31m', ''],
] as const) {
	test(name, () => assert.deepEqual(plainText(text), { shown, rest }));
}
test('the other half of a sequence completes it', () => {
	const first = plainText('a\u001b[3');
	assert.deepEqual(plainText(`${first.rest}1mb`), { shown: 'b', rest: '' });
});
test('what never ends is no sequence: it is shown', () => {
	const text = `\u001b]${'x'.repeat(300)}`;
	assert.deepEqual(plainText(text), { shown: text, rest: '' });
});
