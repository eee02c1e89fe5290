import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { readPythonString } from './read-python-string.ts';

const literals = [
	"''",
	'""',
	"'a'",
	'"it\'s"',
	"'it\\'s'",
	'"\\n\\t\\r\\\\\\a\\b\\f\\v\\0"',
	'"\\101\\7\\400\\777\\18"',
	'"\\x41\\u00e9\\U0001F600"',
	'"\\ud83d\\ude00"',
	'"\\q\\ \\8"',
	"'''a\n'b'\n'''",
	'"""a"b"""',
	"r'\\n\\''",
	"R'C:\\x'",
	"u'\\u0041'",
	"'a\\\nb'",
	"'\\\\n'",
	"'é☃😀'",
];
const reader = 'import ast, json, sys\nprint(json.dumps([ast.literal_eval(each) for each in json.load(sys.stdin)]))';

test('strings mean what Python says', () => {
	const { stdout } = spawnSync('python3', ['-W', 'ignore', '-c', reader], { input: JSON.stringify(literals), encoding: 'utf8' });
	const meant = JSON.parse(stdout) as string[];
	assert.equal(meant.length, literals.length);
	literals.forEach((literal, index) => {
		// Python keeps two halves of a character apart where they were written apart; in JavaScript they are the character.
		assert.equal(readPythonString(literal), meant[index], literal);
	});
});

for (const literal of ["b'x'", "f'x'", "rb'x'", "fr'x'", "t'x'", "'\\N{DASH}'", "'\\xg'", "'\\u12'", "'\\U00110000'", 'x', "'open", '']) {
	test(`${literal} is no plain text`, () => assert.equal(readPythonString(literal), undefined));
}
