import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { isFinalState } from '@nightlog/shared/jobs/job-states';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { FullDiskBench, FullDiskCounts, isFailedByDisk, type Problem } from './full-disk-bench.ts';
import { untilEnded } from './until-ended.ts';

/** How little room is left, and where. */
export interface FullDiskCases {
	/** Folders of the account that lie on small disks, by what they are called. */
	readonly places: Readonly<Record<string, readonly ('state' | 'project')[]>>;
	readonly leftBytes: readonly number[];
	/** File numbers that are left (inodes). */
	readonly leftFiles: readonly number[];
}

const isRefused = (answer: Version | Job | Problem): answer is Problem => 'title' in answer;

/** Tries to keep, to store a job and to save a result with each of these; prints what was lost, doubled, stuck and half written. */
export function testFullDisk({ places, leftBytes, leftFiles }: FullDiskCases): void {
	const counted = new FullDiskCounts();
	after(() => {
		const { refused, ...rest } = counted;
		process.stdout.write(
			`full disk, ${refused} requests refused: lost: ${rest.lost}, doubled: ${rest.doubled}, stuck: ${rest.stuck}, half written: ${rest.broken}\n`,
		);
		assert.ok(refused > 0);
		assert.deepEqual(rest, { lost: 0, doubled: 0, stuck: 0, broken: 0 });
	});

	for (const [where, folders] of Object.entries(places)) {
		describe(`a full disk under ${where}`, () => {
			for (const [kind, leaves] of [['bytes', leftBytes] as const, ['files', leftFiles] as const]) {
				test(`with so many ${kind} left, keeps what it answered for and refuses the rest`, () => tryEach(folders, kind, leaves, counted));
			}
			test('while a job saves its result, keeps the job waiting and the result whole', () => trySaving(folders, counted));
		});
	}
}

function assertSaysFull(problem: Version | Job | Problem, counted: FullDiskCounts): void {
	const { status, title, type } = problem as Problem;
	assert.equal(status, 507, JSON.stringify(problem));
	assert.match(type, /(store\/full|repository\/disk-full)$/);
	assert.match(title, /disk|quota/i);
	counted.refused += 1;
}

async function tryEach(folders: readonly string[], kind: 'bytes' | 'files', leaves: readonly number[], counted: FullDiskCounts): Promise<void> {
	const bench = await FullDiskBench.make(folders, counted);
	try {
		const kept = await bench.keep(bench.text('before'));
		assert.ok(!isRefused(kept), JSON.stringify(kept));
		const before = await bench.submit('before', kept.id);
		assert.ok(!isRefused(before), JSON.stringify(before));
		await bench.untilKept(before.id);
		for (const [index, leave] of leaves.entries()) {
			for (const disk of bench.disks) kind === 'bytes' ? disk.fill(leave) : disk.fillFiles(leave);
			const [refs, jobs, size] = [bench.refs(), await bench.listJobs(), bench.versions.size];
			const text = bench.text(`left-${leave}`);
			const answer = await bench.keep(text);
			if (isRefused(answer)) {
				assertSaysFull(answer, counted);
				assert.equal(bench.refs(), refs, 'a refused version moved no ref');
			}
			const job = await bench.submit(`now-${leave}`, isRefused(answer) ? kept.id : answer.id);
			if (isRefused(job)) {
				assertSaysFull(job, counted);
				assert.deepEqual(await bench.listJobs(), jobs, 'a refused job is not there');
			}
			assert.equal((await bench.server.call('/v1/health')).status, 200);
			assert.equal((await bench.server.call(`/v1/versions?notebook=${encodeURIComponent(bench.notebook)}`)).status, 200);
			await bench.assertVersions();
			bench.free();
			// What was refused can be asked again, and is done then.
			const again = await bench.keep(text);
			assert.ok(!isRefused(again), `with room again: ${JSON.stringify(again)}`);
			assert.equal(bench.versions.size, size + 1, 'what was asked twice is one version');
			if (isRefused(job)) {
				const stored = await bench.submit(`now-${leave}`, isRefused(answer) ? kept.id : answer.id);
				assert.ok(!isRefused(stored), `with room again: ${JSON.stringify(stored)}`);
			}
			await bench.assertVersions();
			if (index % 3 === 2) await bench.assertJobs();
		}
		await bench.assertJobs();
	} finally {
		await bench.dispose();
	}
}

async function trySaving(folders: readonly string[], counted: FullDiskCounts): Promise<void> {
	const bench = await FullDiskBench.make(folders, counted);
	const flag = path.join(bench.server.home, 'the disk is full');
	try {
		const output = `import os, time\nwhile not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.02)\nprint('y' * 300_000)`;
		const kept = await bench.keep(bench.text('long', [output, "open('left.txt', 'w').write('left')", "print('ended')"]));
		assert.ok(!isRefused(kept), JSON.stringify(kept));
		const job = await bench.submit('long', kept.id);
		assert.ok(!isRefused(job), JSON.stringify(job));
		await untilEnded(bench.server, job.id, ({ progress, endedAt }) => progress.done >= 1 || endedAt !== null);
		for (const disk of bench.disks) disk.fill(0);
		writeFileSync(flag, '');
		// Where the store is full, too, nothing more may be told of the job until there is room.
		const meanwhile = await lookUntil(bench, job.id, 8000);
		const projectIsFull = folders.some((folder) => folder === 'project');
		if (projectIsFull) assert.equal(meanwhile.result?.version ?? null, null, 'nothing says that it is kept before it is');
		bench.free();
		const ended = await untilEnded(bench.server, job.id);
		if (ended === null) counted.stuck += 1;
		// Where its own folder was full the job itself could not write: it says so, or found room in time.
		const mayFail = folders.some((folder) => folder === 'state');
		assert.ok(ended?.state === 'succeeded' || (mayFail && isFailedByDisk(ended)), JSON.stringify(ended));
		const done = await bench.untilKept(job.id);
		if (done?.result?.version == null) counted.lost += 1;
		assert.ok(done?.result?.version, JSON.stringify(done));
		const result = (await bench.server.call(`/v1/jobs/${job.id}/result`)).json<{ cells: unknown[] }>();
		assert.equal(result.cells.length, 5, 'the executed notebook is whole');
		await bench.assertVersions();
	} finally {
		await bench.dispose();
	}
}

/** The job once it is over, or after so long. */
async function lookUntil(bench: FullDiskBench, id: string, mostMs: number): Promise<Job> {
	const until = performance.now() + mostMs;
	for (;;) {
		const job = (await bench.server.call(`/v1/jobs/${id}`)).json<Job>();
		if (isFinalState(job.state) || performance.now() > until) return job;
		await sleep(50);
	}
}
