import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { JobId } from '@nightlog/shared/base/ids';
import { findJobProcesses } from '../../server-proxy/src/backends/local/job-processes.ts';
import { JobBench } from '../../server-proxy/src/jobs/job-bench.test-case.ts';

const cache = process.env.NIGHTLOG_CACHE ?? path.join(homedir(), '.cache', 'nightlog');
const python = process.env.NIGHTLOG_TEST_PYTHON ?? path.join(cache, 'python', 'bin', 'python');
const runner = fileURLToPath(new URL('../../server-proxy/dist/runner.pyz', import.meta.url));
const never = new AbortController().signal;

describe('a full disk under the jobs', () => {
	let disk: string;
	let bench: JobBench;
	beforeEach(async () => {
		disk = mkdtempSync(path.join(tmpdir(), 'nl-disk-'));
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'nightlog-test', disk]);
		bench = new JobBench(path.join(disk, 'bench'));
		await bench.start({ python, runner });
	});
	afterEach(async () => {
		await bench.stop();
		execFileSync('umount', ['-l', disk]);
		rmSync(disk, { recursive: true, force: true });
	});

	const filler = () => path.join(disk, 'filler');
	/** Takes every block that is left, down to the last. */
	const fill = () => {
		for (let size = 1 << 20; size >= 4096; size >>= 1) {
			try {
				for (;;) writeFileSync(filler(), Buffer.alloc(size), { flag: 'a' });
			} catch (error) {
				assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
			}
		}
		assert.equal(statfsSync(disk).bavail, 0);
	};
	const free = () => rmSync(filler(), { force: true });

	test('a job that finds no room to save says so, and comes to its end when there is room', async () => {
		const flag = path.join(tmpdir(), `nl-go-${process.pid}`);
		const wait = `import os, time\nwhile not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.01)`;
		try {
			const job = await bench.submit(['print("kept before")', wait, 'print("x" * 3_000_000)']);
			await bench.until(job.id, ({ progress }) => progress.done === 1);
			fill();
			writeFileSync(flag, '');
			// What can be stored of its end on a full disk is not ours to say; that it is not called a success is.
			for (let waits = 0; waits < 2400 && findJobProcesses(job.id).length > 0; waits++) await new Promise((resolve) => setTimeout(resolve, 50));
			assert.notEqual(bench.jobs.get(job.id as JobId).state, 'succeeded');
			free();
			const ended = await bench.ended(job.id);
			assert.equal(ended.state, 'failed', JSON.stringify(ended));
			const kept = await bench.until(job.id, ({ result }) => result?.version != null);
			assert.notEqual(kept.result?.version, null);
			assert.match(bench.versions.results().get(job.id) ?? '', /kept before/);
		} finally {
			rmSync(flag, { force: true });
		}
	});

	test('a job that cannot be stored is refused whole, and taken under the same key when there is room', async () => {
		const request = bench.request(['1']);
		fill();
		const answers: unknown[] = [];
		for (let number = 0; number < 200 && answers.length === 0; number++) {
			await bench.jobs
				.submit({ ...request, name: `filling ${number} ${'x'.repeat(200)}` }, `filling-${number}`, never)
				.catch((error: { code?: string; status?: number }) => answers.push([error.code, error.status]));
		}
		assert.deepEqual(answers, [['store/full', 507]]);
		const stored = bench.jobs.list({ limit: 500 }).jobs.length;
		free();
		const { created } = await bench.jobs.submit(request, 'filling-again', never);
		assert.ok(created);
		assert.equal(bench.jobs.list({ limit: 500 }).jobs.length, stored + 1, 'nothing half was stored');
		for (const { id } of bench.jobs.list({ limit: 500 }).jobs) await bench.jobs.cancel(id as JobId, never);
		for (const { id } of bench.jobs.list({ limit: 500 }).jobs) await bench.ended(id);
	});

	test('a job that finds no room for its folder waits, says so, and runs when there is room', async () => {
		const version = bench.request(['print("ran")'], { 'notebooks/large.txt': 'x'.repeat(4_000_000) });
		fill();
		rmSync(filler());
		// Room for the store, none for the folder.
		writeFileSync(filler(), Buffer.alloc(Math.max(0, statfsSync(disk).bavail * 4096 - 2_000_000)));
		const { job } = await bench.jobs.submit(version, 'large-one', never);
		await bench.until(job.id, ({ reason }) => (reason ?? '').includes('disk is full'));
		free();
		assert.equal((await bench.ended(job.id)).state, 'succeeded');
		assert.ok(existsSync(bench.inFolder(job, 'receipt.json')));
	});
});
