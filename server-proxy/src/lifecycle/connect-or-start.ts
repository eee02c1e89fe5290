import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { compareVersions, serverVersion } from '../server-version.ts';
import { type ConnectedServer, connectTo, findServer } from './find-server.ts';
import { requestHandOver, withdrawHandOver } from './hand-over.ts';
import { assertOutsideJob, isInsideJob } from './inside-job.ts';
import { findProcess, ownIdentity } from './process-identity.ts';
import type { ServerRecord } from './server-file.ts';
import { type ServerHost, systemHost } from './server-host.ts';
import { makeFolder, noFolder, stateFolderPath } from './state-folder.ts';

/** What starting a server needs. Left out, it is this program on this machine. */
export interface StartOptions {
	/** The program, by default this Node. */
	readonly program?: string;
	/** What stands before `serve`, by default this bundle. */
	readonly arguments?: readonly string[];
	readonly host?: ServerHost;
	/** Makes a running server of any version make way. */
	readonly replace?: boolean;
	readonly signal?: AbortSignal;
}

// Both take a fraction of a second; a machine that does much else may need a hundred times that.
const startWithinMs = 60_000;
const makeWayWithinMs = 30_000;
const lookEveryMs = 15;

/**
 * Connects to the server, which is started where none answers.
 *
 * @throws NightlogError `server/not-started` (503), with what it said; `server/inside-job` (503) where a job would have to start or replace it
 */
export async function connectOrStart(options: StartOptions = {}): Promise<ConnectedServer> {
	const { host = systemHost() } = options;
	const stateFolder = stateFolderPath(host.surroundings);
	let record = await findServer(stateFolder, host);
	const isOlder = record !== null && compareVersions(record.version, serverVersion) < 0;
	if (record !== null && (options.replace === true || (isOlder && !isInsideJob(host.surroundings.env)))) {
		// One that does not make way still serves: `/v1` only grows.
		if (await makesWay(record, stateFolder, options)) record = null;
		else if (options.replace === true) throw notStarted(`The server ${record.pid} does not make way; end it first.`);
	}
	return connectTo(record ?? (await startServer(options)));
}

/** Starts a server that outlives this process, and waits until one answers: this one, or the one of somebody who was quicker. */
export async function startServer(options: StartOptions = {}): Promise<ServerRecord> {
	const { host = systemHost(), program = process.execPath, arguments: before = [...process.execArgv, process.argv[1] ?? ''] } = options;
	assertOutsideJob(host.surroundings.env);
	const stateFolder = stateFolderPath(host.surroundings);
	await makeFolder(stateFolder);
	const said = path.join(stateFolder, 'server.out');
	const output = openForOutput(said);
	const named = host.surroundings.env.NIGHTLOG_CONFIG;
	let child: ChildProcess;
	try {
		child = spawn(program, [...before, 'serve', '--background', ...(options.replace === true ? ['--replace'] : [])], {
			cwd: stateFolder,
			detached: true,
			stdio: ['ignore', output, output],
			// It runs in another folder.
			env: { ...host.surroundings.env, ...(named ? { NIGHTLOG_CONFIG: path.resolve(named) } : {}) },
		});
	} finally {
		closeSync(output);
	}
	let failure: string | null = null;
	child.once('error', (error) => {
		failure = error.message;
	});
	// Zero: it found another one, which may not answer yet.
	child.once('exit', (code, signal) => {
		if (code !== 0) failure = signal === null ? `it ended with ${code}` : `it was ended by ${signal}`;
	});
	child.unref();
	const untilMs = host.monotonicMs() + startWithinMs;
	for (;;) {
		options.signal?.throwIfAborted();
		const record = await findServer(stateFolder, host);
		if (record !== null) return record;
		if (failure !== null) throw notStarted(`${failure}. ${(await readFile(said, 'utf8').catch(() => '')).slice(-2_000).trim()}`.trim());
		if (host.monotonicMs() >= untilMs)
			throw notStarted(`It did not answer within ${startWithinMs / 1000} s; ${path.join(stateFolder, 'server.log')} has more.`);
		await sleep(lookEveryMs);
	}
}

/** Before a server is run in the foreground in place of one that runs. @throws NightlogError `server/not-started` (503) where that goes on */
export async function makeRunningServerMakeWay(host: ServerHost = systemHost()): Promise<void> {
	const stateFolder = stateFolderPath(host.surroundings);
	const record = await findServer(stateFolder, host);
	if (record !== null && !(await makesWay(record, stateFolder, { host })))
		throw notStarted(`The server ${record.pid} does not make way; end it first.`);
}

async function makesWay(record: ServerRecord, stateFolder: string, { host = systemHost(), signal }: StartOptions): Promise<boolean> {
	assertOutsideJob(host.surroundings.env);
	await requestHandOver(stateFolder, { ...ownIdentity(host.processes), version: serverVersion, replaces: true });
	const untilMs = host.monotonicMs() + makeWayWithinMs;
	while (host.monotonicMs() < untilMs) {
		signal?.throwIfAborted();
		if (findProcess(record, host.processes) === 'gone') return true;
		await sleep(lookEveryMs);
	}
	await withdrawHandOver(stateFolder);
	return false;
}

function openForOutput(file: string): number {
	try {
		return openSync(file, 'w', 0o600);
	} catch (cause) {
		throw noFolder(path.dirname(file), cause);
	}
}

function notStarted(detail: string): NightlogError {
	return new NightlogError('server/not-started', `The Nightlog server could not be started: ${detail}`, { status: 503, retryable: true });
}
