// A stranger's notebook puts pipes, links, devices, folders and endless files in place of what its job is to leave behind, and kills its runner. The server
// goes on answering, the job comes to its end, and nothing that the job does not own is given out in its name.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { isFinalState } from '@nightlog/shared/jobs/job-states';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { makeNotebook } from '../bench/notebooks.ts';
import { untilEnded } from '../nothing-lost/until-ended.ts';
import { accountEnvironment, startServer, type TestServer } from '../support/start-server.ts';

const canary = `canary${randomBytes(12).toString('hex')}`;
const counted = { planted: 0, 'given out': 0, stuck: 0, silent: 0 };
/** Longer than any answer takes on a busy machine; a server that waits for a pipe never answers. */
const answersWithinMs = 120_000;
const enoughBytes = 4_000_000;
let server: TestServer;
let project: string;
let secret: string;

before(async () => {
	server = await startServer();
	project = path.join(server.home, 'project');
	mkdirSync(project);
	secret = path.join(server.home, 'secret');
	// It reads as whatever it is put in place of.
	writeFileSync(
		secret,
		`${JSON.stringify({ canary, cells: [{ cell_type: 'raw', metadata: {}, source: canary }], metadata: {}, nbformat: 4, nbformat_minor: 4 })}\n`,
	);
	execFileSync('git', ['init', '-q'], { cwd: project, env: accountEnvironment(server.home) });
});
after(async () => {
	await server?.stop('SIGKILL');
	await server?.dispose();
	process.stdout.write(
		`planted by hostile jobs: ${counted.planted}, given out: ${counted['given out']}, stuck: ${counted.stuck}, not answered: ${counted.silent}\n`,
	);
	assert.deepEqual([counted['given out'], counted.stuck, counted.silent], [0, 0, 0]);
});

/** What a job puts at `place`, in Python. */
const plants = {
	'a pipe': 'os.mkfifo(place)',
	'a link to a file of the person': 'os.symlink(SECRET, place)',
	'a link to a device without end': "os.symlink('/dev/zero', place)",
	'a link to a folder of the person': 'os.symlink(os.path.dirname(SECRET), place)',
	'other JSON': 'open(place, \'w\').write(\'{"placed": 7, "linked": [3]}\\n\')',
	'a folder': 'os.mkdir(place)',
	'a file of 5 GB without content': "open(place, 'wb').truncate(5_000_000_000)",
	nothing: 'pass',
} as const;
type Plant = keyof typeof plants;

/** What lies in a job's folder; the last is its work tree. Each job puts something in place of all of these. */
const places = ['events.ndjson', 'receipt.json', 'result.ipynb', 'log.txt', 'process', 'prepared.json', 'job.json', 'tree'] as const;

/** Where it is also planted alone, so that the rest of what the server reads is as it should be. */
const alone: Readonly<Record<Plant, readonly (typeof places)[number][]>> = {
	'a pipe': places,
	'a link to a file of the person': ['receipt.json', 'result.ipynb'],
	'a link to a device without end': ['events.ndjson', 'receipt.json'],
	'a link to a folder of the person': ['tree'],
	'other JSON': ['receipt.json', 'prepared.json'],
	'a folder': ['log.txt'],
	'a file of 5 GB without content': ['events.ndjson', 'receipt.json', 'result.ipynb'],
	nothing: [],
};

function hostileText(plant: Plant, names: readonly string[]): string {
	const lines = [
		'import os, shutil, signal',
		`SECRET = ${JSON.stringify(secret)}`,
		`folder = os.path.join(${JSON.stringify(path.join(server.stateFolder, 'jobs'))}, os.environ['NIGHTLOG_JOB'])`,
		'runner = os.getppid()',
		"open('left.txt', 'w').write('left')",
		// It must not put right what is planted.
		'os.kill(runner, signal.SIGSTOP)',
		`for name in ${JSON.stringify(names)}:`,
		'    place = os.path.join(folder, name)',
		'    if os.path.isdir(place): shutil.rmtree(place)',
		'    elif os.path.exists(place): os.remove(place)',
		`    ${plants[plant]}`,
		'os.kill(runner, signal.SIGKILL)',
	];
	return makeNotebook([{ source: "print('begun')" }, { source: lines.join('\n') }]);
}

interface Start {
	readonly status: number;
	readonly bytes: Buffer;
	json<T>(): T;
}

/** An answer, of which no more than its first part is read. */
async function ask(target: string): Promise<Start> {
	try {
		return await new Promise((resolve, reject) => {
			const headers = { 'x-nightlog': '1', host: 'localhost' };
			const outgoing = request({ socketPath: server.socket, path: target, agent: false, headers, timeout: answersWithinMs }, (incoming) => {
				const chunks: Buffer[] = [];
				let length = 0;
				incoming.on('data', (chunk: Buffer) => {
					chunks.push(chunk);
					length += chunk.length;
					if (length > enoughBytes) incoming.destroy();
				});
				incoming.on('error', () => undefined);
				incoming.on('close', () => {
					const bytes = Buffer.concat(chunks);
					resolve({ status: incoming.statusCode ?? 0, bytes, json: <T>() => JSON.parse(bytes.toString()) as T });
				});
			});
			outgoing.on('timeout', () => outgoing.destroy(new Error(`not answered within ${answersWithinMs / 1000} s`)));
			outgoing.on('error', reject);
			outgoing.end();
		});
	} catch (cause) {
		counted.silent += 1;
		throw new Error(`${target}: ${cause instanceof Error ? cause.message : cause}`, { cause });
	}
}

async function submit(notebook: string, key: string): Promise<string> {
	const kept = await server.post<Version>('/v1/versions', { notebook, reason: 'submit' });
	const posted = await server.post<Job>('/v1/jobs', { notebook, version: kept.body.id }, { 'idempotency-key': key });
	assert.equal(posted.status, 202, JSON.stringify(posted.body));
	return posted.body.id;
}

async function goHostile(plant: Plant, names: readonly string[]): Promise<void> {
	const notebook = path.join(project, `hostile-${counted.planted}.ipynb`);
	counted.planted += names.length;
	writeFileSync(notebook, hostileText(plant, names));
	const id = await submit(notebook, `hostile-${counted.planted}`);
	const job = await untilEnded({ call: ask }, id, ({ state, result }) => isFinalState(state) && result !== null);
	if (job === null) counted.stuck += 1;
	assert.ok(job !== null, `it comes to its end: ${JSON.stringify((await ask(`/v1/jobs/${id}`)).json())}`);
	assert.notEqual(job.state, 'succeeded', 'a job whose runner was killed is no success');
	const routes = [
		'',
		'/log',
		'/events',
		'/result',
		'/receipt',
		'/files/left.txt',
		'/files/secret',
		`/files/${encodeURIComponent('../../../secret')}`,
	];
	for (const route of routes) {
		const answer = await ask(`/v1/jobs/${id}${route}`);
		assert.ok(answer.status < 500, `${route}: ${answer.status} ${answer.bytes.subarray(0, 500)}`);
		if (answer.bytes.includes(canary)) counted['given out'] += 1;
		assert.ok(!answer.bytes.includes(canary), `${route} gives out the secret`);
	}
	if (job.result?.version != null) {
		const kept = await ask(`/v1/versions/${job.result.version}/notebook?notebook=${encodeURIComponent(notebook)}`);
		if (kept.bytes.includes(canary)) counted['given out'] += 1;
		assert.ok(!kept.bytes.includes(canary), 'its version holds the secret');
	}
}

describe('a hostile job', () => {
	for (const plant of Object.keys(plants) as Plant[]) {
		test(`that leaves ${plant} in place of each thing, and of all of them: ends, and is told of`, async () => {
			for (const name of alone[plant]) await goHostile(plant, [name]);
			await goHostile(plant, places);
			assert.equal((await ask('/v1/health')).status, 200);
		});
	}

	test('keeps nobody else from running', async () => {
		const notebook = path.join(project, 'after.ipynb');
		writeFileSync(notebook, makeNotebook([{ source: "print('after all')" }]));
		const job = await untilEnded({ call: ask }, await submit(notebook, 'after-them-all'), ({ result }) => result?.version != null);
		if (job === null) counted.stuck += 1;
		assert.equal(job?.state, 'succeeded', JSON.stringify(job));
		await server.stop();
		assert.equal(server.process.exitCode, 0, 'the server ends well');
	});
});
