import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { JobState } from '@nightlog/shared/jobs/job-states';
import { jobStates } from '@nightlog/shared/jobs/job-states';
import { BundleStore } from '../bundles/bundle-store.ts';
import { startSweeping } from '../bundles/start-sweeping.ts';
import { configurationFiles, type LoadedConfiguration, loadConfiguration } from '../configuration/load-configuration.ts';
import { errorFields, type Log } from '../log/open-log.ts';
import { bundleHandlers } from '../routes/bundle-handlers.ts';
import { jobHandlers } from '../routes/job-handlers.ts';
import { jobWithLinks } from '../routes/present-job.ts';
import { systemHandlers } from '../routes/system-handlers.ts';
import { versionHandlers } from '../routes/version-handlers.ts';
import { buildApp } from '../server/build-app.ts';
import { EventHub } from '../server/event-hub.ts';
import { Metrics } from '../server/metrics.ts';
import { RequestValidator } from '../server/validate.ts';
import { serverVersion } from '../server-version.ts';
import { configurationFilesAt } from './configuration-at.ts';
import { openGuestJobs } from './guest-jobs.ts';
import { jobsOfSnapshot, SnapshotWriter } from './jobs-snapshot.ts';
import { Listeners } from './listen.ts';
import { listenForMetrics } from './listen-for-metrics.ts';
import { withNamedFilesChecked } from './metrics-token.ts';
import { ownIdentity } from './process-identity.ts';
import { guestServerFile, removeServerFile, type ServerRecord, serverFile, writeServerFile } from './server-file.ts';
import type { ServerHost } from './server-host.ts';
import type { OpenServices, Services } from './service-context.ts';
import { socketCandidates } from './socket-path.ts';

/** What a server is started with. */
export interface RunningServerOptions {
	readonly host: ServerHost;
	readonly stateFolder: string;
	readonly database: DatabaseSync;
	/** Null where the store is elsewhere; then jobs can only be looked at. */
	readonly assertLease: (() => Promise<void>) | null;
	/** Where the server runs that has the store, if it is another. */
	readonly storeHost: string;
	readonly loaded: LoadedConfiguration;
	readonly openServices: OpenServices;
	readonly log: Log;
	/** In place of the usual ones. */
	readonly socket: string | null;
	/** Also on this port of 127.0.0.1; 0 for any. */
	readonly port: number | null;
	/** Somebody asked something. */
	readonly onUse: () => void;
}

/** A server that answers. */
export interface RunningServer {
	readonly record: ServerRecord;
	readonly services: Services;
	/** How many clients listen to events. */
	clientCount(): number;
	close(): Promise<void>;
}

const closeGraceMs = 5_000;
/** Once it answers, what the first requests will need is loaded. */
const warmUpMs = 100;

/** Opens the services, listens, and says where in `server.json`. */
export async function startRunningServer(options: RunningServerOptions): Promise<RunningServer> {
	const { host, stateFolder, log } = options;
	const identity = ownIdentity(host.processes);
	const ownsStore = options.assertLease !== null;
	const events = new EventHub({
		epoch: Buffer.from(host.random(6)).toString('hex'),
		startInterval: (everyMs, run) => host.startInterval(everyMs, run),
	});
	const metrics = new Metrics();
	const onError = (error: unknown) => log.write('error', 'something failed in the background', errorFields(error));
	const guestJobs = ownsStore
		? null
		: await openGuestJobs({ stateFolder, owner: options.storeHost, startInterval: (everyMs, run) => host.startInterval(everyMs, run), onError });
	const services = await options.openServices({
		stateFolder,
		database: options.database,
		configuration: options.loaded.configuration,
		host,
		log,
		assertLease: options.assertLease ?? (() => Promise.resolve()),
		guestJobs,
	});
	const { jobs, versions } = services;
	const snapshot = ownsStore
		? new SnapshotWriter({
				stateFolder,
				host: host.processes.host,
				now: () => host.now(),
				jobs: () => jobsOfSnapshot(jobs).map(jobWithLinks),
				startTimer: (delayMs, run) => host.startTimer(delayMs, run),
				onError,
			})
		: null;
	snapshot?.touch();
	const subscriptions = [
		jobs.onDidChange((event) => {
			if (event.kind === 'job') events.publish('job', jobWithLinks(event.job), path.join(event.job.project, event.job.notebook));
			else events.publish('job-deleted', { id: event.id }, null);
			snapshot?.touch();
		}),
		versions.onDidChange(({ notebook, version, isNew }) => {
			if (isNew) metrics.countVersion();
			events.publish('version', { notebook, version }, notebook);
		}),
		versions.onDidMiss(({ notebook, unkept }) => events.publish('unkept', { notebook, unkept }, notebook)),
	];

	const startedAt = host.now().toISOString();
	const writeMetrics = () =>
		metrics.write([
			{ name: 'nightlog_jobs', help: 'Jobs by state.', values: countJobs(services) },
			{ name: 'nightlog_jobs_open', help: 'Jobs that are not over.', values: [{ labels: {}, value: jobs.openCount() }] },
			{ name: 'nightlog_event_clients', help: 'Clients that listen to events.', values: [{ labels: {}, value: events.clientCount }] },
			{ name: 'process_resident_memory_bytes', help: 'Resident memory.', values: [{ labels: {}, value: process.memoryUsage.rss() }] },
			{ name: 'process_start_time_seconds', help: 'Start, in seconds since 1970.', values: [{ labels: {}, value: Date.parse(startedAt) / 1000 }] },
		]);
	const bundles = new BundleStore(stateFolder, () => host.now());
	const validator = new RequestValidator();
	const app = buildApp({
		validator,
		handlers: {
			...systemHandlers({
				events,
				metrics: writeMetrics,
				health: () => ({
					status: 'ready',
					version: serverVersion,
					pid: identity.pid,
					host: identity.host,
					startedAt,
					openJobs: jobs.openCount(),
					stateFolder,
				}),
				backends: services.backends,
				async configuration(project) {
					const files = project === null ? configurationFiles(host.surroundings, null) : await configurationFilesAt(host.surroundings, project);
					const loaded = project === null ? options.loaded : await loadConfiguration(files);
					const { configuration, origins, findings } = await withNamedFilesChecked(loaded, host.surroundings.uid !== null);
					return {
						config: { ...configuration },
						origins: { ...origins },
						findings: [...findings],
						files: files.map(({ path: file, scope }) => ({ path: file, scope })),
					};
				},
			}),
			...jobHandlers(jobs),
			...versionHandlers(versions),
			...bundleHandlers(bundles),
		},
		transportOf: (request) => listeners.transportOf(request),
		onAnswered(record) {
			options.onUse();
			metrics.countRequest(record);
			log.write('info', 'request', { ...record });
		},
		onUnexpected: (error, requestId) => log.write('error', 'a request failed', { requestId, ...errorFields(error) }),
	});
	await app.ready();
	const listeners = new Listeners((request, response) => app.routing(request, response));
	const candidates =
		options.socket === null ? socketCandidates(stateFolder, host.surroundings, ownsStore) : [{ path: path.resolve(options.socket), folder: null }];
	const socket = await listeners.listenOnSocket(candidates, host.surroundings.uid);
	const token = options.port === null ? null : Buffer.from(host.random(32)).toString('base64url');
	const port = options.port === null || token === null ? null : await listeners.listenOnLoopback(options.port, token);
	const metricsServer = await listenForMetrics(options, writeMetrics);

	const record: ServerRecord = { format: 1, ...identity, version: serverVersion, socket, port, token, startedAt, stateFolder, ownsStore };
	const file = ownsStore
		? serverFile(stateFolder)
		: guestServerFile(stateFolder, path.dirname(socketCandidates(stateFolder, host.surroundings, false)[0]?.path ?? socket));
	await writeServerFile(file, record);
	log.write('info', 'ready', { version: serverVersion, pid: identity.pid, socket, port, ownsStore });
	host.startTimer(warmUpMs, () => void validator.load().catch(onError));
	const sweeping = ownsStore ? startSweeping(bundles, { startTimer: (delayMs, run) => host.startTimer(delayMs, run), onError }) : null;
	return {
		record,
		services,
		clientCount: () => events.clientCount,
		async close() {
			await removeServerFile(file, record);
			events.dispose();
			metricsServer?.close();
			metricsServer?.closeAllConnections();
			await listeners.close(closeGraceMs);
			for (const subscription of subscriptions) subscription.dispose();
			await snapshot?.dispose();
			await sweeping?.dispose();
			await services.dispose();
			await app.close();
		},
	};
}

function countJobs({ jobs }: Services): { labels: { state: JobState }; value: number }[] {
	const counts = new Map<JobState, number>(jobStates.map((state) => [state, 0]));
	for (const { state, count } of jobs.countByState()) counts.set(state, (counts.get(state) ?? 0) + count);
	return [...counts].map(([state, value]) => ({ labels: { state }, value }));
}
