import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { type CrashPoint, crashPoints } from '../../server-proxy/src/durable/crash-points.ts';
import { JobBench } from '../../server-proxy/src/jobs/job-bench.test-case.ts';
import type { ServerOrders, ServerReport } from './jobs-server.ts';
import { leftOf } from './until-gone.ts';

const server = fileURLToPath(new URL('./jobs-server.ts', import.meta.url));
const compiled = mkdtempSync(path.join(tmpdir(), 'nl-kill-compiled-'));
/** A server that is left alone comes to an end long before, also on a busy machine. */
const untilMs = 240_000;
/** Kills at a random moment, beside those at every await: 1,000 in the soak. */
const randomKills = Number(process.env.NIGHTLOG_KILLS ?? 0);
const counted = { kills: 0, lost: 0, doubled: 0, stuck: 0 };

interface Scenario {
	readonly cells: readonly string[];
	readonly also?: { readonly cells: readonly string[]; readonly name: string };
	readonly cancel?: boolean;
	/** Where the server before the one that is killed was killed. */
	readonly first?: string;
	/** Whether new jobs are written down in a log first, as where the store lies on a network. */
	readonly withLog?: boolean;
	/** The client had its answer, and does not post again. */
	readonly isAnswered?: boolean;
	readonly state: Job['state'];
	readonly files: readonly string[];
}

const plain: Scenario = {
	cells: ['write out/a.txt hello', 'pass\nopen("../../outside.csv")', 'sleep 0.05'],
	state: 'succeeded',
	files: ['out/a.txt'],
};
const cancelled: Scenario = { cells: ['sleep 50'], cancel: true, state: 'cancelled', files: [] };
const withoutReceipt: Scenario = { cells: ['no-receipt'], state: 'failed', files: ['left.txt'] };

/** Which points a plain run does not pass, and what does. */
const scenarios: Partial<Record<CrashPoint, Scenario>> = {
	'accept/same': { ...plain, also: { cells: plain.cells, name: 'job' } },
	'accept/other': { ...plain, also: { cells: plain.cells, name: 'another' } },
	'accept/turn': { ...plain, withLog: true },
	'accept/sync': { ...plain, withLog: true },
	'adopt/find': { ...plain, first: 'dispatch/submit/after' },
	'cancel/backend': cancelled,
	'cancel/ask': cancelled,
	'receipt/last-words': withoutReceipt,
	'files/read-folder': withoutReceipt,
	'files/hash': withoutReceipt,
};

interface Run {
	readonly signal: string | null;
	readonly report: ServerReport | null;
	readonly errors: string;
}

function run(orders: ServerOrders, crashAt: string | null, killAfterMs: number | null = null): Promise<Run> {
	return new Promise((resolve) => {
		const { NIGHTLOG_CRASH_AT: _, NODE_TEST_CONTEXT: __, ...environment } = process.env;
		const child = spawn(process.execPath, ['--conditions=source', server, JSON.stringify(orders)], {
			// Compiling would take longer than all else that it does.
			env: { ...environment, NODE_COMPILE_CACHE: compiled, ...(crashAt === null ? {} : { NIGHTLOG_CRASH_AT: crashAt }) },
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		let output = '';
		let errors = '';
		child.stdout.on('data', (data) => (output += data));
		child.stderr.on('data', (data) => (errors += data));
		const timers = [setTimeout(() => child.kill('SIGABRT'), untilMs)];
		if (killAfterMs !== null) timers.push(setTimeout(() => child.kill('SIGKILL'), killAfterMs));
		child.on('close', (_code, signal) => {
			for (const timer of timers) clearTimeout(timer);
			resolve({ signal, report: output === '' ? null : (JSON.parse(output) as ServerReport), errors });
		});
	});
}

function makeRoot(): string {
	const bench = new JobBench(mkdtempSync(path.join(tmpdir(), 'nl-kill-')));
	bench.put('data/values.csv', '1,2,3');
	bench.put('notebooks/big.bin', 'big');
	bench.put('../../outside.csv', 'outside');
	bench.put('../outside.csv', 'outside');
	return bench.root;
}

/** What must hold however often the server was killed: the job is there once, ran once, and came to its end with all that it left. */
async function assertWhole(root: string, scenario: Scenario, last: Run): Promise<void> {
	if (last.signal !== null) counted.stuck += 1;
	assert.equal(last.signal, null, `the last server did not come to an end: ${last.errors}`);
	const jobs = last.report?.jobs ?? [];
	if (jobs.length === 0) counted.lost += 1;
	const starts = jobs.map(({ id }) => path.join(root, 'state', 'jobs', id, 'starts')).filter((file) => existsSync(file));
	const begun = starts.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'));
	if (jobs.length > 1 || begun.length > 1) counted.doubled += 1;
	assert.equal(jobs.length, 1, `there is one job: ${last.errors}`);
	const job = jobs[0]!;
	if (scenario.state !== 'cancelled') assert.equal(begun.length, 1, `it was begun once, not by ${begun.join(', ')}`);
	else assert.ok(begun.length <= 1, `it was begun at most once, not by ${begun.join(', ')}`);
	assert.equal(job.state, scenario.state, JSON.stringify(job));
	assert.deepEqual(job.result?.files.map((file) => file.path) ?? [], scenario.files);
	if (scenario.state === 'succeeded') {
		assert.deepEqual(readdirSync(path.join(root, 'versions', 'results')), [job.id]);
		assert.deepEqual(job.progress, { done: scenario.cells.length, total: scenario.cells.length });
		assert.equal(job.attempt, 1);
	}
	assert.deepEqual(await leftOf(job.id), [], 'none of its processes is left');
}

async function killAt(place: string, scenario: Scenario): Promise<void> {
	const root = makeRoot();
	try {
		const posts = [{ cells: scenario.cells, name: 'job' }, ...(scenario.also === undefined ? [] : [scenario.also])];
		const orders: ServerOrders = { root, posts, cancel: scenario.cancel === true, withLog: scenario.withLog === true };
		if (scenario.first !== undefined) {
			assert.equal((await run(orders, scenario.first)).signal, 'SIGKILL');
			counted.kills += 1;
		}
		const killed = await run(orders, place);
		assert.equal(killed.signal, 'SIGKILL', `a run passes ${place}: ${JSON.stringify(killed)}`);
		counted.kills += 1;
		// A client that got no answer posts again with its key.
		await assertWhole(root, scenario, await run({ ...orders, posts: scenario.isAnswered === true ? [] : posts.slice(0, 1) }, null));
	} finally {
		rmSync(root, { recursive: true, force: true });
	}
}

async function killAnywhere(withLog: boolean): Promise<void> {
	const root = makeRoot();
	try {
		const orders: ServerOrders = { root, posts: [{ cells: plain.cells, name: 'job' }], cancel: false, withLog };
		for (let kill = 0; kill < 3; kill++) {
			const killed = await run(orders, null, 150 + Math.random() * 700);
			if (killed.signal === 'SIGKILL') counted.kills += 1;
		}
		await assertWhole(root, plain, await run(orders, null));
	} finally {
		rmSync(root, { recursive: true, force: true });
	}
}

describe('a server that is killed', { concurrency: Math.max(2, availableParallelism()) }, () => {
	for (const point of crashPoints) {
		for (const side of ['before', 'after'] as const) {
			test(`${side} ${point} loses and doubles nothing`, () => killAt(`${point}/${side}`, scenarios[point] ?? plain));
		}
	}
	// From where a job is in the log to where its row is in the database.
	for (const point of crashPoints.slice(crashPoints.indexOf('accept/stored'), crashPoints.indexOf('prepare/make-folder'))) {
		const isAnswered = !point.startsWith('accept/');
		for (const side of ['before', 'after'] as const) {
			const scenario = { ...plain, withLog: true, isAnswered: isAnswered || `${point}/${side}` === 'accept/stored/after' };
			test(`${side} ${point} loses and doubles nothing where new jobs are written down first`, () => killAt(`${point}/${side}`, scenario));
		}
	}
	for (let round = 0; round < randomKills; round += 3)
		test(`at three random moments (${round}) loses and doubles nothing`, () => killAnywhere(round % 2 === 1));
	after(() => {
		rmSync(compiled, { recursive: true, force: true });
		process.stdout.write(`# server killed ${counted.kills} times: lost ${counted.lost}, doubled ${counted.doubled}, stuck ${counted.stuck}\n`);
		assert.deepEqual([counted.lost, counted.doubled, counted.stuck], [0, 0, 0]);
	});
});
