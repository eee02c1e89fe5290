import type { DatabaseSync } from 'node:sqlite';
import type { OperationOutput } from '@nightlog/shared/api/client';
import type { Configuration } from '../configuration/configuration-schema.ts';
import type { Log } from '../log/open-log.ts';
import type { JobService, VersionService } from '../services.ts';
import type { ServerHost } from './server-host.ts';

/** What the services are opened with. */
export interface ServiceContext {
	readonly stateFolder: string;
	/** Has all tables; in memory only where the server does not own the store. */
	readonly database: DatabaseSync;
	readonly configuration: Configuration;
	readonly host: ServerHost;
	readonly log: Log;
	/** Rejects when the store is no longer ours: nothing may be begun then. */
	readonly assertLease: () => Promise<void>;
	/** In place of jobs of its own, where the server does not own the store. */
	readonly guestJobs: JobService | null;
}

/** What a server serves. */
export interface Services {
	readonly versions: VersionService;
	readonly jobs: JobService;
	readonly backends: () => Promise<OperationOutput<'listBackends'>['backends']>;
	dispose(): Promise<void>;
}

/** Opens the services. */
export type OpenServices = (context: ServiceContext) => Promise<Services>;
