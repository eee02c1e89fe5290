import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type Acquired, acquireStore, leaseFile } from './acquire-store.ts';
import { FakeHost } from './fake-host.test-case.ts';
import { readLease } from './lease.ts';

const migrations = [['CREATE TABLE things (name TEXT) STRICT']];
let folder: string;
let opened: Extract<Acquired, { kind: 'owner' }>[];
beforeEach(() => {
	folder = mkdtempSync(path.join(tmpdir(), 'nl-acquire-'));
	opened = [];
});
afterEach(async () => {
	for (const { store, lease } of opened) {
		if (store.database.isOpen) store.database.close();
		await lease.release();
	}
	rmSync(folder, { recursive: true, force: true });
});

async function acquire(host: FakeHost, silent = false): Promise<Acquired> {
	const acquired = await acquireStore(folder, migrations, host, silent);
	if (acquired.kind === 'owner') opened.push(acquired);
	return acquired;
}

function hostOf(kind: 'local' | 'network', name = 'node1', pid = process.pid): FakeHost {
	const host = new FakeHost({ host: name, bootId: `boot of ${name}`, pid });
	host.fileSystem = kind;
	return host;
}

/** As `kill -9` leaves it: the lock is gone with the process, the lease's file is there. */
function kill(acquired: Acquired): void {
	assert.equal(acquired.kind, 'owner');
	if (acquired.kind === 'owner') acquired.store.database.close();
}

test('the first one has the store, the second one on the machine does not', async () => {
	for (const kind of ['local', 'network'] as const) {
		const host = hostOf(kind);
		const first = await acquire(host);
		assert.equal(first.kind, 'owner');
		assert.deepEqual(await acquire(host), { kind: 'running' });
		kill(first);
		if (first.kind === 'owner') await first.lease.release();
	}
});

test('after a kill, the next one on the machine has it at once', async () => {
	for (const kind of ['local', 'network'] as const) {
		const before = hostOf(kind);
		kill(await acquire(before));
		const after = hostOf(kind);
		// The number was given again, to a process that began later.
		after.running.set(process.pid, '999');
		const next = await acquire(after);
		assert.equal(next.kind, 'owner');
		assert.equal(((await readLease(leaseFile(folder))) as { startTime: string }).startTime, '999');
		kill(next);
	}
});

test('on a network, a lease of another machine holds, even where its lock does not reach here', async () => {
	kill(await acquire(hostOf('network', 'node1')));
	assert.deepEqual(await acquire(hostOf('network', 'node2')), { kind: 'elsewhere', host: 'node1' });
	assert.equal((await acquire(hostOf('network', 'node2'), true)).kind, 'owner');
});

test('on a network, silence is not enough where the lock is held', async () => {
	await acquire(hostOf('network', 'node1'));
	assert.deepEqual(await acquire(hostOf('network', 'node2'), true), { kind: 'elsewhere', host: 'node1' });
});

test('on a network, a lease that cannot be read is respected, too', async () => {
	writeFileSync(leaseFile(folder), '{"host":');
	assert.deepEqual(await acquire(hostOf('network', 'node2')), { kind: 'elsewhere', host: 'another machine' });
});

test("on the machine's own disk the lock decides: a lease of before its name or container changed does not lock anybody out", async () => {
	kill(await acquire(hostOf('local', 'old-name')));
	assert.equal((await acquire(hostOf('local', 'new-name'))).kind, 'owner');
});
