import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { connectOrStart, type StartOptions, startServer } from './connect-or-start.ts';
import type { ConnectedServer } from './find-server.ts';
import { findProcess } from './process-identity.ts';
import { readServerFile, writeServerFile } from './server-file.ts';
import { systemHost } from './server-host.ts';

// Real processes: the program from its sources, on a home of its own.
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

let home: string;
let pids: Set<number>;
beforeEach(() => {
	home = mkdtempSync(path.join(tmpdir(), 'nl-start-'));
	pids = new Set();
});
afterEach(async () => {
	const { processes } = systemHost();
	for (const pid of pids) {
		if (!processes.exists(pid)) continue;
		process.kill(pid, 'SIGKILL');
		while (processes.exists(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
	}
	rmSync(home, { recursive: true, force: true });
});

function options(change: Partial<StartOptions> = {}): StartOptions {
	const env = {
		...process.env,
		HOME: home,
		XDG_STATE_HOME: path.join(home, 'state'),
		XDG_CONFIG_HOME: path.join(home, 'config'),
		XDG_CACHE_HOME: path.join(home, 'cache'),
	};
	const host = { ...systemHost(), surroundings: { env, home, uid: process.getuid?.() ?? null } };
	return { program: process.execPath, arguments: ['--conditions=source', main], host, ...change };
}

async function connect(change: Partial<StartOptions> = {}): Promise<ConnectedServer> {
	const server = await connectOrStart(options(change));
	pids.add(server.record.pid);
	server.close();
	return server;
}

const stateFolder = () => path.join(home, 'state', 'nightlog');

test('two who start at once get the same server, and who comes later too', async () => {
	const [left, right] = await Promise.all([connect(), connect()]);
	assert.equal(left.record.pid, right.record.pid);
	assert.equal((await connect()).record.pid, left.record.pid);
	assert.equal(left.stateFolder, stateFolder());
});

test('after a kill -9 the next one starts at once, on what was left', async () => {
	const { record } = await connect();
	process.kill(record.pid, 'SIGKILL');
	const host = systemHost();
	while (findProcess(record, host.processes) !== 'gone') await new Promise((resolve) => setTimeout(resolve, 5));
	const next = await connect();
	assert.notEqual(next.record.pid, record.pid);
	assert.equal((await readServerFile(path.join(stateFolder(), 'server.json')))?.pid, next.record.pid);
});

test('an older server makes way for this one', async () => {
	const { record } = await connect();
	await writeServerFile(path.join(stateFolder(), 'server.json'), { ...record, version: '0.0.1' });
	const next = await connect();
	assert.notEqual(next.record.pid, record.pid);
	assert.equal(findProcess(record, systemHost().processes), 'gone');
});

for (const name of ['NIGHTLOG_JOB', 'NIGHTLOG_KERNEL_OF']) {
	const insideJob = () => {
		const { host } = options();
		return { host: { ...host!, surroundings: { ...host!.surroundings, env: { ...host!.surroundings.env, [name]: '01job' } } } };
	};
	test(`inside a job no server is started or replaced, and one that runs is reached, also an older one: ${name}`, async () => {
		const refused = (error: unknown) => isNightlogError(error, 'server/inside-job') && /in a terminal/.test(error.message);
		await assert.rejects(connect(insideJob()), refused);
		const { env } = insideJob().host.surroundings;
		const { status, stderr } = spawnSync(process.execPath, ['--conditions=source', main, 'serve'], { env, encoding: 'utf8', timeout: 60_000 });
		assert.equal(status, 3);
		assert.match(stderr, /in a terminal/);
		assert.ok(!existsSync(stateFolder()));
		const { record } = await connect();
		await assert.rejects(connect({ ...insideJob(), replace: true }), refused);
		await writeServerFile(path.join(stateFolder(), 'server.json'), { ...record, version: '0.0.1' });
		assert.equal((await connect(insideJob())).record.pid, record.pid);
		assert.equal(findProcess(record, systemHost().processes), 'runs');
	});
}

test('a program that does not start is said, with what it said', async () => {
	const program = path.join(home, 'broken.mjs');
	writeFileSync(program, "console.error('no licence'); process.exit(7)");
	await assert.rejects(startServer(options({ arguments: [program] })), (error) => {
		assert.ok(isNightlogError(error, 'server/not-started') && error.retryable);
		assert.match(error.message, /it ended with 7\. no licence/);
		return true;
	});
	assert.equal(readFileSync(path.join(stateFolder(), 'server.out'), 'utf8').trim(), 'no licence');
	await assert.rejects(startServer(options({ program: path.join(home, 'nothing') })), (error) => isNightlogError(error, 'server/not-started'));
});
