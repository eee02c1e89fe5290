import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { isFinalState } from '@nightlog/shared/jobs/job-states';
import { makeNotebook } from '../bench/notebooks.ts';
import type { Answer } from '../support/start-server.ts';
import type { KillableAccount } from './killable-account.ts';

/** Ways through the life of a job, each as a person's program would go it. */
export const flowNames = ['run', 'cancel', 'lose-runner', 'delete', 'same-twice', 'other-body'] as const;
export type FlowName = (typeof flowNames)[number];

/** What a client was told in the course of a flow; all of it must hold in the end. */
export interface FlowRecord {
	readonly flow: FlowName;
	/** Key of the request, and what the notebook writes when it runs. */
	readonly run: string;
	readonly notebook: string;
	/** The version that was acknowledged, and its bytes. */
	readonly version: string;
	readonly text: string;
	readonly job: string;
}

/** What went wrong, counted. */
export interface Losses {
	lost: number;
	doubled: number;
	stuck: number;
}

/** Goes a flow to its end, through all deaths of the server. */
export async function goFlow(account: KillableAccount, flow: FlowName, run: string): Promise<FlowRecord> {
	const notebook = path.join(account.project, 'notebooks', `${flow}.ipynb`);
	const text = notebookOf(account, flow, run);
	if (!existsSync(notebook)) writeFileSync(notebook, makeNotebook([{ source: '# nothing yet' }]));
	const kept = await post(account, '/v1/versions', { notebook, content: text, reason: 'submit' });
	assert.ok(kept.status === 200 || kept.status === 201, `${run}: a version was not kept: ${kept.bytes}`);
	const version = kept.json<{ id: string }>().id;
	const body = { notebook, version, name: run };
	const submit = (also: object = {}) => post(account, '/v1/jobs', { ...body, ...also }, { 'idempotency-key': `key-of-${run}` });
	const answers = await Promise.all([
		submit(),
		...(flow === 'same-twice' ? [submit()] : []),
		...(flow === 'other-body' ? [submit({ name: `${run} again` })] : []),
	]);
	const stored = answers.filter(({ status }) => status === 200 || status === 202).map((answer) => answer.json<Job>().id);
	const refused = answers.filter(({ status }) => status === 409);
	assert.equal(stored.length + refused.length, answers.length, `${run}: ${answers.map(({ status, bytes }) => `${status} ${bytes}`).join('\n')}`);
	assert.equal(refused.length, flow === 'other-body' ? 1 : 0, `${run}: one key stands for one request`);
	const [job] = stored;
	assert.ok(job !== undefined && new Set(stored).size === 1, `${run}: one key gives one job`);
	if (flow === 'cancel') {
		await until(account, job, ({ state, progress }) => progress.done >= 1 || isFinalState(state));
		const asked = await account.ask(`/v1/jobs/${job}/cancel`, { method: 'POST' });
		assert.equal(asked.status, 202, `${run}: ${asked.bytes}`);
	}
	await until(account, job, ({ state }) => isFinalState(state));
	if (flow === 'delete') {
		const deleted = await account.ask(`/v1/jobs/${job}`, { method: 'DELETE' });
		assert.equal(deleted.status, 204, `${run}: ${deleted.bytes}`);
	}
	return { flow, run, notebook, version, text, job };
}

/** Holds an account in which nothing is open any more against what its clients were told. */
export async function assertNothingLost(account: KillableAccount, records: readonly FlowRecord[], losses: Losses): Promise<void> {
	const problems: string[] = [];
	const count = (kind: keyof Losses, problem: string) => {
		losses[kind] += 1;
		problems.push(`${kind}: ${problem}`);
	};
	const jobs = new Map<string, Job>();
	for (let cursor: string | null = ''; cursor !== null; ) {
		const answer: Answer = await account.ask(`/v1/jobs?limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`);
		const page = answer.json<{ readonly jobs: readonly Job[]; readonly next: string | null }>();
		for (const job of page.jobs) jobs.set(job.id, job);
		cursor = page.next;
	}
	const known = new Set(records.map(({ job }) => job));
	for (const job of jobs.values()) if (!known.has(job.id)) count('doubled', `job ${job.id} (${job.name}) was answered to nobody`);
	const ran = account.ran();
	for (const record of records) {
		const { flow, run, job: id } = record;
		const times = ran.get(run) ?? 0;
		const kept = await account.ask(`/v1/versions/${record.version}/notebook?notebook=${encodeURIComponent(record.notebook)}`);
		if (kept.status !== 200 || kept.bytes.toString() !== record.text) count('lost', `${run}: its version is ${kept.status}, not what was kept`);
		if (times > 1) count('doubled', `${run} ran ${times} times`);
		if (times === 0) count('lost', `${run} never ran`);
		const job = jobs.get(id);
		if (flow === 'delete') {
			if (job !== undefined || existsSync(path.join(account.stateFolder, 'jobs', id))) count('stuck', `${run} was deleted and is still there`);
			continue;
		}
		if (job === undefined) {
			count('lost', `${run}: job ${id} is gone`);
			continue;
		}
		if (!isFinalState(job.state)) count('stuck', `${run} is ${job.state}`);
		const expected = flow === 'cancel' ? 'cancelled' : flow === 'lose-runner' ? 'failed' : 'succeeded';
		if (job.state !== expected) count('lost', `${run} ended as ${job.state}, not ${expected}: ${job.reason} ${JSON.stringify(job.error)}`);
		if (job.attempt !== 1) count('doubled', `${run} counts ${job.attempt} attempts`);
		const problem = await resultProblem(account, record, job);
		if (problem !== null) count('lost', `${run}: ${problem}`);
	}
	assert.equal(problems.length, 0, `${problems.join('\n')}\n${account.said()}`);
}

/** What is wrong with what a job left, null where nothing is. */
async function resultProblem(account: KillableAccount, { run, notebook, flow }: FlowRecord, job: Job): Promise<string | null> {
	const result = await account.ask(`/v1/jobs/${job.id}/result`);
	if (result.status !== 200) return `its executed notebook is ${result.status}`;
	const printed = result
		.json<{ cells: { outputs?: { text?: string | string[] }[] }[] }>()
		.cells.flatMap(({ outputs = [] }) => outputs.map(({ text = '' }) => [text].flat().join('')))
		.join('');
	if (!printed.startsWith(`begun ${run}\n`)) return `its executed notebook holds ${JSON.stringify(printed)}`;
	const version = job.result?.version;
	if (version == null) return 'its result was not kept as a version';
	const kept = await account.ask(`/v1/versions/${version}/notebook?notebook=${encodeURIComponent(notebook)}`);
	if (kept.status !== 200 || !kept.bytes.equals(result.bytes)) return `the version of its result is ${kept.status}, or another`;
	if (flow === 'cancel') return null;
	const files = job.result?.files.map((file) => file.path).join() ?? '';
	if (files !== 'left.txt') return `its files are ${files}`;
	const file = await account.ask(`/v1/jobs/${job.id}/files/left.txt`);
	if (file.status !== 200 || file.bytes.toString() !== run) return `its file is ${file.status} ${file.bytes}`;
	if (flow === 'lose-runner') return null;
	return printed.endsWith(`\nended ${run} 7\n`) ? null : `its executed notebook holds ${JSON.stringify(printed)}`;
}

/**
 * The notebook of a flow: its first cell leaves a line outside the job, so that a second run would show. The runner is killed once it
 * has saved what the first cell printed.
 */
function notebookOf(account: KillableAccount, flow: FlowName, run: string): string {
	const begin = `import os, time\nwith open(${JSON.stringify(account.ranFile)}, 'a') as file: file.write('${run}\\n')\nprint('begun ${run}')`;
	const saved = `os.path.join(${JSON.stringify(path.join(account.stateFolder, 'jobs'))}, os.environ['NIGHTLOG_JOB'], 'result.ipynb')`;
	const untilSaved = `result = ${saved}\nwhile not (os.path.exists(result) and '"begun ${run}' in open(result).read()): time.sleep(0.05)`;
	const rest: Partial<Record<FlowName, string>> = {
		cancel: 'time.sleep(600)',
		'lose-runner': `open('left.txt', 'w').write('${run}')\n${untilSaved}\nos.kill(os.getppid(), 9)\ntime.sleep(600)`,
	};
	const run7 = [
		'import stars',
		`open('left.txt', 'w').write('${run}')`,
		...['data/values.csv', 'ignored.bin', 'link.py', '../../outside.csv'].map((file) => `open('${file}').close()`),
	].join('\n');
	const cells = [begin, rest[flow] ?? run7, ...(flow === 'cancel' || flow === 'lose-runner' ? [] : [`print('ended ${run}', stars.count())`])];
	return makeNotebook(cells.map((source) => ({ source })));
}

async function until(account: KillableAccount, id: string, isReached: (job: Job) => boolean): Promise<Job> {
	const sinceMs = performance.now();
	for (;;) {
		const answer = await account.ask(`/v1/jobs/${id}`);
		assert.equal(answer.status, 200, `an acknowledged job is gone: ${answer.bytes}`);
		const job = answer.json<Job>();
		if (isReached(job)) return job;
		if (account.isPatienceOver(sinceMs)) throw new Error(`stuck: ${JSON.stringify(job)}\n${account.said()}`);
		await sleep(100);
	}
}

function post(account: KillableAccount, target: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
	return account.ask(target, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
}
