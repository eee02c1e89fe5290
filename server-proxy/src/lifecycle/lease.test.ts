import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { readLease, takeLease, watchLease } from './lease.ts';
import type { ProcessIdentity } from './process-identity.ts';

const here: ProcessIdentity = { host: 'node1', bootId: 'b1', pid: 1, startTime: '10', pidNamespace: 'n' };
const there: ProcessIdentity = { ...here, host: 'node2', bootId: 'b2' };
const isLost = (error: unknown) => isNightlogError(error, 'lease/lost') && error.retryable;

let folder: string;
let file: string;
beforeEach(() => {
	folder = mkdtempSync(path.join(tmpdir(), 'nl-lease-'));
	file = path.join(folder, 'lease.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('who took it has it, says so with each beat, and gives it back', async () => {
	assert.equal(await readLease(file), null);
	const lease = await takeLease(file, here);
	await lease.assert();
	assert.deepEqual(await readLease(file), { ...here, beat: 0 });
	await lease.beat();
	await lease.beat();
	assert.deepEqual(await readLease(file), { ...here, beat: 2 });
	await lease.release();
	assert.deepEqual(readdirSync(folder), []);
	await assert.rejects(lease.assert(), isLost);
	await lease.release();
});

test('who lost it is told at the next look, and its beats no longer reach the file', async () => {
	const old = await takeLease(file, here);
	const fresh = await takeLease(file, there);
	await assert.rejects(old.assert(), isLost);
	await assert.rejects(old.beat(), isLost);
	await fresh.assert();
	await old.release();
	assert.deepEqual(await readLease(file), { ...there, beat: 0 });
	await fresh.release();
});

test('the same number after a restart of the machine or of the process is another owner', async () => {
	const lease = await takeLease(file, here);
	for (const other of [{ bootId: 'b9' }, { startTime: '11' }, { pid: 2 }]) {
		writeFileSync(file, JSON.stringify({ ...here, ...other, beat: 0 }));
		await assert.rejects(lease.assert(), isLost);
	}
	await lease.release();
});

test('a file that is just being written is no loss', async () => {
	const lease = await takeLease(file, here);
	writeFileSync(file, readFileSync(file, 'utf8').slice(0, 20));
	assert.equal(await readLease(file), 'unreadable');
	await lease.assert();
	await lease.release();
});

test('a newcomer waits a minute of its own clock without a beat, whatever the clocks on the walls say', async () => {
	let nowMs = 1_000;
	const lease = await takeLease(file, there);
	const watch = watchLease(file, () => nowMs);
	const lookAfter = async (ms: number) => {
		nowMs += ms;
		return watch.look();
	};
	assert.equal(await lookAfter(0), false);
	assert.equal(await lookAfter(59_999), false);
	await lease.beat();
	assert.equal(await lookAfter(10), false, 'a beat begins the minute anew');
	assert.equal(await lookAfter(30_000), false);
	assert.equal(await lookAfter(29_999), false);
	assert.equal(await lookAfter(1), true);
	await lease.release();
	assert.equal(await lookAfter(0), true, 'a lease that was given back is free');
});
