import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { JobId } from '@nightlog/shared/base/ids';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { sampleJob } from '../server/fake-services.test-case.ts';
import { FakeHost } from './fake-host.test-case.ts';
import { openGuestJobs } from './guest-jobs.ts';
import { jobsOfSnapshot, readSnapshot, SnapshotWriter } from './jobs-snapshot.ts';

let folder: string;
let host: FakeHost;
let jobs: Job[];
let writer: SnapshotWriter;
beforeEach(() => {
	folder = mkdtempSync(path.join(tmpdir(), 'nl-snapshot-'));
	host = new FakeHost();
	jobs = [sampleJob];
	writer = new SnapshotWriter({
		stateFolder: folder,
		host: 'node1',
		now: () => host.now(),
		jobs: () => jobs,
		startTimer: (delayMs, run) => host.startTimer(delayMs, run),
		onError: (error) => assert.fail(String(error)),
	});
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const openJob = (change: Partial<Job> = {}): Job => ({ ...sampleJob, state: 'running', endedAt: null, result: null, ...change });

test('many changes are written once, five seconds after the first', async () => {
	writer.touch();
	host.advance(4_999);
	assert.equal(await readSnapshot(folder), null);
	writer.touch();
	assert.equal(host.timerCount, 1);
	host.advance(1);
	await writer.flush();
	assert.deepEqual((await readSnapshot(folder))?.jobs, [sampleJob]);
	assert.equal(host.timerCount, 0);
});

test('the last state is written at the end', async () => {
	writer.touch();
	jobs = [];
	await writer.dispose();
	assert.deepEqual((await readSnapshot(folder))?.jobs, []);
	assert.equal(host.timerCount, 0);
});

test('an open job stands in it, however many came after it', () => {
	const idOf = (number: number) => `01jd6x0000abcdefghjkm${String(number).padStart(5, '0')}`;
	const all = Array.from({ length: 1200 }, (_, index) => {
		const id = idOf(1199 - index);
		return index >= 1190 ? openJob({ id, state: index % 2 === 0 ? 'running' : 'queued' }) : { ...sampleJob, id };
	});
	const list: Parameters<typeof jobsOfSnapshot>[0]['list'] = ({ limit, state, cursor }) => {
		const found = all.filter((job) => (state === undefined || job.state === state) && (cursor === undefined || job.id < cursor));
		return { jobs: found.slice(0, limit), next: found.length > limit ? (found[limit - 1]?.id ?? null) : null };
	};
	const ids = jobsOfSnapshot({ list, openCount: () => 10 }).map(({ id }) => id);
	assert.equal(ids.length, 510);
	assert.deepEqual(
		ids.slice(500),
		Array.from({ length: 10 }, (_, index) => idOf(9 - index)),
	);
	assert.equal(jobsOfSnapshot({ list, openCount: () => 0 }).length, 500);
});

test('a snapshot that is none is none', async () => {
	writeFileSync(path.join(folder, 'jobs.snapshot.json'), '{"format":');
	assert.equal(await readSnapshot(folder), null);
	writeFileSync(path.join(folder, 'jobs.snapshot.json'), '{"format":9,"jobs":[]}');
	assert.equal(await readSnapshot(folder), null);
});

async function openGuest() {
	await writer.dispose();
	return openGuestJobs({
		stateFolder: folder,
		owner: 'somewhere',
		startInterval: (everyMs, run) => host.startInterval(everyMs, run),
		onError: (error) => assert.fail(String(error)),
	});
}

test('from another machine jobs can be looked at; what would change them is refused with where to do it', async () => {
	jobs = [openJob()];
	writer.touch();
	const guest = await openGuest();
	const [seen] = guest.list({ limit: 10 }).jobs;
	assert.equal(seen?.reachable, false);
	assert.match(seen?.reason ?? '', /node1/);
	assert.equal(seen?.state, 'running');
	const refused = (error: unknown) => isNightlogError(error, 'lease/elsewhere') && error.data.host === 'node1' && /node1/.test(error.message);
	const signal = new AbortController().signal;
	await assert.rejects(guest.submit({ notebook: '/a', version: 'v' }, 'key-00001', signal), refused);
	await assert.rejects(guest.check({ notebook: '/a', version: 'v' }, signal), refused);
	await assert.rejects(guest.cancel(sampleJob.id as JobId, signal), refused);
	await assert.rejects(guest.delete(sampleJob.id as JobId, signal), refused);
	await assert.rejects(guest.cancel('01jd3zq9d2t5v8x1w4y7b0c6eg' as JobId, signal), (error) => isNightlogError(error, 'job/not-found'));
	await guest.dispose();
	assert.equal(host.timerCount, 0);
});

test('an ended job is shown as it ended', async () => {
	writer.touch();
	const guest = await openGuest();
	assert.deepEqual(guest.get(sampleJob.id as JobId), sampleJob);
	await guest.dispose();
});

test('pages, filters and changes work as on the machine itself', async () => {
	const id = (letter: string) => sampleJob.id.slice(0, -1) + letter;
	jobs = [openJob({ id: id('c'), name: 'Alpha' }), openJob({ id: id('b'), state: 'queued' }), { ...sampleJob, id: id('a') }];
	writer.touch();
	const guest = await openGuest();
	const ids = (request: Parameters<typeof guest.list>[0]) => guest.list(request).jobs.map((job) => job.id.at(-1));
	assert.deepEqual(ids({ limit: 10 }), ['c', 'b', 'a']);
	const page = guest.list({ limit: 2 });
	assert.deepEqual(ids({ limit: 2, cursor: page.next ?? '' }), ['a']);
	assert.deepEqual(ids({ limit: 10, state: 'queued' }), ['b']);
	assert.deepEqual(ids({ limit: 10, search: 'alpha' }), ['c']);
	assert.deepEqual(ids({ limit: 10, notebook: '/home/ann/project/night.ipynb' }), ['c', 'b', 'a']);
	assert.deepEqual(ids({ limit: 10, notebook: '/elsewhere.ipynb' }), []);

	const told = new Promise<string[]>((resolve) => {
		const events: string[] = [];
		guest.onDidChange((event) => {
			events.push(event.kind === 'job' ? `job ${event.job.id.at(-1)} ${event.job.state}` : `deleted ${event.id.at(-1)}`);
			if (events.length === 2) resolve(events);
		});
	});
	jobs = [openJob({ id: id('c'), name: 'Alpha' }), openJob({ id: id('b'), state: 'running' })];
	host.wallMs += 1_000;
	writer.touch();
	await writer.flush();
	host.advance(5_000);
	assert.deepEqual(await told, ['job b running', 'deleted a']);
	await guest.dispose();
});
