import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job, JobRequest } from '@nightlog/shared/jobs/job-schema';
import type { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import type { FakeCell } from '../../server-proxy/src/jobs/fake-versions.test-case.ts';
import { JobBench } from '../../server-proxy/src/jobs/job-bench.test-case.ts';

const cache = process.env.NIGHTLOG_CACHE ?? path.join(homedir(), '.cache', 'nightlog');
const python = process.env.NIGHTLOG_TEST_PYTHON ?? path.join(cache, 'python', 'bin', 'python');
const runner = fileURLToPath(new URL('../../server-proxy/dist/runner.pyz', import.meta.url));

interface Output {
	readonly text?: string | string[];
	readonly evalue?: string;
}

/** A job that has ended, and what it left. */
export class EndedJob {
	readonly job: Job;
	readonly receipt: Receipt;
	readonly #cells: readonly { readonly outputs: readonly Output[] }[];

	constructor(bench: JobBench, job: Job) {
		this.job = job;
		this.receipt = JSON.parse(readFileSync(bench.inFolder(job, 'receipt.json'), 'utf8')) as Receipt;
		this.#cells = (JSON.parse(readFileSync(bench.inFolder(job, 'result.ipynb'), 'utf8')) as { cells: { outputs: Output[] }[] }).cells;
	}

	/** What a cell printed; a terminal stands between a shell and IPython. */
	text(cell: number): string {
		const outputs = this.#cells[cell]?.outputs ?? [];
		return outputs
			.map(({ text = '' }) => (typeof text === 'string' ? text : text.join('')))
			.join('')
			.replaceAll('\r\n', '\n');
	}

	/** Whether all that the job started saw the project as read-only, on a machine that lets this be. */
	get isGuarded(): boolean {
		return this.receipt.guard?.method.endsWith('-namespace') === true;
	}
}

/** The jobs of a server, run by the shipped runner in real kernels. */
export async function startRealBench(): Promise<JobBench> {
	for (const file of [python, runner]) assert.ok(existsSync(file), `${file} is there: npm test makes it`);
	const bench = new JobBench();
	await openBench(bench);
	return bench;
}

/** Starts a server on what is there. */
export async function openBench(bench: JobBench): Promise<void> {
	await bench.start({ python, runner, graceMs: 120_000 });
}

/** Runs these cells to their end. */
export async function runCells(bench: JobBench, cells: readonly FakeCell[], change: Partial<JobRequest> = {}): Promise<EndedJob> {
	const { id } = await bench.submit(cells, {}, change);
	return new EndedJob(bench, await bench.ended(id));
}
