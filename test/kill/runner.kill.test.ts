import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { JobId } from '@nightlog/shared/base/ids';
import { findJobProcesses } from '../../server-proxy/src/backends/local/job-processes.ts';
import { readProcessFile } from '../../server-proxy/src/backends/local/process-file.ts';
import { JobBench } from '../../server-proxy/src/jobs/job-bench.test-case.ts';
import { leftOf } from './until-gone.ts';

const cache = process.env.NIGHTLOG_CACHE ?? path.join(homedir(), '.cache', 'nightlog');
const python = process.env.NIGHTLOG_TEST_PYTHON ?? path.join(cache, 'python', 'bin', 'python');
const runner = fileURLToPath(new URL('../../server-proxy/dist/runner.pyz', import.meta.url));
const kills = Number(process.env.NIGHTLOG_RUNNER_KILLS ?? 100);
const cells = ['n = 0', ...Array.from({ length: 8 }, (_, index) => `import time; time.sleep(0.02); print("cell ${index + 1}")`)];
/** A job takes a second or two; on a busy machine many times that. */
const stuckAfterMs = 240_000;
const counted = { kills: 0, lost: 0, doubled: 0, stuck: 0, cellsLost: 0 };

interface SavedCell {
	readonly id: string;
	readonly outputs: readonly unknown[];
}

/** Resolves after this time, or answers what the work does. */
function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => resolve(null), ms);
		work.then(resolve, reject).finally(() => clearTimeout(timer));
	});
}

describe('a runner that is killed', { concurrency: 2 }, () => {
	const bench = new JobBench();
	before(async () => {
		for (const file of [python, runner]) assert.ok(existsSync(file), `${file} is there: npm test makes it`);
		await bench.start({ python, runner });
	});
	after(async () => {
		await bench.remove();
		const { kills: done, lost, doubled, stuck, cellsLost } = counted;
		process.stdout.write(`# runner killed ${done} times: lost ${lost}, doubled ${doubled}, stuck ${stuck}, most finished cells lost ${cellsLost}\n`);
		assert.deepEqual([lost, doubled, stuck], [0, 0, 0]);
		assert.ok(done >= kills, `${done} kills of ${kills}`);
	});

	async function killOne(round: number): Promise<void> {
		const job = await bench.submit(cells);
		// One round after another kills a little later: before the kernel runs, and within each cell.
		const wanted = round % cells.length;
		await within(
			bench.until(job.id, ({ state, progress }) => (state === 'running' && progress.done >= wanted) || state === 'succeeded'),
			stuckAfterMs,
		);
		const file = readProcessFile(bench.inFolder(job));
		if (file.kind === 'begun' && findJobProcesses(job.id).includes(file.identity.pid)) {
			process.kill(file.identity.pid, 'SIGKILL');
			counted.kills += 1;
		}
		const ended = await within(bench.ended(job.id), stuckAfterMs);
		if (ended === null) counted.stuck += 1;
		assert.notEqual(ended, null, bench.logged.join('\n'));
		const { state, error, progress, result } = ended ?? bench.jobs.get(job.id as JobId);
		if (state !== 'succeeded') assert.deepEqual([state, error?.type], ['failed', 'job/killed']);
		assert.deepEqual(await leftOf(job.id), [], 'neither kernel nor runner is left');
		if (progress.done === 0) return;
		const kept = bench.versions.results().get(job.id);
		if (kept === undefined || result?.version == null) counted.lost += 1;
		assert.ok(kept !== undefined && result?.version != null, 'what it had finished is a version');
		const saved = (JSON.parse(kept) as { cells: SavedCell[] }).cells.filter(({ outputs }) => outputs.length > 0).length;
		// The first cell prints nothing. What was saved may lag by one cell or a second.
		counted.cellsLost = Math.max(counted.cellsLost, progress.done - 1 - saved);
		const starts = readFileSync(bench.inFolder(job, 'events.ndjson'), 'utf8').match(/"kind": ?"started"/g)?.length ?? 0;
		if (starts > 1) counted.doubled += 1;
		assert.equal(starts, 1);
	}

	for (let round = 0; round < Math.ceil(kills * 1.1); round++) test(`leaves what its job had finished (${round + 1})`, () => killOne(round));
	// On a busy machine many have ended before they can be killed.
	test('is killed as often as was asked for', async () => {
		for (let round = 0; counted.kills < kills && round < 3 * kills; round++) await killOne(round);
	});
});
