import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { readNewLines } from './read-events.ts';

describe('a file of lines that grows', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-events-'));
	const file = path.join(root, 'events.ndjson');
	after(() => rmSync(root, { recursive: true }));
	beforeEach(() => rmSync(file, { force: true }));

	test('that is not there yet has none', async () => assert.deepEqual(await readNewLines(file, { offset: 0 }), { lines: [], place: { offset: 0 } }));
	test('is read on from where it was', async () => {
		writeFileSync(file, '{"a":1}\n{"a":2}\n');
		const first = await readNewLines(file, { offset: 0 });
		appendFileSync(file, '{"a":3}\n');
		const second = await readNewLines(file, first.place);
		assert.deepEqual([first.lines, second.lines], [[{ a: 1 }, { a: 2 }], [{ a: 3 }]]);
	});
	test('leaves half a line for the next time, also within a character', async () => {
		const bytes = Buffer.from('{"a":"ü"}\n');
		for (let cut = 0; cut < bytes.length; cut++) {
			writeFileSync(file, bytes.subarray(0, cut));
			const first = await readNewLines(file, { offset: 0 });
			assert.deepEqual(first.lines, []);
			appendFileSync(file, bytes.subarray(cut));
			assert.deepEqual((await readNewLines(file, first.place)).lines, [{ a: 'ü' }]);
		}
	});
	test('passes over what is no JSON', async () => {
		writeFileSync(file, 'garbage\n{"a":1}\n\n\0\xff\n');
		assert.deepEqual((await readNewLines(file, { offset: 0 })).lines, [{ a: 1 }]);
	});
	test('longer than what is read at once is read whole', async () => {
		const long = 'x'.repeat(700_000);
		writeFileSync(file, `${JSON.stringify(long)}\n${'1\n'.repeat(200_000)}{"half`);
		const { lines, place } = await readNewLines(file, { offset: 0 });
		assert.deepEqual([lines.length, lines[0] === long, place.offset], [200_001, true, 700_003 + 400_000]);
	});
	test('with a line that is longer than any of the runner is read without it', async () => {
		writeFileSync(file, `{"a":1}\n"${'x'.repeat(17_000_000)}"\n{"a":2}\n`);
		const { lines, place } = await readNewLines(file, { offset: 0 });
		assert.deepEqual([lines, place.offset], [[{ a: 1 }, { a: 2 }], 17_000_000 + 19]);
		truncateSync(file, 17_000_000);
		assert.deepEqual((await readNewLines(file, place)).lines, [{ a: 1 }]);
	});
	test('that is larger than any of the runner has none', async () => {
		writeFileSync(file, '{"a":1}\n');
		truncateSync(file, 5_000_000_000);
		assert.deepEqual(await readNewLines(file, { offset: 0 }), { lines: [], place: { offset: 0 } });
	});
	for (const [what, put] of [
		['a pipe', () => execFileSync('mkfifo', [file])],
		['a folder', () => mkdirSync(file)],
		['a link', () => symlinkSync('/dev/zero', file)],
	] as const) {
		test(`in whose place lies ${what} has none, and is not waited for`, async () => {
			put();
			assert.deepEqual(await readNewLines(file, { offset: 0 }), { lines: [], place: { offset: 0 } });
			rmSync(file, { recursive: true });
		});
	}
	test('that was cut off is read from its start', async () => {
		writeFileSync(file, '{"a":1}\n');
		assert.deepEqual((await readNewLines(file, { offset: 9999 })).lines, [{ a: 1 }]);
	});
});
