import type { JobId } from '@nightlog/shared/base/ids';
import type { Finding } from '@nightlog/shared/jobs/finding';
import type { Resources } from '@nightlog/shared/jobs/job-schema';
import type { RunnerJob } from '@nightlog/shared/jobs/runner-protocol';

/** What a backend is given to begin a job; all of it is on this machine's disk before `submit` is called. */
export interface BackendJob {
	readonly id: JobId;
	/** `nl-<ulid>`; the backend's own name for the job, by which it is found again. */
	readonly name: string;
	/** Absolute path of the job's folder here: `job.json`, `bundle/`, later events, result and receipt. */
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
	| { readonly state: 'running'; readonly startedAt: string | null; readonly reason: string | null }
	/** The process or allocation is over. How the notebook fared is in the receipt; `exit` is what the backend saw. */
	| {
			readonly state: 'ended';
			readonly exit: 'finished' | 'cancelled' | 'killed' | 'out-of-memory' | 'wall-time' | 'preempted' | 'unknown';
			readonly detail: string | null;
			readonly endedAt: string | null;
	  }
	| { readonly state: 'unknown' };

/** Where a job's handle at the backend is kept between runs of the server: small, JSON, without secrets. */
export type BackendHandle = Readonly<Record<string, string | number | boolean | null>>;

export interface BackendCapabilities {
	readonly cpuLimit: boolean;
	readonly memoryLimit: boolean;
	readonly gpus: boolean;
	readonly wallTime: boolean;
	/** Whether its jobs go on when the server ends. */
	readonly survivesServer: boolean;
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
	/** What would keep this request from running here. Changes nothing. */
	check(
		request: { readonly resources: Resources; readonly python: string | null; readonly kernelName: string | null },
		signal: AbortSignal,
	): Promise<readonly Finding[]>;
	/** Begins the job, or finds that it was begun before. */
	submit(job: BackendJob, signal: AbortSignal): Promise<BackendHandle>;
	/** Looks for a job by its name: after a crash between `submit` and the store's record of it. Null where the backend does not know it. */
	findByName(job: BackendJob, signal: AbortSignal): Promise<BackendHandle | null>;
	/** Asks for the state of these jobs in one go. */
	status(
		jobs: readonly { readonly id: JobId; readonly folder: string; readonly handle: BackendHandle }[],
		signal: AbortSignal,
	): Promise<ReadonlyMap<JobId, BackendStatus>>;
	/** Calls `onChange` when a status may have changed, sooner than the next poll would see; ends with the signal. */
	watch(onChange: (id: JobId | null) => void, signal: AbortSignal): void;
	/** Asks for the job's end; of a job that ended already it is no error. */
	cancel(job: { readonly id: JobId; readonly folder: string; readonly handle: BackendHandle }, signal: AbortSignal): Promise<void>;
	/** Brings events, log, result, receipt and files to the job's folder here; what is there already is not brought again. */
	collect(job: { readonly id: JobId; readonly folder: string; readonly handle: BackendHandle }, signal: AbortSignal): Promise<void>;
	/** Removes what is left of an ended job at the backend. The job's folder here is the caller's. */
	remove(job: { readonly id: JobId; readonly folder: string; readonly handle: BackendHandle }, signal: AbortSignal): Promise<void>;
	dispose(): Promise<void>;
}
