import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { claimCancelled, parseProcessFile, processFilePath, readProcessFile } from './process-file.ts';

const stat = '77 (sh) S 1 77 77 0 -1 0 0 0 0 0 0 0 0 0 0 0 1 0 555 0 0';
const whole = `77\nboot\nnode1\n${stat}\n`;

describe('the process file of a job', () => {
	test('says which process began, and where', () => {
		assert.deepEqual(parseProcessFile(whole), { kind: 'begun', identity: { pid: 77, startTime: '555', bootId: 'boot' }, host: 'node1' });
	});
	test('says that the job was cancelled before it began', () => assert.deepEqual(parseProcessFile('cancelled\n'), { kind: 'cancelled' }));
	for (let length = 0; length < whole.length; length += 7) {
		test(`cut off after ${length} bytes is unreadable, not begun and not none`, () => {
			assert.deepEqual(parseProcessFile(whole.slice(0, length)), { kind: 'unreadable' });
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
