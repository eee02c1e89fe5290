import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { JobId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { planRebuild } from '@nightlog/shared/jobs/plan-rebuild';
import type { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import { type FakeBench, startFakeBench } from './fake-bench.test-case.ts';
import { type FakeClock, settled } from './fake-clock.test-case.ts';
import type { JobBench } from './job-bench.test-case.ts';

const idOf = (job: Job) => job.id as JobId;

/** What a job leaves that was cancelled before its first cell. */
function receiptOf(job: Job): Receipt {
	return {
		format: 1,
		job: job.id,
		attempt: 1,
		version: job.version,
		cells: [],
		parameters: {},
		environment: {
			interpreter: { language: 'python', version: '3.11.7', implementation: 'CPython', executable: null },
			kernelspec: { name: 'python3', displayName: null },
			packages: [{ name: 'astropy', version: '7.0.1', origin: 'index' }],
			packagesComplete: true,
			system: {},
			variables: {},
			digest: 'e'.repeat(64),
		},
		inputs: { method: [], complete: true, files: [] },
		files: [],
		filesComplete: true,
		resources: { wallSeconds: 1, cpuSeconds: null, peakMemoryBytes: null },
		startedAt: '2026-11-21T09:00:00.000Z',
		endedAt: '2026-11-21T09:00:01.000Z',
		exit: { reason: 'cancelled', title: 'Told to stop.', detail: null, cell: null },
	};
}

describe('a job that has expired', () => {
	let bench: JobBench;
	let clock: FakeClock;
	let until: FakeBench['until'];
	let end: FakeBench['end'];
	beforeEach(async () => {
		({ bench, clock, until, end } = await startFakeBench());
	});
	afterEach(() => bench.remove());

	test('the folder of an ended job is removed when its time is over; the job stays', async () => {
		const job = await bench.submit(['pass']);
		await end(job);
		assert.ok(existsSync(bench.inFolder(job)));
		await clock.pass(29.5 * 86_400_000);
		assert.ok(existsSync(bench.inFolder(job)));
		await clock.pass(86_400_000);
		await until(() => !existsSync(bench.inFolder(job)));
		assert.equal(bench.jobs.get(idOf(job)).state, 'cancelled');
	});

	const expire = async (job: Job) => {
		await end(job);
		await clock.pass(31 * 86_400_000);
		await until(() => !existsSync(bench.inFolder(job)) && bench.jobs.get(idOf(job)).result?.notebook === null);
	};

	test('a job whose folder is gone can be rebuilt all the same: its run record is in its result', async () => {
		const job = await bench.submit(['pass']);
		await settled();
		writeFileSync(bench.inFolder(job, 'result.ipynb'), '{}');
		writeFileSync(bench.inFolder(job, 'receipt.json'), JSON.stringify(receiptOf(job)));
		await expire(job);
		const receipt = await bench.jobs.receipt(idOf(job));
		assert.deepEqual(receipt, receiptOf(job));
		assert.deepEqual(
			planRebuild(receipt.environment).requirements.map(({ line }) => line),
			['astropy==7.0.1'],
		);
	});

	test('of a job whose folder is gone nobody is told that it wrote nothing', async () => {
		const job = await bench.submit(['pass']);
		await settled();
		writeFileSync(bench.inFolder(job, 'result.ipynb'), '{}');
		await expire(job);
		const expired = { code: 'job/expired', status: 404, message: /kept until 2026-12-21.*version [0-9a-f]{40}/ };
		await assert.rejects(bench.jobs.logFile(idOf(job)), expired);
		await assert.rejects(bench.jobs.events(idOf(job), 0), expired);
		assert.equal(await bench.jobs.resultFile(idOf(job)), null);
		assert.equal(await bench.jobs.receipt(idOf(job)), null, 'it left none');
	});

	test('a run record is gone with the repository that had the result', async () => {
		const job = await bench.submit(['pass']);
		await settled();
		writeFileSync(bench.inFolder(job, 'result.ipynb'), '{}');
		await expire(job);
		bench.versions.readReceipt = async () => {
			throw new NightlogError('version/not-found', 'There is no such version.', { status: 404 });
		};
		assert.equal(await bench.jobs.receipt(idOf(job)), null);
	});
});
