import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { JobId } from '@nightlog/shared/base/ids';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { FakeBackend, registryOf } from './fake-backend.test-case.ts';
import { FakeClock, settled } from './fake-clock.test-case.ts';
import { JobBench } from './job-bench.test-case.ts';

describe('jobs of a backend that is asked', () => {
	let bench: JobBench;
	let backend: FakeBackend;
	let clock: FakeClock;
	let lease: () => Promise<void>;
	const never = new AbortController().signal;

	const start = () => bench.start({ backends: registryOf(backend), clock, assertLease: () => lease() });
	beforeEach(async () => {
		bench = new JobBench();
		backend = new FakeBackend();
		clock = new FakeClock();
		lease = async () => undefined;
		await start();
	});
	afterEach(() => bench.remove());

	const now = (job: Job) => bench.jobs.get(job.id as JobId);
	const set = (job: Job, status: Parameters<FakeBackend['statuses']['set']>[1]) => backend.statuses.set(job.id as JobId, status);
	const submit = async () => {
		const job = await bench.submit(['pass', 'pass']);
		await until(() => backend.submitted.some(({ id }) => id === job.id));
		await clock.pass(0);
		return job;
	};
	/** Files are written meanwhile, which takes as long as it takes. */
	const until = async (so: () => boolean) => {
		for (let round = 0; round < 20_000 && !so(); round++) await new Promise((resolve) => setTimeout(resolve, 1));
		assert.ok(so(), bench.logged.join('\n'));
		await settled();
	};
	const write = (job: Job, name: string, text: string) => writeFileSync(bench.inFolder(job, name), text);

	test('nothing is asked while no job is open', async () => {
		await clock.pass(600_000);
		assert.equal(backend.polls, 0);
		const job = await submit();
		set(job, { state: 'ended', exit: 'cancelled', detail: null, endedAt: null });
		await clock.pass(2000);
		await until(() => now(job).state === 'cancelled');
		const { polls } = backend;
		await clock.pass(600_000);
		assert.equal(backend.polls, polls);
	});

	test('a job waits with its reason, runs, and is asked for again and again', async () => {
		const job = await submit();
		set(job, { state: 'queued', reason: 'Priority' });
		await clock.pass(1000);
		assert.deepEqual([now(job).state, now(job).reason, now(job).attempt], ['queued', 'Priority', 0]);
		set(job, { state: 'running', startedAt: '2026-11-21T09:00:01Z', reason: null });
		await clock.pass(1000);
		assert.deepEqual([now(job).state, now(job).attempt, now(job).startedAt], ['running', 1, '2026-11-21T09:00:01.000Z']);
		const before = now(job).stateAsOf;
		await clock.pass(5000);
		assert.ok(now(job).stateAsOf > before);
	});

	test('preemption leads back to waiting and counts', async () => {
		const job = await submit();
		for (const state of ['running', 'queued', 'running'] as const) {
			set(job, state === 'queued' ? { state, reason: 'BeginTime' } : { state, startedAt: null, reason: null });
			await clock.pass(1000);
			assert.equal(now(job).state, state);
		}
		assert.equal(now(job).attempt, 2);
	});

	test('another attempt that began between two polls counts', async () => {
		const job = await submit();
		const started = (seq: number, attempt: number) => `${JSON.stringify({ seq, kind: 'started', attempt, total: 2 })}\n`;
		set(job, { state: 'running', startedAt: null, reason: null });
		write(job, 'events.ndjson', started(1, 1));
		await clock.pass(1000);
		assert.equal(now(job).attempt, 1);
		write(job, 'events.ndjson', started(1, 1) + started(2, 2));
		await clock.pass(5000);
		assert.deepEqual([now(job).state, now(job).attempt], ['running', 2]);
	});

	test('while the backend cannot be asked the last state stands, with its age', async () => {
		const job = await submit();
		set(job, { state: 'running', startedAt: null, reason: null });
		await clock.pass(1000);
		const { stateAsOf } = now(job);
		backend.reachable = false;
		await clock.pass(3_600_000);
		assert.deepEqual([now(job).state, now(job).reachable, now(job).stateAsOf], ['running', false, stateAsOf]);
		assert.ok(backend.polls < 100, `it was asked ${backend.polls} times in an hour`);
		backend.reachable = true;
		await clock.pass(61_000);
		assert.equal(now(job).reachable, true);
		assert.ok(now(job).stateAsOf > stateAsOf);
	});

	test('a job that the backend no longer knows is lost after a while, and found again', async () => {
		const job = await submit();
		set(job, { state: 'running', startedAt: null, reason: null });
		await clock.pass(1000);
		backend.statuses.clear();
		await clock.pass(5000);
		assert.equal(now(job).state, 'running', 'books lag: not at once');
		await clock.pass(30_000);
		assert.equal(now(job).state, 'lost');
		assert.match(now(job).reason ?? '', /no longer knows it/);
		assert.equal(bench.jobs.openCount(), 0);
		set(job, { state: 'running', startedAt: null, reason: null });
		await submit();
		await clock.pass(3000);
		assert.deepEqual([now(job).state, now(job).attempt], ['running', 1]);
	});

	test('a job that is forgotten after its last line is read, not lost', async () => {
		const job = await submit();
		write(job, 'events.ndjson', '{"seq":1,"time":"2026-11-21T09:00:00Z","kind":"ended","reason":"completed","title":"","detail":null,"cell":null}\n');
		await clock.pass(2000);
		await until(() => now(job).state === 'failed');
		assert.equal(now(job).error?.type, 'job/no-receipt', 'and without a receipt it is no success');
	});

	test('progress is what the events say, half a line not yet', async () => {
		const job = await submit();
		set(job, { state: 'running', startedAt: null, reason: null });
		write(
			job,
			'events.ndjson',
			'{"seq":1,"kind":"started","attempt":1,"total":7}\n{"seq":2,"kind":"cell-ended","done":3}\n{"seq":3,"kind":"cell-end',
		);
		await clock.pass(1000);
		assert.deepEqual(now(job).progress, { done: 3, total: 7 });
	});

	test('an end without a receipt is no success, whatever the backend says', async () => {
		const job = await submit();
		set(job, { state: 'ended', exit: 'finished', detail: 'COMPLETED', endedAt: null });
		await clock.pass(1000);
		await until(() => now(job).state !== 'submitted');
		assert.deepEqual([now(job).state, now(job).error?.type], ['failed', 'job/no-receipt']);
		await until(() => backend.removed.length === 1);
	});

	test('a receipt of another job counts for nothing', async () => {
		const job = await submit();
		write(job, 'receipt.json', '{"job": "x"}');
		set(job, { state: 'ended', exit: 'finished', detail: null, endedAt: null });
		await clock.pass(1000);
		await until(() => now(job).state === 'failed');
		assert.match(now(job).error?.detail ?? '', /run record cannot be read/);
	});

	test('a cancel request reaches the backend, and again after it could not be asked', async () => {
		const job = await submit();
		set(job, { state: 'running', startedAt: null, reason: null });
		await clock.pass(1000);
		backend.reachable = false;
		const answered = await bench.jobs.cancel(job.id as JobId, never);
		assert.notEqual(answered.cancelRequestedAt, null);
		await clock.pass(2000);
		assert.deepEqual(backend.cancelled, []);
		backend.reachable = true;
		await clock.pass(61_000);
		assert.deepEqual(backend.cancelled, [job.id]);
		set(job, { state: 'ended', exit: 'killed', detail: null, endedAt: null });
		await clock.pass(1000);
		await until(() => now(job).state === 'cancelled');
	});

	test('nothing is begun when the store is no longer ours', async () => {
		lease = async () => {
			throw new Error('another server has it');
		};
		const job = await bench.submit(['pass']);
		await until(() => bench.logged.some((line) => line.includes('no longer ours')));
		await clock.pass(600_000);
		assert.deepEqual([backend.submitted.length, now(job).state], [0, 'accepted']);
	});

	test('a job whose begin failed after it began is found, not begun twice', async () => {
		backend.afterSubmit = () => {
			backend.afterSubmit = () => undefined;
			throw new Error('the connection broke');
		};
		const job = await bench.submit(['pass']);
		await until(() => backend.submitted.length === 1);
		await clock.pass(5000);
		await until(() => now(job).state === 'submitted');
		assert.equal(backend.submitted.length, 1);
	});

	test('a job that cannot be begun fails in the end, and says why', async () => {
		backend.submit = async () => {
			throw new Error('sbatch: no such partition');
		};
		const job = await bench.submit(['pass']);
		for (let round = 0; round < 60 && now(job).state === 'accepted'; round++) {
			await until(() => true);
			await clock.pass(5000);
		}
		assert.deepEqual(
			[now(job).state, now(job).error],
			['failed', { type: 'job/not-begun', title: 'The job could not be begun.', detail: 'sbatch: no such partition' }],
		);
	});

	test('a job waits for a backend that cannot be asked, and is begun when it can', async () => {
		backend.reachable = false;
		const job = await bench.submit(['pass']);
		await clock.pass(10_000);
		assert.deepEqual([now(job).state, now(job).reachable], ['accepted', false]);
		backend.reachable = true;
		for (let round = 0; round < 20 && backend.submitted.length === 0; round++) {
			await clock.pass(60_000);
			await until(() => true);
		}
		assert.equal(backend.submitted.length, 1);
	});

	test('a full disk holds a job back, and no more', async () => {
		const content = bench.versions.content.bind(bench.versions);
		bench.versions.content = async () => {
			throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
		};
		const job = await bench.submit(['pass']);
		await until(() => (now(job).reason ?? '').includes('disk is full'));
		bench.versions.content = content;
		// Each try reads files, which takes its own time, however much of ours passes.
		for (let round = 0; round < 20; round++) {
			await clock.pass(60_000);
			await until(() => true);
		}
		await until(() => backend.submitted.length > 0);
		assert.equal(backend.submitted.length, 1);
	});

	test('a clock that jumps a day changes nothing', async () => {
		const job = await submit();
		set(job, { state: 'running', startedAt: null, reason: null });
		await clock.pass(1000);
		clock.jump(-86_400_000);
		await clock.pass(2000);
		const second = await submit();
		assert.ok(second.id > job.id, 'ids still grow');
		assert.equal(now(job).state, 'running');
	});

	test('what certainly never began is prepared and submitted again', async () => {
		const job = await submit();
		set(job, { state: 'queued', reason: 'Resources' });
		await clock.pass(1000);
		backend.submitted.length = 0;
		backend.afterSubmit = () => set(job, { state: 'queued', reason: 'Priority' });
		set(job, { state: 'not-begun' });
		await clock.pass(1000);
		await until(() => backend.submitted.length === 1);
		assert.deepEqual([now(job).state, now(job).attempt], ['queued', 0]);
		set(job, { state: 'running', startedAt: null, reason: null });
		await clock.pass(2000);
		assert.deepEqual([now(job).state, now(job).attempt], ['running', 1]);
	});

	test('what is open is taken up by the next server', async () => {
		const job = await submit();
		set(job, { state: 'running', startedAt: null, reason: null });
		await clock.pass(1000);
		await bench.stop();
		await start();
		set(job, { state: 'ended', exit: 'preempted', detail: null, endedAt: null });
		await until(() => now(job).state === 'failed');
		assert.equal(now(job).error?.type, 'job/preempted');
		assert.equal(backend.submitted.length, 1);
	});

	test('a state that an older or newer server wrote and that cannot follow is left out', async () => {
		const job = await submit();
		set(job, { state: 'ended', exit: 'cancelled', detail: null, endedAt: null });
		await clock.pass(1000);
		await until(() => now(job).state === 'cancelled');
		mkdirSync(bench.inFolder(job, 'x'));
		rmSync(bench.inFolder(job, 'x'), { recursive: true });
		set(job, { state: 'running', startedAt: null, reason: null });
		await submit();
		await clock.pass(5000);
		assert.equal(now(job).state, 'cancelled');
	});
});
