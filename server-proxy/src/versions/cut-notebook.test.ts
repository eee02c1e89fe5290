import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonPrefix, commonSuffix, cutNotebook, type ReadNotebook } from './cut-notebook.ts';
import { putBackOutputs } from './put-back-outputs.ts';
import { makeNotebook, type TestCell } from './test-world.test-case.ts';

const image = (letter: string, length = 6000) => letter.repeat(length);
const cells: readonly TestCell[] = ['A', 'B', 'C', 'D'].map((letter, index) => ({
	source: `x = ${index}\ny = "${letter}"`,
	image: image(letter),
	count: index,
}));

/** A reading from the one before is what a reading from nothing is, and gives the bytes back. */
function assertSame(before: ReadNotebook, bytes: Buffer): ReadNotebook {
	const again = cutNotebook(bytes, before.memo);
	const fresh = cutNotebook(bytes, null);
	assert.equal(again.cutBytes?.toString(), fresh.cutBytes?.toString());
	assert.deepEqual([...again.payloads.keys()].sort(), [...fresh.payloads.keys()].sort());
	assert.equal(again.notebook === null, fresh.notebook === null);
	assert.deepEqual(again.problems, fresh.problems);
	if (again.cutBytes !== null)
		assert.deepEqual(Buffer.from(putBackOutputs(again.cutBytes, (sha256) => again.payloads.get(sha256)?.() ?? null)), bytes);
	assert.deepEqual(
		again.memo?.segments.map(({ start, end }) => [start, end]),
		fresh.memo?.segments.map(({ start, end }) => [start, end]),
	);
	return again;
}

function check(name: string, edit: (text: string) => string, first: readonly TestCell[] = cells): void {
	test(`reading again: ${name}`, () => {
		const text = makeNotebook(first);
		const before = cutNotebook(Buffer.from(text), null);
		const after = assertSame(before, Buffer.from(edit(text)));
		// And back, from what the second reading left behind.
		assertSame(after, Buffer.from(text));
	});
}

check('nothing changed', (text) => text);
check('a source between two images', (text) => text.replace('x = 1', 'x = 100'));
check('the first source', (text) => text.replace('x = 0', 'import numpy'));
check('the metadata behind all', (text) => text.replace('"python3"', '"other"'));
check('two sources far apart', (text) => text.replace('x = 0', 'z').replace('x = 3', 'zz'));
check('a long source', (text) => text.replace('x = 1', 'x'.repeat(9000)));
check('an image', (text) => text.replace(image('B'), image('Q', 7000)));
check('the beginning of an image', (text) => text.replace('BBBB', 'bBBB'));
check('the end of an image', (text) => text.replace('BBBB"', 'BBBb"'));
check('a large image that becomes small', (text) => text.replace(image('B'), 'small'));
check('a small image that becomes large', (text) => text.replace('"<Figure>"', `"${image('F')}"`));
check('an image that is the same as another', (text) => text.replace(image('B'), image('A')));
check('an image that goes', (text) => text.replace(`"image/png": "${image('B')}",`, ''));
check('cells that change places', () => makeNotebook([...cells].reverse()));
check('a cell more', () => makeNotebook([...cells.slice(0, 2), { source: 'new', image: image('N') }, ...cells.slice(2)]));
check('a cell less', () => makeNotebook(cells.slice(1)));
check('all cells gone', () => makeNotebook([]));
check('all outputs gone', () => makeNotebook(cells.map(({ source }) => ({ source }))));
check('letters beyond ASCII', (text) => text.replace('x = 1', 'größe = "🌙"'));
check('what looks like a placeholder', (text) => text.replace('"<Figure>"', `"nightlog:output:${'0'.repeat(64)}"`));
check('what looks like the placeholder of an image', (text) =>
	text.replace('"<Figure>"', `"${cutNotebook(Buffer.from(text), null).notebook?.cells[0]?.outputs[0]?.get('data')?.get('image/png')?.asString()}"`),
);
check('a placeholder that was there all along', (text) => text.replace('x = 1', 'x = 5'), [
	{ source: 'x = 1', image: `nightlog:output:${'1'.repeat(64)}` },
	...cells,
]);
check('cut off in the middle', (text) => text.slice(0, text.length / 2));
check('cut off in an image', (text) => text.slice(0, text.indexOf('BBBB') + 100));
check('a stray quote', (text) => text.replace('x = 1', 'x = 1"'));
check('a stray bracket', (text) => text.replace('"outputs": [', '"outputs": [['));
check('rubbish behind', (text) => `${text}x`);
check('not UTF-8', (text) => text.replace('x = 1', '\ufffd'));
check('a list of lines', (text) => text.replace(`"${image('B')}"`, `["${image('B')}\\n", "${image('E')}"]`));
check('an image put into a list', (text) => text.replace(`"${image('B')}"`, `["${image('B')}"]`));
check('an object with an image in it', (text) =>
	text.replace(`"image/png": "${image('B')}"`, `"application/x+json": {"outputs": [{"data": {"a": "${image('B')}"}}]}`),
);
check('an image moved into a larger value', (text) =>
	text.replace(`"image/png": "${image('B')}"`, `"application/x+json": ["${image('B')}", "${image('C')}"]`),
);

test('reading again: bytes that are no UTF-8 any more', () => {
	const text = makeNotebook(cells);
	const bytes = Buffer.from(text);
	bytes[text.indexOf('x = 1')] = 0xff;
	const read = cutNotebook(bytes, cutNotebook(Buffer.from(text), null).memo);
	assert.equal(read.notebook, null);
	assert.equal(read.problems[0]?.code, 'notebook/not-utf-8');
});

test('reading again: a thousand edits one after the other', () => {
	// A linear congruential generator: the same edits each time.
	let state = 42;
	const random = (below: number) => {
		state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
		return Math.floor((state / 2 ** 31) * below);
	};
	let text = makeNotebook(cells);
	let read = cutNotebook(Buffer.from(text), null);
	const pieces = ['', 'x', '"', '\\', '{', ']', ',', image('R'), `"${image('S')}"`, '\n', 'é', `"nightlog:output:${'a'.repeat(64)}"`, '🌙'];
	for (let round = 0; round < 1000; round++) {
		const from = random(text.length);
		const to = random(3) === 0 ? Math.min(text.length, from + random(9000)) : from;
		const edited = text.slice(0, from) + (pieces[random(pieces.length)] ?? '') + text.slice(to);
		const bytes = Buffer.from(edited);
		read = assertSame(read.memo === null ? cutNotebook(Buffer.from(text), null) : read, bytes);
		// What is no notebook any more is left where it was, else nothing would ever be cut again.
		if (read.notebook !== null && random(4) !== 0) text = edited;
		else read = cutNotebook(Buffer.from(text), null);
	}
});

test('the same bytes at both ends are counted', () => {
	for (const [left, right, prefix, suffix] of [
		['', '', 0, 0],
		['abc', 'abc', 3, 0],
		['abc', 'abd', 2, 0],
		['xbc', 'abc', 0, 2],
		['aXc', 'aYYc', 1, 1],
		['aaaa', 'aa', 2, 0],
		['a'.repeat(200_000), `${'a'.repeat(100_000)}b${'a'.repeat(99_999)}`, 100_000, 99_999],
	] as const) {
		const [one, other] = [Buffer.from(left), Buffer.from(right)];
		assert.equal(commonPrefix(one, other), prefix);
		assert.equal(commonSuffix(one, other, Math.min(one.length, other.length) - prefix), suffix);
	}
});
