import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { type ConfigurationFile, configurationFiles, type LoadedConfiguration, loadConfiguration } from '../configuration/load-configuration.ts';
import { watchConfiguration } from '../configuration/watch-configuration.ts';
import { errorFields, type Log, openLog } from '../log/open-log.ts';
import { serverVersion } from '../server-version.ts';
import type { Migrations } from '../store/open-store.ts';
import { type Acquired, acquireStore, leaseFile } from './acquire-store.ts';
import { findServer } from './find-server.ts';
import { readHandOver, requestHandOver, watchHandOver, withdrawHandOver } from './hand-over.ts';
import { IdleWatch } from './idle-watch.ts';
import { beatMs, type LeaseWatch, watchLease } from './lease.ts';
import { findProcess, ownIdentity, type ProcessIdentity } from './process-identity.ts';
import { type RunningServer, startRunningServer } from './running-server.ts';
import type { ServerRecord } from './server-file.ts';
import type { ServerHost } from './server-host.ts';
import type { OpenServices } from './service-context.ts';
import { ensurePrivateFolder, stateFolderPath } from './state-folder.ts';

/** What a server is run with. */
export interface RunServerOptions {
	readonly host: ServerHost;
	readonly migrations: Migrations;
	readonly openServices: OpenServices;
	/** In place of the usual socket. */
	readonly socket: string | null;
	readonly port: number | null;
	/** The server ends with this process. */
	readonly parentPid: number | null;
	/** Whether it asks the server of another machine for the store. */
	readonly asksForStore: boolean;
	/** Whether it ends when nobody needs it. */
	readonly endsIdle: boolean;
	/** Told when it answers, and again when it changed its place. */
	readonly onReady: (record: ServerRecord) => void;
	/** Ends it. */
	readonly signal: AbortSignal;
}

/** Why a server ended. */
export type ServerEnd = 'asked' | 'idle' | 'lease-lost' | 'handed-over' | 'parent-gone' | 'already-running';

type Owner = Extract<Acquired, { kind: 'owner' }>;
type RoundEnd = ServerEnd | 'reconfigured' | { readonly taken: Owner };

/** How long a server waits for the one before to let go of the store. */
const patienceMs = 5_000;

/** Runs the one server of this person and machine until it ends. */
export async function runServer(options: RunServerOptions): Promise<ServerEnd> {
	const { host } = options;
	const stateFolder = stateFolderPath(host.surroundings);
	await ensurePrivateFolder(stateFolder, host.surroundings.uid);
	let acquired = await acquirePatiently(stateFolder, options);
	try {
		for (;;) {
			if (acquired.kind === 'running') return 'already-running';
			const end = await runRound(stateFolder, acquired, options);
			if (end === 'reconfigured') continue;
			if (typeof end === 'string') return end;
			acquired = end.taken;
		}
	} finally {
		if (acquired.kind === 'owner') await letGo(acquired);
	}
}

async function letGo({ store, lease }: Owner): Promise<void> {
	try {
		store.database.close();
	} finally {
		await lease.release();
	}
}

/** The one before may be ending just now. */
async function acquirePatiently(stateFolder: string, options: RunServerOptions): Promise<Acquired> {
	const { host, migrations } = options;
	const untilMs = host.monotonicMs() + patienceMs;
	for (;;) {
		const acquired = await acquireStore(stateFolder, migrations, host, false);
		if (acquired.kind !== 'running' || options.signal.aborted || host.monotonicMs() >= untilMs) return acquired;
		if ((await findServer(stateFolder, host)) !== null) return acquired;
		await sleep(50);
	}
}

/** One time of owning the store, or of doing without it. */
async function runRound(stateFolder: string, acquired: Exclude<Acquired, { kind: 'running' }>, options: RunServerOptions): Promise<RoundEnd> {
	const { host } = options;
	const owner = acquired.kind === 'owner' ? acquired : null;
	const database = owner?.store.database ?? memoryDatabase(options.migrations);
	const log = openLog({ file: path.join(stateFolder, owner === null ? `server.${host.processes.host}.log` : 'server.log'), now: () => host.now() });
	let server: RunningServer | null = null;
	try {
		const files = configurationFiles(host.surroundings, null);
		const configurationWatch = watchConfiguration(files);
		await configurationWatch.look();
		const loaded = await loadConfiguration(files);
		for (const finding of loaded.findings) log.write('warning', 'the configuration has a problem', { finding: finding.message });
		if (owner?.store.setAside != null)
			log.write('error', 'the store was damaged; it was set aside and a new one made', { setAside: owner.store.setAside });
		const idle = new IdleWatch({
			monotonicMs: () => host.monotonicMs(),
			isBusy: () => server !== null && (server.clientCount() > 0 || server.services.jobs.openCount() > 0),
			onIdle: () => void endings.end('idle'),
		});
		const endings = new Endings(options.signal);
		server = await startRunningServer({
			host,
			stateFolder,
			database,
			assertLease: owner === null ? null : () => owner.lease.assert(),
			storeHost: acquired.kind === 'elsewhere' ? acquired.host : host.processes.host,
			loaded,
			openServices: options.openServices,
			log,
			socket: options.socket,
			port: options.port,
			onUse: () => idle.touch(),
		});
		// Whoever is meant by a request of before, it is not this server.
		if (owner !== null) await withdrawHandOver(stateFolder);
		else if (options.asksForStore) await requestHandOver(stateFolder, { ...ownIdentity(host.processes), version: serverVersion, replaces: false });
		options.onReady(server.record);
		const running = server;
		const watch = owner === null ? watchLease(leaseFile(stateFolder), () => host.monotonicMs()) : null;
		const parent = options.parentPid === null ? null : ownIdentity(host.processes, options.parentPid);
		const look = async () => {
			if (options.endsIdle) idle.look();
			if (parent !== null && findProcess(parent, host.processes) !== 'runs') endings.end('parent-gone');
			if (owner !== null) await owner.lease.beat();
			if (await shouldMakeWay(stateFolder, running, host)) endings.end('handed-over');
			if (watch !== null) await takeOver(watch, stateFolder, options, endings);
			if ((await configurationWatch.look()) && (await isOtherConfiguration(files, loaded, log))) endings.end('reconfigured');
		};
		const onFailure = (error: unknown) => {
			log.write('error', 'the lease could not be looked after', errorFields(error));
			if (isNightlogError(error, 'lease/lost')) endings.end('lease-lost');
		};
		// One after the other, however long one takes.
		let looking: Promise<void> = Promise.resolve();
		const lookSoon = () => {
			looking = looking.then(look).catch(onFailure);
		};
		const stops = [host.startInterval(options.parentPid === null ? beatMs : 2_000, lookSoon), watchHandOver(stateFolder, lookSoon)];
		lookSoon();
		const end = await endings.first;
		for (const stop of stops) stop();
		await looking;
		log.write('info', 'ending', { why: typeof end === 'string' ? end : 'takes the store over' });
		return end;
	} catch (error) {
		log.write('error', 'the server failed', errorFields(error));
		throw error;
	} finally {
		await server?.close().catch((error: unknown) => log.write('error', 'the server did not end well', errorFields(error)));
		if (owner === null) database.close();
		log.close();
	}
}

/** The first reason to end counts. */
class Endings {
	readonly first: Promise<RoundEnd>;
	#resolve: (end: RoundEnd) => void = () => undefined;
	#ended = false;

	constructor(signal: AbortSignal) {
		this.first = new Promise((resolve) => {
			this.#resolve = resolve;
		});
		if (signal.aborted) this.end('asked');
		else signal.addEventListener('abort', () => this.end('asked'), { once: true });
	}

	/** @returns whether this is the first reason */
	end(why: RoundEnd): boolean {
		if (this.#ended) return false;
		this.#ended = true;
		this.#resolve(why);
		return true;
	}
}

/**
 * Somebody asks us to make way: a newer program here at once, since local jobs go on without us; a server elsewhere for the store, if we have it, when no job is
 * open. A newer program elsewhere means the server of its own machine.
 */
async function shouldMakeWay(stateFolder: string, server: RunningServer, host: ServerHost): Promise<boolean> {
	const request = await readHandOver(stateFolder);
	if (request === null) return false;
	const own: ProcessIdentity = ownIdentity(host.processes);
	const here = request.host === own.host && request.bootId === own.bootId;
	const agreed = here ? request.replaces : !request.replaces && server.record.ownsStore && server.services.jobs.openCount() === 0;
	if (agreed) await withdrawHandOver(stateFolder);
	return agreed;
}

/** A server without the store asks for it, and takes it when it is free, or was silent for long. */
async function takeOver(watch: LeaseWatch, stateFolder: string, options: RunServerOptions, endings: Endings): Promise<void> {
	const silent = await watch.look();
	const taken = await acquireStore(stateFolder, options.migrations, options.host, silent);
	if (taken.kind === 'owner' && !endings.end({ taken })) await letGo(taken);
}

/** Whether another configuration is in force by now. One that is being written, and cannot be read, changes nothing. */
async function isOtherConfiguration(files: readonly ConfigurationFile[], before: LoadedConfiguration, log: Log): Promise<boolean> {
	const { configuration, findings } = await loadConfiguration(files);
	if (findings.some(({ code }) => code === 'config/not-yaml' || code === 'config/unreadable')) {
		log.write('warning', 'the configuration was changed and cannot be read; the one before holds', {
			findings: findings.map(({ message }) => message),
		});
		return false;
	}
	return JSON.stringify(configuration) !== JSON.stringify(before.configuration);
}

function memoryDatabase(migrations: Migrations): DatabaseSync {
	const database = new DatabaseSync(':memory:');
	for (const statement of migrations.flat()) database.exec(statement);
	return database;
}
