import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { claimCancelled, parseProcessFile, processFilePath, readProcessFile } from './process-file.ts';

const stat = '77 (sh) S 1 77 77 0 -1 0 0 0 0 0 0 0 0 0 0 0 1 0 555 0 0';
const lines = `77\nboot\nnode1\n${stat}\n`;
const whole = `${lines}4711.25\n`;

describe('the process file of a job', () => {
	const begun = { kind: 'begun', identity: { pid: 77, startTime: '555', bootId: 'boot' }, host: 'node1' };
	test('says which process began, where and when', () => {
		assert.deepEqual(parseProcessFile(whole), { ...begun, begunAwakeSeconds: 4711.25 });
	});
	for (const end of ['', '4711', '4711.25', '\n', 'x\n', '-1\n', 'Infinity\n']) {
		test(`says not when, where that is no number or not whole: ${JSON.stringify(end)}`, () => {
			assert.deepEqual(parseProcessFile(lines + end), { ...begun, begunAwakeSeconds: null });
		});
	}
	test('says that the job was cancelled before it began', () => assert.deepEqual(parseProcessFile('cancelled\n'), { kind: 'cancelled' }));
	for (let length = 0; length < lines.length; length += 7) {
		test(`cut off after ${length} bytes is unreadable, not begun and not none`, () => {
			assert.deepEqual(parseProcessFile(lines.slice(0, length)), { kind: 'unreadable' });
		});
	}
	test('of another process is unreadable', () => assert.deepEqual(parseProcessFile(`78\nboot\nnode1\n${stat}\n`), { kind: 'unreadable' }));
});

describe('cancelling before the begin', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-process-'));
	after(() => rmSync(root, { recursive: true }));
	test('is possible once, and then decides', () => {
		assert.deepEqual(readProcessFile(root), { kind: 'none' });
		assert.equal(claimCancelled(root), true);
		assert.equal(claimCancelled(root), false);
		assert.deepEqual(readProcessFile(root), { kind: 'cancelled' });
	});
	test('comes too late for a job that has begun', () => {
		writeFileSync(processFilePath(root), whole);
		assert.equal(claimCancelled(root), false);
		assert.equal(readProcessFile(root).kind, 'begun');
	});
	test('fails where there is no folder', () => assert.throws(() => claimCancelled(path.join(root, 'gone')), { code: 'ENOENT' }));
});
