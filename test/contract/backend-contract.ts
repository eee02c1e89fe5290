import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { JobId } from '@nightlog/shared/base/ids';
import type { Backend, BackendHandle, BackendJob, BackendStatus, BegunJob } from '../../server-proxy/src/backends/backend.ts';

/** What a backend brings so that the same cases run on it. */
export interface ContractSubject {
	readonly title: string;
	/** How long its slowest answer may take to come true. */
	readonly patienceMs: number;
	/** A backend as a server that starts now would have it; earlier ones are forgotten. */
	open(): Promise<Backend>;
	/** A job whose folder is ready: its cells are commands of the fake runner, or what does the same on that backend. */
	makeJob(cells: readonly string[], change?: Partial<Pick<BackendJob['resources'], 'cpus' | 'memoryBytes' | 'wallTimeSeconds'>>): BackendJob;
	/** As many jobs as run at a time; null where that is not ours to say. */
	readonly slots: number | null;
	/** Whether the process with this number, which a job of this backend wrote down, runs. */
	isRunning(pid: number): boolean;
	/** Kills the runner of a job from outside, as a machine without memory does. */
	killRunner(job: BackendJob): void;
	close(): Promise<void>;
}

const never = new AbortController().signal;

/** The promises of `Backend`, held against a real one. */
export function backendContract(subject: ContractSubject): void {
	describe(subject.title, () => {
		let backend: Backend;
		before(async () => {
			backend = await subject.open();
		});
		after(() => subject.close());

		const begun = (job: BackendJob, handle: BackendHandle): BegunJob => ({ id: job.id, folder: job.folder, handle });
		const statusOf = async (job: BegunJob): Promise<BackendStatus> => (await backend.status([job], never)).get(job.id) ?? { state: 'unknown' };

		async function until(job: BegunJob, so: (status: BackendStatus) => boolean): Promise<BackendStatus> {
			const end = performance.now() + subject.patienceMs;
			for (;;) {
				const status = await statusOf(job);
				if (so(status)) return status;
				assert.ok(performance.now() < end, `it stayed ${JSON.stringify(status)}`);
				await changed(50);
			}
		}
		/** The next change that the backend tells of, or this time. */
		const changed = (mostMs: number): Promise<void> =>
			new Promise((resolve) => {
				const done = new AbortController();
				const timer = setTimeout(() => finish(), mostMs);
				const finish = () => {
					clearTimeout(timer);
					done.abort();
					resolve();
				};
				backend.watch(finish, done.signal);
			});
		const ended = (job: BegunJob) => until(job, ({ state }) => state === 'ended');
		const running = (job: BegunJob) => until(job, ({ state }) => state === 'running');
		const starts = (job: BackendJob) => readFileSync(path.join(job.folder, 'starts'), 'utf8').trim().split('\n').length;
		async function submit(cells: readonly string[], change?: Parameters<ContractSubject['makeJob']>[1]): Promise<{ job: BackendJob; at: BegunJob }> {
			const job = subject.makeJob(cells, change);
			return { job, at: begun(job, await backend.submit(job, never)) };
		}
		async function read(job: BackendJob, name: string): Promise<string> {
			await backend.collect(begun(job, (await backend.findByName(job, never)) ?? {}), never);
			return readFileSync(path.join(job.folder, name), 'utf8');
		}

		test('runs a job to its end and brings what it left', async () => {
			const { job, at } = await submit(['pass', 'pass']);
			const status = await ended(at);
			assert.deepEqual(status.state === 'ended' ? status.exit : null, 'finished');
			assert.equal(JSON.parse(await read(job, 'receipt.json')).exit.reason, 'completed');
			assert.equal(JSON.parse(await read(job, 'result.ipynb')).cells.length, 2);
			assert.match(await read(job, 'events.ndjson'), /"kind": ?"ended"/);
		});

		test('begins one job for one name, however often it is submitted', async () => {
			const job = subject.makeJob(['sleep 0.2']);
			const handles = await Promise.all([backend.submit(job, never), backend.submit(job, never)]);
			await running(begun(job, handles[0]));
			await backend.submit(job, never);
			await ended(begun(job, handles[1]));
			await backend.submit(job, never);
			assert.equal(starts(job), 1);
		});

		test('does not know a name that was never submitted', async () => {
			assert.equal(await backend.findByName(subject.makeJob(['pass']), never), null);
		});

		test('answers unknown for a job that is not there', async () => {
			const job = subject.makeJob(['pass']);
			const { at } = await submit(['pass']);
			await ended(at);
			const gone: BegunJob = { id: job.id, folder: `${job.folder}-gone`, handle: at.handle };
			assert.deepEqual(await statusOf(gone), { state: 'unknown' });
		});

		test('finds a job by its name and knows it again after a restart of the server', async () => {
			const { job, at } = await submit([`wait ${path.join(subject.makeJob([]).folder, 'never')}`]);
			await until(at, () => existsSync(path.join(job.folder, 'starts')));
			backend = await subject.open();
			const found = await backend.findByName(job, never);
			assert.notEqual(found, null);
			assert.equal((await running(begun(job, found ?? {}))).state, 'running');
			await backend.cancel(begun(job, found ?? {}), never);
			await ended(begun(job, found ?? {}));
			assert.equal(starts(job), 1);
		});

		test('sees the end of a job that ended while no server looked', async () => {
			const { job, at } = await submit(['sleep 0.1']);
			await running(at);
			backend = await subject.open();
			assert.equal((await ended(at)).state, 'ended');
			assert.equal(JSON.parse(await read(job, 'receipt.json')).exit.reason, 'completed');
		});

		test('lets a job save when it is cancelled', async () => {
			const { job, at } = await submit(['pass', 'sleep 60']);
			await running(at);
			await until(at, () => existsSync(path.join(job.folder, 'result.ipynb')));
			await backend.cancel(at, never);
			await backend.cancel(at, never);
			await ended(at);
			assert.equal(JSON.parse(await read(job, 'receipt.json')).exit.reason, 'cancelled');
		});

		test('ends a job that does not listen, and its grandchildren', async () => {
			const { job, at } = await submit(['children', 'deaf']);
			const workDir = path.join(job.folder, job.runnerJob.workDir);
			await until(at, () => existsSync(path.join(workDir, 'deaf')) && existsSync(path.join(workDir, 'grandchild')));
			const pid = Number(readFileSync(path.join(workDir, 'grandchild'), 'utf8'));
			assert.ok(subject.isRunning(pid));
			await backend.cancel(at, never);
			await ended(at);
			await until(at, () => !subject.isRunning(pid)); // a process that is being killed is seen for a moment yet
		});

		test('says that a runner was killed, and leaves what it saved', async () => {
			const { job, at } = await submit(['pass', 'sleep 60']);
			await running(at);
			await until(at, () => existsSync(path.join(job.folder, 'result.ipynb')));
			subject.killRunner(job);
			const status = await ended(at);
			assert.ok(status.state === 'ended' && status.exit !== 'finished', JSON.stringify(status));
			assert.ok(!existsSync(path.join(job.folder, 'receipt.json')));
			assert.match(await read(job, 'result.ipynb'), /ran c0/);
		});

		test('ends what a job leaves running behind it', async () => {
			const { job, at } = await submit(['children']);
			await ended(at);
			const workDir = path.join(job.folder, job.runnerJob.workDir);
			await until(at, () => existsSync(path.join(workDir, 'grandchild')));
			const pid = Number(readFileSync(path.join(workDir, 'grandchild'), 'utf8'));
			await backend.remove(at, never);
			await until(at, () => !subject.isRunning(pid));
		});

		const { slots } = subject;
		if (slots !== null) {
			test('holds back what has no slot, says so, and begins it in its turn', async () => {
				const before = await Promise.all(Array.from({ length: slots }, () => submit(['sleep 60'])));
				const first = await submit(['pass']);
				const second = await submit(['pass']);
				const waiting = await statusOf(second.at);
				assert.equal(waiting.state, 'queued');
				assert.match(waiting.state === 'queued' ? (waiting.reason ?? '') : '', /1 job ahead/);
				await backend.cancel(second.at, never);
				assert.equal((await ended(second.at)).state, 'ended');
				for (const { at } of before) await backend.cancel(at, never);
				await ended(first.at);
				assert.ok(!existsSync(path.join(second.job.folder, 'starts')), 'what was cancelled while it waited never began');
			});
		}

		test('forgets an ended job when it is told to, also twice', async () => {
			const { at } = await submit(['pass']);
			await ended(at);
			await backend.remove(at, never);
			await backend.remove(at, never);
		});

		test('holds a job to its memory where it says that it can', async () => {
			if (!backend.capabilities.memoryLimit) {
				const findings = await backend.check(
					{ resources: { cpus: null, memoryBytes: 1, gpus: null, wallTimeSeconds: null }, python: null, kernelName: null },
					never,
				);
				assert.ok(findings.some(({ path: where }) => where === '/resources/memoryBytes'));
				return;
			}
			const { at } = await submit([`fill ${400_000_000}`], { memoryBytes: 100_000_000 });
			const status = await ended(at);
			assert.equal(status.state === 'ended' ? status.exit : null, 'out-of-memory');
		});

		test('ends a job that goes on after its wall time', async () => {
			const { at } = await submit(['deaf'], { wallTimeSeconds: 1 });
			const status = await ended(at);
			assert.equal(status.state === 'ended' ? status.exit : null, 'wall-time');
		});

		test('refuses more than there is', async () => {
			const resources = { cpus: 1e6, memoryBytes: 2 ** 60, gpus: null, wallTimeSeconds: null };
			const findings = await backend.check({ resources, python: null, kernelName: null }, never);
			assert.deepEqual(
				findings.filter(({ severity }) => severity === 'error').map(({ path: where }) => where),
				['/resources/cpus', '/resources/memoryBytes'],
			);
		});

		test('ends its calls with their signal, and leaves jobs of others alone', async () => {
			const other = { id: '01aaaaaaaaaaaaaaaaaaaaaaaa' as JobId, folder: '/nonexistent', handle: {} };
			await backend.cancel(other, never);
			await backend.remove(other, never);
			assert.deepEqual([...(await backend.status([other], never)).values()], [{ state: 'unknown' }]);
		});
	});
}
