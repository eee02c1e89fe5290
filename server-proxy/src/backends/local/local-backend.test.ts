import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobId } from '@nightlog/shared/base/ids';
import type { Backend, BackendJob } from '../backend.ts';
import { createLocalBackend, type LocalBackendOptions } from './local-backend.ts';
import { processFilePath } from './process-file.ts';

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
