import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTable } from './format-table.ts';
import { visibleLines, visibleText } from './visible-text.ts';

function check(text: string, expected: string): void {
	test(JSON.stringify(text), () => assert.equal(visibleText(text), expected));
}

check('Sternwarte Göttingen ☉ 太陽', 'Sternwarte Göttingen ☉ 太陽');
check('two\nlines\r\tand', 'two\\nlines\\r\\tand');
check('\x1b[31mred\x1b[0m', '\\u{1b}[31mred\\u{1b}[0m');
check('\x1b]0;title\x07', '\\u{1b}]0;title\\u{7}');
check('\u009b2J', '\\u{9b}2J');
check('evil\u202egnp.ipynb', 'evil\\u{202e}gnp.ipynb');
check('\0', '\\u{0}');

test('line ends stay where several lines are wanted', () => assert.equal(visibleLines('a\n\x07b'), 'a\n\\u{7}b'));

test('a table aligns its columns and holds each row on one line', () => {
	const table = formatTable(
		['name', 'value'],
		[
			['a', '1'],
			['lönger\nname', ''],
		],
	);
	assert.equal(table, 'name          value\na             1\nlönger\\nname\n');
});
test('a table without rows is empty', () => assert.equal(formatTable(['name'], []), ''));
