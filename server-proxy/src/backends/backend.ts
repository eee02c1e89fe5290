import type { JobId } from '@nightlog/shared/base/ids';
import type { Finding } from '@nightlog/shared/jobs/finding';
import type { BackendExit } from '@nightlog/shared/jobs/job-outcome';
import type { Resources } from '@nightlog/shared/jobs/job-schema';
import type { RunnerJob } from '@nightlog/shared/jobs/runner-protocol';

/** What a backend is given to begin a job; all of it is on this machine's disk before `submit` is called. */
export interface BackendJob {
	readonly id: JobId;
	/** `nl-<ulid>`; the backend's own name for the job, by which it is found again. */
	readonly name: string;
	/** Absolute path of the job's folder here: `job.json`, `tree/`, later events, result and receipt. */
	readonly folder: string;
	readonly runnerJob: RunnerJob;
	readonly resources: Resources;
	/** Absolute path of the project and of the notebook's folder at home. */
	readonly project: string;
	readonly notebookFolder: string;
	/** Absolute path of the Python that runs the runner; null where the backend chooses. */
	readonly python: string | null;
}

/** What a backend knows of a job when it is asked. `unknown` means asked and not known there: it is not a failure. */
export type BackendStatus =
	| { readonly state: 'queued'; readonly reason: string | null }
	/** It is certain that it never began, and it will not: its machine was started anew while it waited. It is to be submitted again. */
	| { readonly state: 'not-begun' }
	| { readonly state: 'running'; readonly startedAt: string | null; readonly reason: string | null }
	/** The process or allocation is over. How the notebook fared is in the receipt; `exit` is what the backend saw. */
	| {
			readonly state: 'ended';
			readonly exit: BackendExit;
			readonly detail: string | null;
			readonly endedAt: string | null;
	  }
	| { readonly state: 'unknown' };

/** Where a job's handle at the backend is kept between runs of the server: small, JSON, without secrets. */
export type BackendHandle = Readonly<Record<string, string | number | boolean | null>>;

/** A job that was begun, as the store remembers it. */
export interface BegunJob {
	readonly id: JobId;
	/** Absolute path of the job's folder here. */
	readonly folder: string;
	readonly handle: BackendHandle;
}

/** What a backend can hold a job to; what it cannot is not offered. */
export interface BackendCapabilities {
	readonly cpuLimit: boolean;
	readonly memoryLimit: boolean;
	readonly gpus: boolean;
	readonly wallTime: boolean;
	/** Whether its jobs go on when the server ends. */
	readonly survivesServer: boolean;
}

/** The most that one job can have there; null where there is no limit, or none that is known. */
export interface BackendLimits {
	readonly cpus: number | null;
	readonly memoryBytes: number | null;
	readonly gpus: number | null;
	readonly wallTimeSeconds: number | null;
	/** How many jobs run at a time. */
	readonly slots: number | null;
}

/**
 * A place where jobs run.
 *
 * Promises: `submit` for one name twice begins one job (it looks for the name first); no method changes a job that is not named `nl-…` by this person's
 * server; a backend that cannot be asked throws `backend/unreachable` (retryable) and never answers `unknown`; every call ends soon after its signal.
 */
export interface Backend {
	readonly name: string;
	readonly type: 'local' | 'slurm' | 'kubernetes';
	readonly capabilities: BackendCapabilities;
	readonly limits: BackendLimits;
	/** Why its jobs end with the session in which this server runs, in a sentence; null where nothing is known that ends them. */
	readonly endsWithSession: string | null;
	/** How long to wait between two polls while nothing changes, in milliseconds; `watch` makes it sooner. */
	readonly pollMs: number;
	/** What would keep this request from running here. Changes nothing. */
	check(
		request: { readonly resources: Resources; readonly python: string | null; readonly kernelName: string | null },
		signal: AbortSignal,
	): Promise<readonly Finding[]>;
	/** Begins the job, or finds that it was begun before. */
	submit(job: BackendJob, signal: AbortSignal): Promise<BackendHandle>;
	/** Looks for a job by its name: after a crash between `submit` and the store's record of it. Null where the backend does not know it. */
	findByName(job: BackendJob, signal: AbortSignal): Promise<BackendHandle | null>;
	/**
	 * Asks for the state of these jobs in one go; a job that the answer leaves out is unknown. After a start of the server this is also how the backend
	 * learns of the jobs that were begun before: it is asked for all of them before the first `submit`.
	 */
	status(jobs: readonly BegunJob[], signal: AbortSignal): Promise<ReadonlyMap<JobId, BackendStatus>>;
	/** Calls `onChange` when a status may have changed, sooner than the next poll would see; ends with the signal. */
	watch(onChange: (id: JobId | null) => void, signal: AbortSignal): void;
	/** Asks for the job's end and returns soon: it is over when its status says so. Of a job that ended already, and asked twice, it is no error. */
	cancel(job: BegunJob, signal: AbortSignal): Promise<void>;
	/** Brings events, log, result, receipt and files to the job's folder here; what is there already is not brought again. */
	collect(job: BegunJob, signal: AbortSignal): Promise<void>;
	/** Removes what is left of an ended job at the backend, when its end is stored. The job's folder here is the caller's. Twice is no error. */
	remove(job: BegunJob, signal: AbortSignal): Promise<void>;
	dispose(): Promise<void>;
}
