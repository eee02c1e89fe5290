import { NightlogError } from '@nightlog/shared/base/nightlog-error';

/** Set in all that a job starts: by whoever starts its runner, and by the runner for its kernel (`main.py`). */
const jobVariables = ['NIGHTLOG_JOB', 'NIGHTLOG_KERNEL_OF'] as const;

/** Whether this process belongs to a job. A server that it started would be ended with the job, and all jobs with it, and would see files as the job does. */
export function isInsideJob(env: Readonly<Record<string, string | undefined>>): boolean {
	return jobVariables.some((name) => env[name]);
}

/** @throws NightlogError `server/inside-job` (503) where this process belongs to a job */
export function assertOutsideJob(env: Readonly<Record<string, string | undefined>>): void {
	if (!isInsideJob(env)) return;
	throw new NightlogError(
		'server/inside-job',
		'No Nightlog server is started or replaced from inside a job, with which it would end. Run `nightlog serve --detach` in a terminal first; then this works in the job, too.',
		{ status: 503 },
	);
}
