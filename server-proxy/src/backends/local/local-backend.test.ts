import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobId } from '@nightlog/shared/base/ids';
import type { Backend, BackendJob } from '../backend.ts';
import { createLocalBackend, type LocalBackendOptions } from './local-backend.ts';
import { processFilePath } from './process-file.ts';
import { awakeSeconds, readBootId } from './process-identity.ts';

const never = new AbortController().signal;

describe('what the local backend finds when it starts', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-local-'));
	const opened: Backend[] = [];
	let made = 0;
	after(() => rmSync(root, { recursive: true }));
	afterEach(async () => {
		for (const backend of opened.splice(0)) await backend.dispose();
	});

	const open = (change: Partial<LocalBackendOptions> = {}) => {
		const backend = createLocalBackend({
			name: 'local',
			slots: 0,
			runner: '/r.pyz',
			environment: {},
			allowedVariables: [],
			protectFolder: true,
			graceMs: 100,
			wallTimeGraceSeconds: 0,
			bootId: 'this-boot',
			endsWithSession: null,
			log: { write: () => undefined },
			...change,
		});
		opened.push(backend);
		return backend;
	};
	const makeJob = (): BackendJob => {
		made += 1;
		const id = `01aaaaaaaaaaaaaaaaaaaaaa${String(made).padStart(2, '0')}` as JobId;
		const folder = path.join(root, id);
		mkdirSync(folder);
		const resources = { cpus: null, memoryBytes: null, gpus: null, wallTimeSeconds: null };
		return { id, name: `nl-${id}`, folder, runnerJob: {} as BackendJob['runnerJob'], resources, project: '/', notebookFolder: '/', python: '/p' };
	};
	const begun = (job: BackendJob, bootId: string, host: string, pid = 4_000_000) =>
		writeFileSync(processFilePath(job.folder), `${pid}\n${bootId}\n${host}\n${pid} (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 0 0 1 0 99 0\n`);
	async function statusOf(backend: Backend, job: BackendJob, handle: Awaited<ReturnType<Backend['submit']>>) {
		return (await backend.status([{ id: job.id, folder: job.folder, handle }], never)).get(job.id);
	}
	const submitted = async (backend = open()) => {
		const job = makeJob();
		return { job, handle: await backend.submit(job, never) };
	};

	test('waits still, where it never began in this boot', async () => {
		const { job, handle } = await submitted();
		assert.equal((await statusOf(open(), job, handle))?.state, 'queued');
	});
	test('is to be submitted again, where it never began and the machine was started anew', async () => {
		const { job, handle } = await submitted(open({ bootId: 'boot-before' }));
		const backend = open();
		assert.deepEqual(await statusOf(backend, job, handle), { state: 'not-begun' });
		assert.equal(await backend.findByName(job, never), null);
	});
	test('was killed, where it ran when the machine was started anew', async () => {
		const { job, handle } = await submitted();
		begun(job, 'boot-before', hostname());
		const status = await statusOf(open(), job, handle);
		assert.deepEqual(status, { state: 'ended', exit: 'killed', detail: 'The machine was started anew while the job ran.', endedAt: null });
	});
	test('has ended, where its process is gone or another one has its number', async () => {
		const { job, handle } = await submitted();
		begun(job, 'this-boot', hostname(), process.pid);
		const status = await statusOf(open(), job, handle);
		assert.deepEqual(status, { state: 'ended', exit: 'unknown', detail: null, endedAt: null });
	});
	test('is not known here, where it runs on another machine with the same home', async () => {
		const { job, handle } = await submitted();
		begun(job, 'other-boot', 'other-host');
		const backend = open();
		assert.deepEqual(await statusOf(backend, job, handle), { state: 'unknown' });
		await assert.rejects(backend.cancel({ id: job.id, folder: job.folder, handle }, never), { code: 'backend/unreachable' });
	});
	test('has ended, where it was stopped while it began', async () => {
		const { job, handle } = await submitted();
		writeFileSync(processFilePath(job.folder), '47');
		assert.deepEqual(await statusOf(open(), job, handle), {
			state: 'ended',
			exit: 'unknown',
			detail: 'It was stopped while it began.',
			endedAt: null,
		});
	});
	test('is asked to end when the machine was awake for longer than its wall time since it began', async (context) => {
		context.mock.timers.enable({ apis: ['setInterval'] });
		const bootId = readBootId();
		const backend = open({ bootId });
		const adopt = async (wallTimeSeconds: number, begunAwakeSeconds: number) => {
			const job = makeJob();
			const handle = await open({ bootId }).submit({ ...job, resources: { ...job.resources, wallTimeSeconds } }, never);
			const child = spawn('sleep', ['600'], { stdio: 'ignore' });
			const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)));
			const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
			writeFileSync(processFilePath(job.folder), `${child.pid}\n${bootId}\n${hostname()}\n${stat.trimEnd()}\n${begunAwakeSeconds}\n`);
			assert.equal((await statusOf(backend, job, handle))?.state, 'running');
			return { child, ended };
		};
		const over = await adopt(50, awakeSeconds() - 60);
		// As if the machine had slept since: however long ago its process began, it has not had its time.
		const slept = await adopt(Number.MIN_VALUE, awakeSeconds() + 600);
		context.mock.timers.tick(1000);
		assert.equal(await over.ended, 'SIGTERM');
		// Of two signals that wait, a process meets the one with the lower number first: SIGTERM before this one.
		slept.child.kill('SIGXCPU');
		assert.equal(await slept.ended, 'SIGXCPU');
	});
	test('says that the disk was full, where its runner could not even write that down', async () => {
		const runner = path.join(root, 'runner');
		writeFileSync(runner, 'exit 4');
		const backend = open({ slots: 1, runner, environment: { PATH: '/usr/bin:/bin' } });
		const job = { ...makeJob(), python: '/bin/sh' };
		const handle = await backend.submit(job, never);
		let status = await statusOf(backend, job, handle);
		for (; status?.state !== 'ended'; status = await statusOf(backend, job, handle)) await sleep(5);
		assert.equal(status.exit, 'disk-full');
	});
	describe('behind a job that runs', () => {
		const runner = path.join(root, 'until-released');
		const hold = (job: BackendJob) => path.join(job.folder, 'hold');
		/** A backend with one slot, taken by a job that runs until it is released, and a function that releases it. */
		const openBusy = async () => {
			writeFileSync(runner, '[ -p "$1/hold" ] && read -r line <"$1/hold"; exit 4');
			const backend = open({ slots: 1, runner, environment: { PATH: '/usr/bin:/bin' } });
			const first = { ...makeJob(), python: '/bin/sh' };
			execFileSync('mkfifo', [hold(first)]);
			const begun = [{ id: first.id, folder: first.folder, handle: await backend.submit(first, never) }];
			const wait = async () => {
				const job = { ...makeJob(), python: '/bin/sh' };
				begun.push({ id: job.id, folder: job.folder, handle: await backend.submit(job, never) });
				return job;
			};
			const stateOf = async (job: BackendJob) => (await backend.status(begun, never)).get(job.id);
			const ended = async (job: BackendJob) => {
				for (;;) {
					const status = await stateOf(job);
					if (status?.state === 'ended') return status.exit;
					await sleep(5);
				}
			};
			return { backend, wait, stateOf, ended, release: () => writeFileSync(hold(first), '\n') };
		};

		test('waits with its reason while it cannot be started, and those behind it run', async () => {
			const { wait, stateOf, ended, release } = await openBusy();
			const unready = await wait();
			const next = await wait();
			const log = path.join(unready.folder, 'log.txt');
			mkdirSync(log); // As on a full disk it cannot be opened.
			release();
			assert.equal(await ended(next), 'disk-full');
			const status = await stateOf(unready);
			assert.equal(status?.state, 'queued');
			assert.match(status.state === 'queued' ? (status.reason ?? '') : '', /could not be started yet.*log\.txt/);
			rmSync(log, { recursive: true });
			assert.equal(await ended(unready), 'disk-full');
		});
		test('is not known where its folder was removed, and those behind it run', async () => {
			const { wait, stateOf, ended, release } = await openBusy();
			const removed = await wait();
			const next = await wait();
			rmSync(removed.folder, { recursive: true });
			release();
			assert.equal(await ended(next), 'disk-full');
			assert.deepEqual(await stateOf(removed), { state: 'unknown' });
		});
		test('is given back where it cannot be started when it is submitted', async () => {
			const backend = open({ slots: 1, runner, environment: { PATH: '/usr/bin:/bin' } });
			const job = { ...makeJob(), python: '/bin/sh' };
			mkdirSync(path.join(job.folder, 'log.txt'));
			await assert.rejects(backend.submit(job, never), { code: 'EISDIR' });
			assert.equal(await backend.findByName(job, never), null, 'it is certain that it never began');
		});
	});
	test('never begins, where it was cancelled while it waited', async () => {
		const { job, handle } = await submitted();
		await open().cancel({ id: job.id, folder: job.folder, handle }, never);
		const status = await statusOf(open({ slots: 5 }), job, handle);
		assert.equal(status?.state === 'ended' ? status.exit : null, 'cancelled');
	});
	test('is not known, where its handle is no handle of this backend', async () => {
		const job = makeJob();
		for (const handle of [{}, { python: 7 }, { python: '/p' }]) assert.deepEqual(await statusOf(open(), job, handle), { state: 'unknown' });
	});
});
