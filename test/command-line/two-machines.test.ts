// Two machines with one home on a network file system: the second shows the jobs of the first, keeps versions, and is given the store when it asks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { type Account, type CommandEnd, makeAccount } from './account.ts';
import { notebookText } from './notebooks.ts';

const preload = path.join(import.meta.dirname, 'other-machine.mjs');
let account: Account;
before(() => {
	account = makeAccount();
	account.write('night.ipynb', notebookText(['print(6 * 7)']));
});
after(async () => {
	await end('node2');
	await account.dispose();
});

const on = (machine: string, ...argv: string[]): Promise<CommandEnd> =>
	account.start(argv, {
		NODE_OPTIONS: `--import ${preload}`,
		NIGHTLOG_TEST_MACHINE: machine,
		XDG_RUNTIME_DIR: path.join(account.home, `run-${machine}`),
	}).end;

interface Served {
	readonly pid: number;
	readonly host: string;
	readonly ownsStore: boolean;
}
/** The server of a machine, started if need be. */
async function serverOn(machine: string): Promise<Served> {
	const found = await on(machine, 'serve', '--detach', '--json');
	assert.equal(found.code, 0, found.error);
	return found.json<Served>();
}
async function end(machine: string): Promise<void> {
	const { pid } = await serverOn(machine);
	process.kill(pid, 'SIGTERM');
	for (;;) {
		try {
			process.kill(pid, 0);
		} catch {
			return;
		}
		await sleep(20);
	}
}

/** Asks until it is so: the snapshot and the lease are looked at every few seconds. */
async function until<Value>(ask: () => Promise<Value>, isSo: (value: Value) => boolean): Promise<Value> {
	for (;;) {
		const value = await ask();
		if (isSo(value)) return value;
		await sleep(200);
	}
}
async function jobsOn(machine: string): Promise<Job[]> {
	const end = await on(machine, 'jobs', '--json');
	assert.equal(end.code, 0, end.error);
	return end.json<Job[]>();
}

test('the second machine shows the jobs of the first, keeps versions, and says where jobs are submitted', { timeout: 300_000 }, async () => {
	const first = await on('node1', 'submit', 'night.ipynb', '--wait', '--json');
	assert.equal(first.code, 0, first.error);
	const done = first.json<Job>();
	const seen = await until(
		() => jobsOn('node2'),
		(jobs) => jobs[0]?.state === 'succeeded',
	);
	assert.deepEqual(
		seen.map(({ id, state }) => [id, state]),
		[[done.id, 'succeeded']],
	);
	const owner = await serverOn('node1');
	const guest = await serverOn('node2');
	assert.deepEqual([owner.host, owner.ownsStore, guest.host, guest.ownsStore], ['node1', true, 'node2', false]);
	assert.equal(JSON.parse(readFileSync(path.join(account.stateFolder, 'jobs.snapshot.json'), 'utf8')).host, 'node1');

	account.write('night.ipynb', notebookText(['print(7 * 8)']));
	const kept = await on('node2', 'keep', 'night.ipynb', '--json');
	assert.equal(kept.code, 0, kept.error);
	const versions = (await on('node1', 'versions', 'night.ipynb', '--json')).json<Version[]>();
	assert.deepEqual(
		versions.map(({ id }) => id),
		[kept.json<Version>().id, done.version],
	);
	const refused = await on('node2', 'submit', 'night.ipynb', '--json');
	assert.equal(refused.code, 3);
	assert.match(refused.problem().type, /lease\/elsewhere$/);
	assert.match(refused.problem().title, /runs on node1/);
});

test('the second machine is given the store when it asks and no job is open, with all that was in it', { timeout: 300_000 }, async () => {
	const before = await jobsOn('node1');
	const asked = await on('node2', 'serve', '--detach', '--replace', '--json');
	assert.equal(asked.code, 0, asked.error);
	await until(
		() => serverOn('node2'),
		(server) => server.ownsStore,
	);
	assert.deepEqual(
		(await jobsOn('node2')).map(({ id }) => id),
		before.map(({ id }) => id),
	);
	const again = await on('node2', 'submit', 'night.ipynb', '--wait', '--json');
	assert.equal(again.code, 0, again.error);
	assert.equal((await serverOn('node1')).ownsStore, false);
	await end('node1');
});
