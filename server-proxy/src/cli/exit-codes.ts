import { isNightlogError } from '@nightlog/shared/base/nightlog-error';

/** What the command line's exit tells a script. */
export const exitCodes = {
	done: 0,
	/** The job failed, was cancelled or lost. */
	jobFailed: 1,
	/** Bad input; nothing was stored. */
	badInput: 2,
	/** No server could be reached, or it could not do its work. */
	noServer: 3,
	/** Ctrl-C; a job that was waited for goes on. */
	interrupted: 130,
} as const;

/** Thrown, as the reason of the signal, when the person pressed Ctrl-C. */
export class Interrupted extends Error {
	override readonly name = 'Interrupted';
}

/** The exit code that says the same as an error. */
export function exitCodeOf(error: unknown): number {
	if (error instanceof Interrupted) return exitCodes.interrupted;
	return isNightlogError(error) && error.status < 500 ? exitCodes.badInput : exitCodes.noServer;
}
