import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type EventStreamState, readEventStream, type ServerEvent } from '@nightlog/shared/api/event-stream';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { createSocketFetch } from '../client/socket-fetch.ts';
import { FakeJobs, FakeVersions, notebook, sampleJob, sampleVersion } from '../server/fake-services.test-case.ts';
import { FakeHost } from './fake-host.test-case.ts';
import { connectTo, findServer } from './find-server.ts';
import { readHandOver, requestHandOver } from './hand-over.ts';
import { idleMs } from './idle-watch.ts';
import { beatMs, readLease, takeLease } from './lease.ts';
import { ownIdentity } from './process-identity.ts';
import { type RunServerOptions, runServer, type ServerEnd } from './run-server.ts';
import type { ServerRecord } from './server-file.ts';
import type { ServiceContext } from './service-context.ts';

const migrations = [['CREATE TABLE things (name TEXT) STRICT']];

let root: string;
let state: string;
let running: Running[];
beforeEach(() => {
	root = mkdtempSync(path.join(tmpdir(), 'nl-run-'));
	state = path.join(root, 'state', 'nightlog');
	mkdirSync(path.join(root, 'fakes'));
	running = [];
});
afterEach(async () => {
	for (const server of running) await server.stop();
	rmSync(root, { recursive: true, force: true });
});

function hostOf(name = 'node1'): FakeHost {
	const env = {
		XDG_STATE_HOME: path.join(root, 'state'),
		XDG_RUNTIME_DIR: path.join(root, `run-${name}`),
		XDG_CONFIG_HOME: path.join(root, 'config'),
	};
	return new FakeHost({ env, home: root, host: name, bootId: `boot of ${name}` });
}

class Running {
	readonly host: FakeHost;
	readonly end: Promise<ServerEnd>;
	readonly jobs = new FakeJobs(path.join(root, 'fakes'));
	readonly versions = new FakeVersions();
	contexts: ServiceContext[] = [];
	records: ServerRecord[] = [];
	readonly #controller = new AbortController();
	#ready: () => void = () => undefined;

	constructor(host: FakeHost, change: Partial<RunServerOptions> = {}) {
		this.host = host;
		this.end = runServer({
			host,
			migrations,
			openServices: async (context) => {
				this.contexts.push(context);
				const jobs = context.guestJobs ?? this.jobs;
				return { versions: this.versions, jobs, backends: async () => [], dispose: () => jobs.dispose() };
			},
			socket: null,
			port: null,
			parentPid: null,
			asksForStore: false,
			endsIdle: true,
			onReady: (record) => {
				this.records.push(record);
				this.#ready();
			},
			signal: this.#controller.signal,
			...change,
		});
		running.push(this);
	}
	async ready(count = 1): Promise<ServerRecord> {
		while (this.records.length < count) {
			await Promise.race([
				new Promise<void>((resolve) => {
					this.#ready = resolve;
				}),
				this.end.then((end) => {
					throw new Error(`ended before it was ready: ${end}`);
				}),
			]);
		}
		return this.records[count - 1] as ServerRecord;
	}
	/** Waits for an answer, if somebody answers: what the clock began is then under way. */
	async asked() {
		const { client, close } = connectTo(this.records.at(-1) as ServerRecord);
		for (let turn = 0; turn < 3; turn++) await client.call('getHealth', {}).catch(() => undefined);
		close();
	}
	async stop() {
		this.#controller.abort();
		await this.end.catch(() => undefined);
	}
}

test('a server says where it is, answers its owner, and leaves nothing but its state', async () => {
	const server = new Running(hostOf());
	const record = await server.ready();
	assert.equal(record.socket, path.join(state, 'server.sock'));
	assert.equal(statSync(record.socket).mode & 0o777, 0o600);
	assert.equal(statSync(state).mode & 0o777, 0o700);
	for (const file of ['server.json', 'lease.json', 'server.log', 'store.db']) assert.equal(statSync(path.join(state, file)).mode & 0o077, 0, file);
	assert.deepEqual(await findServer(state, server.host), record);
	const { client, close } = connectTo(record);
	assert.equal((await client.call('getHealth', {})).pid, process.pid);
	assert.equal((await client.call('listJobs', {})).jobs[0]?.id, sampleJob.id);
	await server.contexts[0]?.assertLease();
	close();
	await server.stop();
	assert.equal(await server.end, 'asked');
	assert.deepEqual(readdirSync(state).sort(), ['jobs.snapshot.json', 'server.log', 'store.db']);
	assert.equal(await findServer(state, server.host), null);
	await assert.rejects(
		async () => server.contexts[0]?.assertLease(),
		(error) => isNightlogError(error, 'lease/lost'),
	);
});

test('what an upload left long ago is cleared away', async () => {
	const blob = path.join(state, 'blobs', 'ab', 'ab'.repeat(32));
	mkdirSync(path.dirname(blob), { recursive: true });
	writeFileSync(blob, 'left');
	utimesSync(blob, new Date(0), new Date(0));
	const server = new Running(hostOf());
	await server.ready();
	assert.ok(existsSync(blob));
	server.host.advance(60_000);
	while (existsSync(blob)) await server.asked();
});

test('files that the server writes for people keep the rights that they would have had', async () => {
	const before = process.umask();
	const server = new Running(hostOf());
	await server.ready();
	assert.equal(process.umask(), before);
});

test('the second server of the machine sees that one runs', async () => {
	const first = new Running(hostOf());
	const record = await first.ready();
	const second = new Running(hostOf());
	assert.equal(await second.end, 'already-running');
	assert.deepEqual(await findServer(state, first.host), record);
});

test('a socket that a killed server left is put in place anew', async () => {
	mkdirSync(state, { recursive: true });
	writeFileSync(path.join(state, 'server.sock'), '');
	const server = new Running(hostOf());
	assert.equal((await server.ready()).socket, path.join(state, 'server.sock'));
});

test('a record whose process number was given again is no server', async () => {
	const host = hostOf();
	const server = new Running(host);
	await server.ready();
	host.running.set(process.pid, 'another start');
	assert.equal(await findServer(state, host), null);
});

test('over TCP it needs its token, which stands in server.json only', async () => {
	const server = new Running(hostOf(), { port: 0 });
	const { port, token } = await server.ready();
	assert.ok(port !== null && token !== null && token.length >= 40);
	const overTcp = createSocketFetch({ port });
	const ask = async (headers: Record<string, string>) =>
		(await overTcp(`http://127.0.0.1:${port}/v1/health`, { method: 'GET', headers: { 'x-nightlog': '1', ...headers } })).status;
	assert.equal(await ask({}), 401);
	assert.equal(await ask({ authorization: `Bearer ${token}` }), 200);
	assert.equal(await ask({ authorization: `Bearer ${token}`, host: `evil.example:${port}` }), 403);
	overTcp.close();
	await server.stop();
	assert.ok(!readFileSync(path.join(state, 'server.log'), 'utf8').includes(token));
});

test('changes reach those who listen at once, and those who come back', async () => {
	const server = new Running(hostOf());
	const record = await server.ready();
	const { fetch, baseUrl, close } = connectTo(record);
	const controller = new AbortController();
	const events: { event: ServerEvent; atMs: number }[] = [];
	let changed: () => void = () => undefined;
	const states: EventStreamState['state'][] = [];
	const timers: { delayMs: number; run: () => void }[] = [];
	const done = readEventStream({
		fetch,
		baseUrl,
		onEvent: (event) => {
			events.push({ event, atMs: performance.now() });
			changed();
		},
		onState: ({ state: each }) => {
			states.push(each);
			changed();
		},
		signal: controller.signal,
		random: () => 0,
		startTimer: (delayMs, run) => {
			const timer = { delayMs, run };
			timers.push(timer);
			return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
		},
	});
	const until = async (holds: () => boolean) => {
		while (!holds()) {
			await new Promise<void>((resolve) => {
				changed = resolve;
			});
		}
	};
	await until(() => states.at(-1) === 'open');
	for (const listener of server.jobs.listeners) listener({ kind: 'job', job: sampleJob });
	for (const listener of server.versions.listeners) listener({ notebook, version: sampleVersion, isNew: true });
	await until(() => events.length === 2);
	assert.deepEqual(
		events.map(({ event }) => event.type),
		['job', 'version'],
	);
	controller.abort(new Error('enough'));
	await done;
	close();
	assert.deepEqual(timers, []);
});

test('on a port of its own the figures are for who has the token, and there is nothing else', async () => {
	const port = await freePort();
	const tokenFile = path.join(root, 'metrics-token');
	writeFileSync(tokenFile, 'figures-for-me\n', { mode: 0o600 });
	mkdirSync(path.join(root, 'config', 'nightlog'), { recursive: true });
	writeFileSync(path.join(root, 'config', 'nightlog', 'config.yaml'), `metrics: {port: ${port}, tokenFile: ${tokenFile}}\n`);
	const server = new Running(hostOf());
	await server.ready();
	for (const isNew of [true, false]) for (const listener of server.versions.listeners) listener({ notebook, version: sampleVersion, isNew });
	const ask = (where: string, authorization: string | null, method = 'GET') =>
		fetch(`http://127.0.0.1:${port}${where}`, { method, headers: authorization === null ? {} : { authorization } });
	const rows: readonly [where: string, authorization: string | null, method: string, status: number][] = [
		['/metrics', null, 'GET', 401],
		['/metrics', 'Bearer figures-for-mf', 'GET', 401],
		['/metrics', 'Bearer figures-for-me-too', 'GET', 401],
		['/metrics', 'Basic figures-for-me', 'GET', 401],
		['/metrics', 'Bearer ', 'GET', 401],
		['/v1/jobs', null, 'GET', 401],
		['/v1/jobs', 'Bearer figures-for-me', 'GET', 404],
		['/metrics/../v1/jobs', 'Bearer figures-for-me', 'GET', 404],
		['/metrics', 'Bearer figures-for-me', 'POST', 405],
		['/metrics', null, 'POST', 401],
	];
	for (const [where, authorization, method, status] of rows) {
		const answer = await ask(where, authorization, method);
		assert.deepEqual([answer.status, await answer.text()], [status, ''], `${method} ${where} ${authorization}`);
		assert.equal(answer.headers.get('www-authenticate'), status === 401 ? 'Bearer' : null);
		assert.equal(answer.headers.get('allow'), status === 405 ? 'GET' : null);
	}
	const figures = await ask('/metrics?from=prometheus', 'Bearer figures-for-me');
	assert.equal(figures.status, 200);
	assert.match(figures.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
	const text = await figures.text();
	assert.match(text, /^nightlog_jobs\{state="succeeded"\} \d+$/m);
	assert.match(text, /^nightlog_versions_kept_total 1$/m);
	await server.stop();
	await assert.rejects(ask('/metrics', 'Bearer figures-for-me'), 'it ends with the server');
});

for (const [name, file, why] of [
	['that is there', 'absent', /cannot be read: it is not there/],
	['that only its owner can read', 'open', /open to others.*chmod 600/],
	['in its file', 'empty', /it is empty/],
] as const) {
	test(`without a token ${name} there are no figures, and all else is there`, () => withoutFigures(file, why));
}

async function withoutFigures(file: string, why: RegExp): Promise<void> {
	writeFileSync(path.join(root, 'open'), 'figures-for-all\n', { mode: 0o644 });
	writeFileSync(path.join(root, 'empty'), '\n', { mode: 0o600 });
	const port = await freePort();
	mkdirSync(path.join(root, 'config', 'nightlog'), { recursive: true });
	writeFileSync(path.join(root, 'config', 'nightlog', 'config.yaml'), `metrics: {port: ${port}, tokenFile: ${path.join(root, file)}}\n`);
	const server = new Running(hostOf());
	const { client, close } = connectTo(await server.ready());
	assert.equal((await client.call('getHealth', {})).status, 'ready');
	const { findings } = await client.call('showConfiguration', { query: {} });
	close();
	assert.deepEqual(
		findings.map(({ code, path: at }) => [code, at]),
		[['config/token-file', '/metrics/tokenFile']],
	);
	assert.match(findings[0]?.message ?? '', why);
	await assert.rejects(fetch(`http://127.0.0.1:${port}/metrics`));
	assert.match(readFileSync(path.join(state, 'server.log'), 'utf8'), /the metrics are not served/);
}

/** A port of this machine that nobody listens on. */
async function freePort(): Promise<number> {
	for (;;) {
		// Below what is given to those who ask for any port, so that nobody takes it meanwhile.
		const port = randomInt(18_000, 32_000);
		const server = createServer();
		const isFree = await new Promise<boolean>((resolve) => {
			server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
		});
		await new Promise((resolve) => server.close(resolve));
		if (isFree) return port;
	}
}

/** Waits until the server looked as often as its clock says: each look at a lease of its own is a beat. */
async function looked({ host }: Running) {
	const expected = 1 + Math.floor(host.monotonicMs() / beatMs);
	for (;;) {
		const lease = await readLease(path.join(state, 'lease.json'));
		if (lease !== null && lease !== 'unreadable' && lease.beat >= expected) return;
		await new Promise((resolve) => setImmediate(resolve));
	}
}

test('it ends when nobody needed it for ten minutes, and not before', async () => {
	const server = new Running(hostOf());
	await server.ready();
	server.jobs.open = 1;
	server.host.advance(idleMs + beatMs);
	await looked(server);
	server.jobs.open = 0;
	server.host.advance(idleMs - beatMs);
	await looked(server);
	const { client, close } = connectTo(server.records[0] as ServerRecord);
	await client.call('getHealth', {});
	close();
	server.host.advance(idleMs - beatMs);
	await looked(server);
	server.host.advance(beatMs);
	assert.equal(await server.end, 'idle');
});

test('it makes way for a newer program on the same machine, also while jobs run', async () => {
	const server = new Running(hostOf());
	await server.ready();
	server.jobs.open = 1;
	await requestHandOver(state, { ...ownIdentity(server.host.processes), version: '99.0.0', replaces: true });
	assert.equal(await server.end, 'handed-over');
	assert.ok(!existsSync(path.join(state, 'hand-over.json')));
	assert.equal((await new Running(hostOf()).ready()).ownsStore, true);
});

test('it gives the store to another machine only when no job is open', async () => {
	const server = new Running(hostOf());
	await server.ready();
	server.jobs.open = 1;
	await requestHandOver(state, { ...ownIdentity(hostOf('node2').processes), version: '0.1.0', replaces: false });
	server.host.advance(beatMs);
	await looked(server);
	server.jobs.open = 0;
	server.host.advance(beatMs);
	assert.equal(await server.end, 'handed-over');
});

test('a server that lost its lease ends, and begins nothing more', async () => {
	const server = new Running(hostOf());
	await server.ready();
	const taken = await takeLease(path.join(state, 'lease.json'), ownIdentity(hostOf('node2').processes));
	await assert.rejects(
		async () => server.contexts[0]?.assertLease(),
		(error) => isNightlogError(error, 'lease/lost'),
	);
	server.host.advance(beatMs);
	assert.equal(await server.end, 'lease-lost');
	await taken.assert();
	await taken.release();
});

test('on a second machine with the same home it keeps versions and shows jobs, and takes over when the first one is silent', async () => {
	const first = new Running(Object.assign(hostOf('node1'), { fileSystem: 'network' as const }));
	await first.ready();
	await first.stop();
	// As a first machine leaves it that lost its power: the lease's file stands, its lock is gone.
	writeFileSync(path.join(state, 'lease.json'), JSON.stringify({ ...ownIdentity(hostOf('node1').processes), beat: 7 }));
	const host = Object.assign(hostOf('node2'), { fileSystem: 'network' as const });
	const second = new Running(host);
	const record = await second.ready();
	assert.equal(record.ownsStore, false);
	assert.ok(record.socket.startsWith(path.join(root, 'run-node2')));
	assert.deepEqual(await findServer(state, host), record);
	const { client, close } = connectTo(record);
	assert.equal((await client.call('listJobs', {})).jobs[0]?.id, sampleJob.id);
	assert.equal((await client.call('keepVersion', { body: { notebook, reason: 'keep' } })).id, sampleVersion.id);
	await assert.rejects(
		client.call('submitJob', { headers: { 'idempotency-key': 'key-0001' }, body: { notebook, version: sampleVersion.id } }),
		(error) => isNightlogError(error, 'lease/elsewhere') && /node1/.test(error.message),
	);
	close();
	while (second.records.length < 2) {
		host.advance(beatMs);
		await second.asked();
	}
	assert.ok(host.monotonicMs() >= 60_000);
	const owner = await second.ready(2);
	assert.equal(owner.ownsStore, true);
	assert.equal(owner.socket, path.join(state, 'server.sock'));
	assert.deepEqual(await findServer(state, host), owner);
});

test('another configuration is in force soon, with the same store, and one that is half written is not', async () => {
	const file = path.join(root, 'config', 'nightlog', 'config.yaml');
	mkdirSync(path.dirname(file), { recursive: true });
	const write = (text: string) => {
		writeFileSync(`${file}.new`, text);
		renameSync(`${file}.new`, file);
	};
	write('jobs: {retentionDays: 3}\n');
	const server = new Running(hostOf());
	await server.ready();
	await server.contexts[0]?.database.exec("INSERT INTO things VALUES ('kept')");
	write('jobs: {retentionDays: 33\n');
	server.host.advance(beatMs);
	await looked(server);
	assert.equal(server.records.length, 1);
	write('jobs: {retentionDays: 333}\n');
	server.host.advance(beatMs);
	await server.ready(2);
	assert.equal(server.contexts[1]?.configuration.jobs?.retentionDays, 333);
	assert.equal(server.contexts[1]?.database.prepare('SELECT name FROM things').get()?.name, 'kept');
	await server.contexts[1]?.assertLease();
});

test('a server that has the store forgets requests of before it had it', async () => {
	mkdirSync(state, { recursive: true });
	await requestHandOver(state, { ...ownIdentity(hostOf('node9').processes), version: '0.1.0', replaces: false });
	const server = new Running(hostOf());
	await server.ready();
	assert.ok(!existsSync(path.join(state, 'hand-over.json')));
});

test('a server without the store asks for it where it was told to', async () => {
	mkdirSync(state, { recursive: true });
	writeFileSync(path.join(state, 'lease.json'), JSON.stringify({ ...ownIdentity(hostOf('node1').processes), beat: 1 }));
	const host = Object.assign(hostOf('node2'), { fileSystem: 'network' as const });
	const server = new Running(host, { asksForStore: true });
	assert.equal((await server.ready()).ownsStore, false);
	assert.equal((await readHandOver(state))?.host, 'node2');
});

test('a server without the store makes way for a newer program of its machine, and the one that has the store stays', async () => {
	const owner = new Running(Object.assign(hostOf('node1'), { fileSystem: 'network' as const }));
	await owner.ready();
	const guest = new Running(Object.assign(hostOf('node2'), { fileSystem: 'network' as const }));
	assert.equal((await guest.ready()).ownsStore, false);
	await requestHandOver(state, { ...ownIdentity(guest.host.processes), version: '99.0.0', replaces: true });
	owner.host.advance(beatMs);
	await looked(owner);
	guest.host.advance(beatMs);
	assert.equal(await guest.end, 'handed-over');
	await owner.contexts[0]?.assertLease();
	assert.equal(owner.records.length, 1);
});
