import type { JobId } from '@nightlog/shared/base/ids';
import type { BackendExit } from '@nightlog/shared/jobs/job-outcome';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { BackendHandle } from '../backends/backend.ts';

/**
 * How far the server is with a job, beside the state that people see: `open` until the backend says it is over, `ending` while what it left is read,
 * `keeping` while its result is not yet a version, `releasing` until nothing of it is left at the backend, `done`, then `expired` without its folder.
 * `deleting` hides it and is followed by nothing.
 */
export type JobStage = 'open' | 'ending' | 'keeping' | 'releasing' | 'done' | 'expired' | 'deleting';

/** What the server needs to bring a job to its end and to begin it anew, and nobody else. */
export interface JobWork {
	/** Absolute path of the notebook. */
	readonly notebookPath: string;
	/** Absolute path of the Python that runs the runner; null where the backend chooses. */
	readonly python: string | null;
	/** The Python that the request named; null where it named none. */
	readonly requestedPython: string | null;
	readonly kernelName: string | null;
	/** Whether the Python's own kernel runs it, whatever `kernelName` says; absent in what was stored before there was a choice. */
	readonly nativeKernel?: boolean | undefined;
	/** The cell that sets the parameters; null where none is injected. */
	readonly injected: { readonly source: string; readonly index: number; readonly replaces: boolean } | null;
	/** Relative paths that the code or the parameters name and that lead out of the project. */
	readonly outside: readonly string[];
	readonly handle: BackendHandle | null;
	/** How the backend saw it end, kept because a backend forgets. */
	readonly end: { readonly exit: BackendExit; readonly detail: string | null; readonly endedAt: string | null } | null;
	/** How often beginning it, or keeping its result, failed for a reason that may pass. */
	readonly failures: number;
	/** Why it will not be begun: it ends as failed once the backend does not know it either. */
	readonly givenUp: Job['error'];
}

/** A job as the store has it. */
export interface JobRecord {
	readonly job: Job & { readonly id: JobId };
	readonly work: JobWork;
	readonly stage: JobStage;
}

/** Whether the job is the backend's: it is asked for its state. */
export function isOpen(record: JobRecord): boolean {
	return record.stage === 'open' && record.job.state !== 'lost';
}
