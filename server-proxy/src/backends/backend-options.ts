import type { Log } from '../log/open-log.ts';

/** A backend's part of the configuration, as far as it is known here. */
export interface BackendConfiguration {
	readonly type: string;
	/** Local: how many jobs run at a time. */
	readonly slots?: number;
	/** Local: absolute path of the Python for jobs. */
	readonly python?: string;
	/** Local: further environment variables that jobs get; a name may end in `*`. */
	readonly environment?: readonly string[];
	/** Local: whether the notebook's folder is read-only to all that a job starts, where this machine can do that. */
	readonly protectFolder?: boolean;
}

/** What every backend may use of the outside. */
export interface BackendOptions {
	/** Absolute path of `runner.pyz`. */
	readonly runner: string;
	/** The server's environment. */
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly log: Pick<Log, 'write'>;
	/** How long a job may take to save when it is cancelled, before it is killed. */
	readonly graceMs?: number;
}
