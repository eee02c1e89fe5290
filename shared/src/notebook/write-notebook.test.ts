import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseJsonText } from './parse-json-text.ts';
import { writeNotebook } from './write-notebook.ts';

const recorded = JSON.parse(readFileSync(new URL('./__fixtures__/nbformat-write.json', import.meta.url), 'utf8')) as {
	tool: string;
	cases: { name: string; text: string; written: string }[];
};
// Written so, the number is no longer what it was once JavaScript has read it.
const onlyFromText = /^the number (?:12345678901234567890123|1\.0|-0|-0\.0|1e5|1E5|1e16|1e15|1e400|-1e400|.*0\.0|1\.0e\+2|NaN|-?Infinity)$/;

for (const { name, text, written } of recorded.cases) {
	test(`${recorded.tool} writes the same: ${name}`, () => {
		const { value, problems } = parseJsonText(text);
		assert.deepEqual(problems, []);
		assert.ok(value);
		assert.equal(writeNotebook(value), written);
		// What is written so stays as it is.
		const again = parseJsonText(written).value;
		assert.ok(again);
		assert.equal(writeNotebook(again), written);
		if (!onlyFromText.test(name)) assert.equal(writeNotebook(JSON.parse(text) as object), written);
	});
}

test('members that are undefined are left out, and nothing given is changed', () => {
	const document = Object.freeze({
		nbformat: 4,
		nbformat_minor: 5,
		metadata: Object.freeze({ signature: 'x', a: undefined }),
		cells: Object.freeze([Object.freeze({ cell_type: 'raw', id: 'a', metadata: {}, source: 'x\ny' })]),
	});
	assert.equal(
		writeNotebook(document),
		`${JSON.stringify({ cells: [{ cell_type: 'raw', id: 'a', metadata: {}, source: ['x\n', 'y'] }], metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`,
	);
});

test('what is no object is no notebook', () => assert.throws(() => writeNotebook([]), TypeError));
