import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Finding } from '@nightlog/shared/base/finding';
import { type Job, PrintedJob } from '@nightlog/shared/jobs/job-schema';
import { assertMatches } from '../support/assert-matches.ts';
import { type Account, makeAccount } from './account.ts';
import { notebookText, withParameters } from './notebooks.ts';

let account: Account;
before(() => {
	account = makeAccount();
	account.write('steps.ipynb', withParameters);
	account.write('fails.ipynb', notebookText(['print("before")', 'raise ValueError("no stars tonight")', 'print("after")']));
	account.write('slow.ipynb', notebookText(['print("begun", flush=True)', 'import time\ntime.sleep(600)']));
});
after(() => account.dispose());

function outputOf(job: Job): string {
	assert.ok(job.result?.notebook);
	const notebook = JSON.parse(readFileSync(job.result.notebook, 'utf8'));
	return notebook.cells
		.flatMap((cell: { outputs?: { text?: string | string[] }[] }) => (cell.outputs ?? []).map((output) => [output.text ?? ''].flat().join('')))
		.join('');
}

test('submit --wait --json prints the job as it ended, with where its results are on this machine', async () => {
	const end = await account.nightlog('submit', 'steps.ipynb', '-p', 'steps=5', '-p', 'name=Deneb = 1', '--name', 'a first one', '--wait', '--json');
	assert.equal(end.code, 0, end.error);
	const job = end.json<Job>();
	assertMatches(PrintedJob, job);
	assert.equal(job.state, 'succeeded');
	assert.equal(job.name, 'a first one');
	assert.equal(job.project, account.folder);
	assert.equal(job.notebook, 'steps.ipynb');
	assert.deepEqual(job.parameters, { steps: 5, name: 'Deneb = 1' });
	assert.equal(outputOf(job), 'Deneb = 1 15.0 False [0, 1]\n');
	const [file] = job.result?.files ?? [];
	assert.equal(file?.path, 'written.txt');
	assert.ok(path.isAbsolute(file.link) && readFileSync(file.link, 'utf8') === 'Deneb = 1');
	assert.ok(!existsSync(path.join(account.folder, 'written.txt')), 'a job writes nothing beside the notebook');
});

test('where jobs end with the session, that is said: beside the job by submit, as a finding by check', async () => {
	const session = makeAccount();
	try {
		session.write('steps.ipynb', withParameters);
		const start = (...argv: readonly string[]) => session.start(argv, { SLURM_JOB_ID: '4711', SLURMD_NODENAME: 'node7' }).end;
		const said = '  information: Jobs on this machine end with the Slurm job 4711 that this session runs in, at the latest when its time is up.\n';
		const plain = await start('submit', 'steps.ipynb', '--wait');
		assert.equal(plain.code, 0, plain.error);
		assert.ok(plain.error.endsWith(said), plain.error);
		const json = await start('submit', 'steps.ipynb', '--json');
		assert.deepEqual([json.code, json.error], [0, '']);
		const checked = await start('check', 'steps.ipynb');
		assert.deepEqual([checked.code, checked.out], [0, said]);
	} finally {
		await session.dispose();
	}
});

test('without --wait the job is printed as it was stored', async () => {
	const end = await account.nightlog('submit', 'steps.ipynb', '--json');
	assert.equal(end.code, 0, end.error);
	assertMatches(PrintedJob, end.json());
});

test('in a pipe: plain lines, one for each cell', async () => {
	const end = await account.nightlog('submit', 'steps.ipynb', '--wait');
	assert.equal(end.code, 0, end.error);
	const lines = end.out.trimEnd().split('\n');
	assert.match(lines[0]!, /^[0-9a-z]{26} {2}steps on local, version [0-9a-f]{10}$/);
	assert.match(lines[1]!, /^\[1\/3\] parameters: ok, /);
	assert.match(lines[3]!, /^\[3\/3\] after: ok, /);
	assert.match(lines[4]!, /^succeeded after /);
	assert.ok(!end.out.includes('\x1b') && !end.out.includes('\r'));
});

test('on a terminal: colours, and a line that is replaced', () => {
	const { code, out } = account.onTerminal(['submit', 'steps.ipynb', '--wait']);
	assert.equal(code, 0, out);
	assert.ok(out.includes('[1/3] parameters …\r\x1b[2K[1/3] parameters: \x1b[32mok\x1b[0m'), out);
});

test('a notebook that fails: exit 1, and why', async () => {
	const end = await account.nightlog('submit', 'fails.ipynb', '--wait', '--json');
	assert.equal(end.code, 1);
	const job = end.json<Job>();
	assertMatches(PrintedJob, job);
	assert.equal(job.state, 'failed');
	assert.deepEqual(job.progress, { done: 2, total: 3 });
	assert.match(JSON.stringify(job.error), /no stars tonight/);
	assert.equal(outputOf(job).startsWith('before\n'), true);
});

test('a notebook that fails, in a pipe: its traceback is plain text, and keeps its colours in the notebook', async () => {
	account.write('divides.ipynb', notebookText(['1/0']));
	const end = await account.nightlog('submit', 'divides.ipynb', '--wait');
	assert.equal(end.code, 1, end.error);
	assert.match(end.out, /^ZeroDivisionError: division by zero$/m);
	assert.match(end.out, /^----> 1 1\/0$/m);
	assert.ok(!(end.out + end.error).includes('\x1b'), end.out);
	assert.doesNotMatch(end.out + end.error, /u\{1b\}|\[\d+m/);
	const kept = await account.nightlog('result', end.out.slice(0, 26));
	assert.ok(kept.out.includes('\\u001b[31mZeroDivisionError\\u001b[39m'), kept.out);
});

test('--cell runs that cell and the code cells above it', async () => {
	for (const cell of ['compute', '3']) {
		const end = await account.nightlog('submit', 'steps.ipynb', '--cell', cell, '--wait', '--json');
		assert.equal(end.code, 0, end.error);
		const job = end.json<Job>();
		assert.equal(job.kind, 'cell');
		assert.deepEqual(job.cells, ['parameters', 'compute']);
		assert.deepEqual(job.result?.files, []);
	}
});

test('parameters from a file, with -p before it', async () => {
	account.write('values.yaml', 'steps: 4\nname: from the file\nlimits:\n  - 2\n');
	const end = await account.nightlog(
		'submit',
		'steps.ipynb',
		'--parameters',
		'values.yaml',
		'-p',
		'name=-p',
		'-p',
		'verbose=true',
		'--wait',
		'--json',
	);
	assert.equal(end.code, 0, end.error);
	assert.deepEqual(end.json<Job>().parameters, { steps: 4, name: '-p', limits: [2], verbose: true });
});

test('infinite numbers and NaN from a file reach a parameter that is a number; elsewhere they are refused', async () => {
	account.write(
		'bounds.ipynb',
		notebookText([
			{ tags: ['parameters'], source: 'low = 0.0\nhigh = 1.0\nguess = 0.5\ncount = 3\nname = "x"\nlimits = [0]\n' },
			'print(low, high, guess)',
		]),
	);
	account.write('bounds.yaml', 'low: -.inf\nhigh: 1e400\nguess: .nan\n');
	const end = await account.nightlog('submit', 'bounds.ipynb', '--parameters', 'bounds.yaml', '--wait', '--json');
	assert.equal(end.code, 0, end.error);
	assert.equal(outputOf(end.json<Job>()), '-inf inf nan\n');
	account.write('bounds.yaml', 'count: .inf\nname: .nan\nlimits: [.inf]\n');
	const refused = await account.nightlog('check', 'bounds.ipynb', '--parameters', 'bounds.yaml', '--json');
	assert.equal(refused.code, 2, refused.error);
	assert.deepEqual(
		refused.json<Finding[]>().map(({ path: place, message }) => [place, /Infinity|NaN/.test(message)]),
		['count', 'name', 'limits'].map((name) => [`/parameters/${name}`, true]),
	);
});

test('check tells findings as JSON, and exits 0 where nothing is an error', async () => {
	account.write('imports.ipynb', notebookText(['import a_module_that_nobody_has']));
	const end = await account.nightlog('check', 'imports.ipynb', '--json');
	for (const finding of end.json<unknown[]>()) assertMatches(Finding, finding);
	const errors = end.json<Finding[]>().filter(({ severity }) => severity === 'error');
	assert.equal(end.code, errors.length > 0 ? 2 : 0);
	assert.equal((await account.nightlog('check', 'steps.ipynb')).code, 0);
});

test('cancel ends a job; logs -f ends with it; the waiting command exits 1', async () => {
	const waiting = account.start(['submit', 'slow.ipynb', '--wait']);
	await waiting.said(/\[1\/2\] cell-0: ok/);
	const [job] = (await account.nightlog('jobs', '--state', 'running', '--json')).json<Job[]>();
	assert.ok(job);
	const following = account.start(['logs', '-f', job.id]);
	assert.equal((await account.nightlog('cancel', job.id.slice(-8), '--json')).code, 0);
	assert.equal((await following.end).code, 1);
	const end = await waiting.end;
	assert.equal(end.code, 1);
	assert.match(end.out, /^cancelled/m);
});

test('delete removes an ended job with what it left, but for its versions; a job that runs is refused', async () => {
	const waiting = account.start(['submit', 'slow.ipynb', '--wait', '--json', '--name', 'deleted']);
	const { id } = await runningJob('deleted');
	const refused = await account.nightlog('delete', id, '--json');
	assert.deepEqual([refused.code, refused.out], [2, '']);
	assert.match(refused.problem().title, /cancel it first/);
	await account.nightlog('cancel', id);
	const ended = (await waiting.end).json<Job>();
	assert.ok(ended.result?.notebook && existsSync(ended.result.notebook));
	const deleted = await account.nightlog('delete', id.slice(-8), '--json');
	assert.equal(deleted.code, 0, deleted.error);
	assert.deepEqual(deleted.json(), { id, version: ended.version, result: ended.result.version });
	assert.ok(!existsSync(ended.result.notebook));
	assert.equal((await account.nightlog('show', `slow.ipynb@${ended.version}`)).out, account.read('slow.ipynb'));
	for (const command of ['job', 'delete']) assert.match((await account.nightlog(command, id, '--json')).problem().type, /job\/not-found$/);
});

test('Ctrl-C detaches with 130, and the job goes on', async () => {
	const waiting = account.start(['submit', 'slow.ipynb', '--wait']);
	await waiting.said(/\[1\/2\] cell-0: ok/);
	waiting.signal('SIGINT');
	const end = await waiting.end;
	assert.equal(end.code, 130);
	const id = /^[0-9a-z]{26}/.exec(end.out)?.[0];
	assert.match(end.error, new RegExp(`the job goes on.*nightlog job ${id}`));
	const job = (await account.nightlog('job', id!, '--json')).json<Job>();
	assert.equal(job.state, 'running');
	await account.nightlog('cancel', id!);
});

test('Ctrl-C with --json prints the job as it stands, and nothing else', async () => {
	const waiting = account.start(['submit', 'slow.ipynb', '--wait', '--json', '--name', 'detached']);
	const running = await runningJob('detached');
	waiting.signal('SIGINT');
	const end = await waiting.end;
	assert.deepEqual([end.code, end.error], [130, '']);
	const job = end.json<Job>();
	assertMatches(PrintedJob, job);
	assert.deepEqual([job.id, job.endedAt], [running.id, null]);
	assert.equal((await account.nightlog('job', job.id, '--json')).json<Job>().state, 'running');
	await account.nightlog('cancel', job.id);
});

async function runningJob(name: string): Promise<Job> {
	for (;;) {
		const [job] = (await account.nightlog('jobs', '--state', 'running', '--search', name, '--json')).json<Job[]>();
		if (job !== undefined) return job;
	}
}

test('rerun runs the same version, with what is changed', async () => {
	const first = (await account.nightlog('submit', 'steps.ipynb', '-p', 'steps=2', '--wait', '--json')).json<Job>();
	account.write('steps.ipynb', notebookText(['print("edited since")']));
	const end = await account.nightlog('rerun', first.id, '-p', 'name=Altair', '--wait', '--json');
	account.write('steps.ipynb', withParameters);
	assert.equal(end.code, 0, end.error);
	const again = end.json<Job>();
	assertMatches(PrintedJob, again);
	assert.notEqual(again.id, first.id);
	assert.equal(again.version, first.version);
	assert.deepEqual(again.parameters, { steps: 2, name: 'Altair' });
	assert.match(outputOf(again), /^Altair 1\.5 /);
});

test('result gives the executed notebook, and replaces nothing unasked', async () => {
	const job = (await account.nightlog('submit', 'steps.ipynb', '--wait', '--json')).json<Job>();
	const printed = await account.nightlog('result', job.id);
	assert.equal(printed.out, readFileSync(job.result!.notebook!, 'utf8'));
	assert.equal((await account.nightlog('result', job.id, '-o', 'out.ipynb')).code, 0);
	assert.equal(account.read('out.ipynb'), printed.out);
	account.write('out.ipynb', 'mine');
	const refused = await account.nightlog('result', job.id, '-o', 'out.ipynb', '--json');
	assert.equal(refused.code, 2);
	assert.match(refused.problem().type, /command\/file-exists$/);
	assert.equal(account.read('out.ipynb'), 'mine');
	assert.equal((await account.nightlog('result', job.id, '-o', 'out.ipynb', '--force')).code, 0);
	assert.equal(account.read('out.ipynb'), printed.out);
});

test('jobs are listed newest first, as JSON and in words', async () => {
	const end = await account.nightlog('jobs', '--json');
	const jobs = end.json<Job[]>();
	for (const job of jobs) assertMatches(PrintedJob, job);
	const times = jobs.map((job) => job.createdAt);
	assert.deepEqual(times, [...times].sort().reverse());
	assert.deepEqual(
		(await account.nightlog('jobs', '--json', '--limit', '2')).json<Job[]>().map(({ id }) => id),
		jobs.slice(0, 2).map(({ id }) => id),
	);
	const words = await account.nightlog('jobs', '--notebook', 'fails.ipynb');
	assert.match(words.out, /^job +submitted +on +cells +time +name +state\n[0-9a-z]{26} .* 2\/3 .* failed/);
});
