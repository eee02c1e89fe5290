import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configFlag, configValue, parseGitConfig } from './git-config.ts';

function check(name: string, text: string, expected: readonly (readonly [string, string | null])[], problemLine: number | null = null): void {
	test(name, () => {
		const config = parseGitConfig(text);
		const rows = config.entries.map(
			({ section, subsection, key, value }) => [subsection === null ? `${section}.${key}` : `${section}.${subsection}.${key}`, value] as const,
		);
		assert.deepEqual(rows, expected);
		assert.equal(config.problemLine, problemLine);
	});
}

check('an empty file says nothing', '', []);
check('sections and keys are read in lowercase', '[Core]\n\tBare = True\n', [['core.bare', 'True']]);
check('a key without a value is there', '[core]\nbare\n', [['core.bare', null]]);
check('a key without a value may end in a comment', '[core]\nbare # yes\n', [['core.bare', null]]);
check('a subsection keeps its case and its quotes', '[filter "My \\"x\\" \\\\ y"]\nclean = cat\n', [['filter.My "x" \\ y.clean', 'cat']]);
check('the old form of a subsection is lowercase', '[Remote.Origin]\nurl=a\n', [['remote.origin.url', 'a']]);
check('a section and a key share a line', '[core] bare = false', [['core.bare', 'false']]);
check('comments fall out, but not inside quotes', '[a]\nb = c # d\ne = "f # g" ; h\n', [
	['a.b', 'c'],
	['a.e', 'f # g'],
]);
check('blanks inside stay, blanks at the ends fall out', '[a]\nb =   c  d \t\n', [['a.b', 'c  d']]);
check('quotes keep blanks at the ends', '[a]\nb = " c "\n', [['a.b', ' c ']]);
check('a value goes on after a backslash', '[a]\nb = c \\\n d\n', [['a.b', 'c  d']]);
check('escapes are read', '[a]\nb = "c\\td\\ne\\\\f\\"g"\n', [['a.b', 'c\td\ne\\f"g']]);
check('windows line ends are read', '[a]\r\nb = c\r\nd\r\n', [
	['a.b', 'c'],
	['a.d', null],
]);
check('a byte order mark is passed over', '\ufeff[a]\nb=c', [['a.b', 'c']]);
check('an include is an entry like any other and is not followed', '[include]\npath = /etc/passwd\n', [['include.path', '/etc/passwd']]);
check('a key before a section is refused', 'a = b\n', [], 1);
check('an open quote is refused', '[a]\nb = "c\n', [], 2);
check('an unknown escape is refused', '[a]\nx=1\nb = \\q\n', [['a.x', '1']], 3);
check('half a section is refused', '[core\nbare = true\n', [], 1);
check('a key that begins with a digit is refused', '[a]\n1b = c\n', [], 2);

test('the last value counts', () => {
	const config = parseGitConfig('[a]\nb=1\n[x]\n[a]\nb=2\n');
	assert.equal(configValue(config, 'a', 'b'), '2');
	assert.equal(configValue(config, 'a', 'c'), undefined);
	assert.equal(configValue(config, 'a', 'b', 'sub'), undefined);
});

for (const [text, expected] of [
	['b', true],
	['b=yes', true],
	['b=ON', true],
	['b=1', true],
	['b=0', false],
	['b=', false],
	['b=no', false],
	['b=maybe', undefined],
	['c=1', undefined],
] as const) {
	test(`the truth of ${JSON.stringify(text)} is ${expected}`, () => {
		assert.equal(configFlag(parseGitConfig(`[a]\n${text}\n`), 'a', 'b'), expected);
	});
}
