import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { findJobProcesses } from '../../server-proxy/src/backends/local/job-processes.ts';
import { readStat } from '../../server-proxy/src/backends/local/process-identity.ts';
import type { JobBench } from '../../server-proxy/src/jobs/job-bench.test-case.ts';
import { leftOf } from '../kill/until-gone.ts';
import { EndedJob, openBench, runCells, startRealBench } from './real-bench.ts';

const canary = 'canary-that-no-job-may-see';
const resources = { cpus: null, memoryBytes: null, gpus: null, wallTimeSeconds: null };
const isAlive = (pid: number) => !['Z', 'X', undefined].includes(readStat(pid)?.state);

describe('a job with a real kernel', () => {
	let bench: JobBench;
	before(async () => {
		process.env.MY_SERVICE_TOKEN = canary;
		bench = await startRealBench();
	});
	after(async () => {
		delete process.env.MY_SERVICE_TOKEN;
		await bench.remove();
	});

	test('sees the variables that it may see, and no others', async () => {
		const ended = await runCells(bench, ['import os\nprint(sorted(os.environ), os.environ["PATH"])']);
		assert.match(ended.text(0), /'HOME'.*'PATH'/);
		assert.doesNotMatch(ended.text(0), /MY_SERVICE_TOKEN|NIGHTLOG_FOLDER_GUARD/);
		for (const name of ['receipt.json', 'events.ndjson', 'log.txt', 'result.ipynb', 'job.json']) {
			assert.ok(!readFileSync(bench.inFolder(ended.job, name), 'utf8').includes(canary), name);
		}
	});

	test('has a process group and a session of its own, apart from the server’s', async () => {
		const ended = await runCells(bench, ['import os; print(os.getpgid(0), os.getsid(0), os.getpid())']);
		const [group, session, pid] = ended.text(0).trim().split(' ').map(Number);
		assert.equal(group, pid);
		assert.notEqual(session, readStat(process.pid)?.session);
	});

	test('is ended at its memory, and says so', async () => {
		const fill = 'x = bytearray(600_000_000)\nfor i in range(0, len(x), 4096): x[i] = 1\nimport time; time.sleep(20)';
		const ended = await runCells(bench, ['print("kept")', fill], { resources: { ...resources, memoryBytes: 300_000_000 } });
		assert.equal(ended.job.error?.type, 'job/out-of-memory');
		assert.equal(ended.text(0), 'kept\n');
	});

	test('is ended at its time, with what it had printed by then', async () => {
		const ended = await runCells(bench, ['import time\nfor i in range(1000): print(i, flush=True); time.sleep(0.05)'], {
			resources: { ...resources, wallTimeSeconds: 20 },
		});
		assert.equal(ended.job.error?.type, 'job/wall-time');
		assert.match(ended.text(0), /^0\n1\n2\n/);
		assert.equal(ended.receipt.cells[0]?.status, 'interrupted');
	});

	test('is cancelled with every process that it began, also one that left its group, session, parents and environment', async () => {
		const source = [
			'import subprocess, os',
			'subprocess.run(["sh", "-c", "(env -i setsid sh -c \'echo $$ >escaped; trap : TERM; while :; do sleep 1; done\' &)"])',
			'import time',
			'while not (os.path.exists("escaped") and open("escaped").read().endswith("\\n")): time.sleep(0.01)',
			'print("begun", flush=True)',
			'time.sleep(600)',
		];
		const { id } = await bench.submit([source.join('\n')]);
		const running = await bench.until(id, ({ state }) => state === 'running');
		while (!readFileSync(bench.inFolder(running, 'log.txt'), 'utf8').includes('begun')) await new Promise((resolve) => setTimeout(resolve, 20));
		const pid = Number(readFileSync(bench.inTree(running, 'notebooks', 'escaped'), 'utf8'));
		assert.ok(isAlive(pid));
		await bench.jobs.cancel(running.id as never, new AbortController().signal);
		const ended = await bench.ended(id);
		assert.equal(ended.state, 'cancelled');
		assert.equal(new EndedJob(bench, ended).receipt.exit.reason, 'cancelled');
		assert.deepEqual(await leftOf(running.id), []);
		for (let waits = 0; waits < 1000 && isAlive(pid); waits++) await new Promise((resolve) => setTimeout(resolve, 50));
		assert.ok(!isAlive(pid));
	});

	test('outlives the server and is adopted by the next one, which can cancel it', async () => {
		const { id } = await bench.submit(['print("begun", flush=True)\nimport time; time.sleep(600)']);
		const running = await bench.until(id, ({ state }) => state === 'running');
		while (!readFileSync(bench.inFolder(running, 'log.txt'), 'utf8').includes('begun')) await new Promise((resolve) => setTimeout(resolve, 20));
		await bench.stop();
		const alive = findJobProcesses(running.id);
		assert.ok(alive.length >= 2, 'runner and kernel go on');
		await openBench(bench);
		await bench.until(id, ({ state }) => state === 'running');
		assert.deepEqual(findJobProcesses(running.id).sort(), alive.sort(), 'nothing was begun again');
		await bench.jobs.cancel(running.id as never, new AbortController().signal);
		assert.equal((await bench.ended(id)).state, 'cancelled');
		assert.deepEqual(await leftOf(running.id), []);
	});
});
