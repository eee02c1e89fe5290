// Clients that go and come back, a server that is asked to end while jobs run, and a clock that jumps by a day.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createEventParser } from '@nightlog/shared/api/parse-event-stream';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { makeNotebook } from '../bench/notebooks.ts';
import { startServer, type TestServer } from '../support/start-server.ts';
import { untilEnded } from './until-ended.ts';

const counted = { cuts: 0, lost: 0, doubled: 0, stuck: 0 };
after(() => {
	process.stdout.write(`clients cut off ${counted.cuts} times: lost: ${counted.lost}, doubled: ${counted.doubled}, stuck: ${counted.stuck}\n`);
	assert.deepEqual([counted.lost, counted.doubled, counted.stuck], [0, 0, 0]);
});

/** A listener to `/v1/events`, which cuts its connection when told and goes on after the last event that it read. */
class Listener {
	readonly read: string[] = [];
	readonly #socket: string;
	#lastId: string | null = null;
	#cut: () => void = () => undefined;
	#ended: Promise<void> = Promise.resolve();

	constructor(socket: string) {
		this.#socket = socket;
	}

	async connect(): Promise<void> {
		const parser = createEventParser();
		const headers = { 'x-nightlog': '1', host: 'localhost', accept: 'text/event-stream' };
		await new Promise<void>((resolve, reject) => {
			const outgoing = request({
				socketPath: this.#socket,
				path: '/v1/events',
				agent: false,
				headers: this.#lastId === null ? headers : { ...headers, 'last-event-id': this.#lastId },
			});
			outgoing.once('error', reject);
			outgoing.once('response', (incoming) => {
				incoming.setEncoding('utf8').on('data', (text: string) => {
					for (const { id, type, data } of parser.push(text)) {
						this.#lastId = id ?? this.#lastId;
						if (data !== '') this.read.push(`${type} ${data}`);
					}
					resolve();
				});
				incoming.on('error', () => undefined);
				this.#ended = new Promise((ended) => incoming.once('close', ended));
			});
			outgoing.end();
			this.#cut = () => outgoing.destroy();
		});
	}

	async cut(): Promise<void> {
		this.#cut();
		await this.#ended;
	}

	/** Resolves when the server has ended the connection. */
	async untilEnded(): Promise<void> {
		await this.#ended;
	}
}

function writeNotebook(server: TestServer, name: string, sources: readonly string[]): string {
	const file = path.join(server.home, 'project', `${name}.ipynb`);
	mkdirSync(path.dirname(file), { recursive: true });
	writeFileSync(file, makeNotebook(sources.map((source) => ({ source }))));
	return file;
}

async function submit(server: TestServer, notebook: string, name: string): Promise<string> {
	const kept = await server.post<Version>('/v1/versions', { notebook, reason: 'submit' });
	const posted = await server.post<Job>('/v1/jobs', { notebook, version: kept.body.id, name }, { 'idempotency-key': `key-of-${name}` });
	assert.equal(posted.status, 202, JSON.stringify(posted.body));
	return posted.body.id;
}

/** Waits for what is sure to come; what does not is found by the assertions that follow. */
async function until(isSo: () => boolean): Promise<void> {
	const deadline = performance.now() + 120_000;
	while (!isSo() && performance.now() < deadline) await sleep(20);
}

const ran = (server: TestServer) => readFileSync(path.join(server.home, 'ran.log'), 'utf8').trim().split('\n').sort();
const leaveLine = (server: TestServer, name: string) => `open(${JSON.stringify(path.join(server.home, 'ran.log'))}, 'a').write('${name}\\n')`;

test('a client that is cut off again and again reads what one reads that never was', async () => {
	const server = await startServer();
	try {
		const steady = new Listener(server.socket);
		const cut = new Listener(server.socket);
		await Promise.all([steady.connect(), cut.connect()]);
		let going = true;
		const cutting = (async () => {
			while (going) {
				await sleep(Math.random() * 60);
				await cut.cut();
				counted.cuts += 1;
				await sleep(Math.random() * 60);
				await cut.connect();
			}
		})();
		try {
			const file = writeNotebook(server, 'steps', ['import time', ...Array.from({ length: 8 }, () => 'time.sleep(0.1)')]);
			for (let version = 0; version < 60; version++) {
				const content = makeNotebook([{ source: `x = ${version}` }]);
				assert.equal((await server.post('/v1/versions', { notebook: file, content, reason: 'keep' })).status, 201);
			}
			for (const name of ['one', 'two', 'three']) if ((await untilEnded(server, await submit(server, file, name))) === null) counted.stuck += 1;
		} finally {
			going = false;
			await cutting;
		}
		await until(() => cut.read.length >= steady.read.length);
		const missed = steady.read.filter((event) => !cut.read.includes(event));
		counted.lost += missed.length;
		counted.doubled += cut.read.length - new Set(cut.read).size - (steady.read.length - new Set(steady.read).size);
		assert.ok(counted.cuts >= 20, `${counted.cuts} cuts`);
		assert.ok(steady.read.filter((event) => event.startsWith('version ')).length >= 61, 'each version was told of');
		assert.deepEqual(missed, []);
		assert.deepEqual(cut.read, steady.read, 'in the same order, none twice');
		await Promise.all([steady.cut(), cut.cut()]);
	} finally {
		await server.dispose();
	}
});

test('a server that is asked to end lets its jobs go on, and the next one takes them up', async () => {
	const first = await startServer();
	const gate = path.join(first.home, 'go on');
	const wait = `import os, time\nwhile not os.path.exists(${JSON.stringify(gate)}): time.sleep(0.02)`;
	const file = writeNotebook(first, 'long', [`${leaveLine(first, 'long')}\nprint('begun')`, wait, `print('ended')`]);
	const listener = new Listener(first.socket);
	await listener.connect();
	const job = await submit(first, file, 'long');
	const running = await untilEnded(first, job, ({ progress }) => progress.done >= 1);
	assert.equal(running?.state, 'running');
	await first.stop('SIGTERM');
	await listener.untilEnded();
	assert.equal(first.process.exitCode, 0, 'it ended by itself');
	const second = await startServer({ home: first.home });
	try {
		await listener.connect();
		writeFileSync(gate, '');
		const ended = await untilEnded(second, job);
		if (ended === null) counted.stuck += 1;
		assert.equal(ended?.state, 'succeeded', JSON.stringify(ended));
		assert.equal(ended?.attempt, 1);
		assert.deepEqual(ran(second), ['long']);
		const result = (await second.call(`/v1/jobs/${job}/result`)).bytes.toString();
		assert.ok(result.includes('begun') && result.includes('ended'), result);
		await until(() => listener.read.some((event) => event.startsWith('job ') && event.includes('"succeeded"')));
		assert.ok(
			listener.read.some((event) => event.startsWith('reset ')),
			'a client of the server before is told to read everything again',
		);
		assert.ok(listener.read.some((event) => event.startsWith('job ') && event.includes('"succeeded"')));
		await listener.cut();
	} finally {
		await second.dispose();
	}
});

test('a job that ends while no server runs keeps its result', async () => {
	const first = await startServer();
	const file = writeNotebook(first, 'alone', [leaveLine(first, 'alone'), 'import time\ntime.sleep(1)\nopen("left.txt", "w").write("alone")']);
	const job = await submit(first, file, 'alone');
	await untilEnded(first, job, ({ progress }) => progress.done >= 1);
	await first.stop('SIGKILL');
	await until(() => existsSync(path.join(first.stateFolder, 'jobs', job, 'receipt.json')));
	const second = await startServer({ home: first.home });
	try {
		const ended = await untilEnded(second, job);
		if (ended === null) counted.stuck += 1;
		assert.equal(ended?.state, 'succeeded', JSON.stringify(ended));
		assert.deepEqual(ran(second), ['alone']);
		assert.ok(ended?.result?.version, 'its result is a version');
		assert.deepEqual(
			ended.result.files.map((written) => written.path),
			['left.txt'],
		);
	} finally {
		await second.dispose();
	}
});

test('a clock that jumps a day ahead and a day back', async () => {
	const day = 86_400_000;
	const clockFolder = mkdtempSync(path.join(os.tmpdir(), 'nightlog-clock-'));
	const clock = path.join(clockFolder, 'offset');
	const environment = { NODE_OPTIONS: `--import=${fileURLToPath(new URL('shifted-clock.mjs', import.meta.url))}`, NIGHTLOG_TEST_CLOCK: clock };
	const startedAt = async (server: TestServer) => Date.parse((await server.call('/v1/health')).json<{ startedAt: string }>().startedAt);
	const first = await startServer({ environment });
	assert.ok(Math.abs((await startedAt(first)) - Date.now()) < 60_000);
	const file = writeNotebook(first, 'clock', [leaveLine(first, 'clock'), 'import time\ntime.sleep(2)', 'print("ended")']);
	const ids: string[] = [];
	const jump = async (server: TestServer, offsetMs: number, name: string) => {
		const version = await server.post<Version>('/v1/versions', {
			notebook: file,
			content: makeNotebook([{ source: `x = ${offsetMs}` }]),
			reason: 'keep',
		});
		assert.equal(version.status, 201);
		ids.unshift(version.body.id);
		const job = await submit(server, file, name);
		await untilEnded(server, job, ({ progress }) => progress.done >= 1);
		writeFileSync(clock, String(offsetMs));
		return job;
	};
	const jobs = [await jump(first, day, 'ahead'), await jump(first, -day, 'back')];
	for (const job of jobs) {
		const ended = await untilEnded(first, job);
		if (ended === null) counted.stuck += 1;
		assert.equal(ended?.state, 'succeeded', JSON.stringify(ended));
	}
	const open = await jump(first, 2 * day, 'adopted');
	await first.stop('SIGKILL');
	writeFileSync(clock, String(-day));
	const second = await startServer({ home: first.home, environment });
	try {
		assert.ok(Math.abs((await startedAt(second)) - Date.now() + day) < 60_000, 'the clock is a day off');
		const ended = await untilEnded(second, open);
		if (ended === null) counted.stuck += 1;
		assert.equal(ended?.state, 'succeeded', JSON.stringify(ended));
		const listed = (await second.call(`/v1/versions?notebook=${encodeURIComponent(file)}`)).json<{ versions: Version[] }>().versions;
		const kept = listed.map(({ id }) => id).filter((id) => ids.includes(id));
		counted.lost += ids.length - kept.length;
		assert.deepEqual(kept, ids, 'every version is there, newest first as they were made');
		const found = (await second.call('/v1/jobs')).json<{ jobs: Job[] }>().jobs.map(({ id }) => id);
		assert.deepEqual(found, [open, ...jobs.toReversed()], 'jobs are listed as they were made');
		assert.deepEqual(ran(second), ['clock', 'clock', 'clock']);
	} finally {
		rmSync(clockFolder, { recursive: true });
		await second.dispose();
	}
});
