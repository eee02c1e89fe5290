import { assertNever } from '../base/assert-never.ts';
import type { Job } from './job-schema.ts';
import type { ExitReason, Receipt } from './runner-protocol.ts';

/** How a backend saw a job end. */
export type BackendExit = 'finished' | 'cancelled' | 'killed' | 'out-of-memory' | 'wall-time' | 'disk-full' | 'preempted' | 'unknown';

/** What is known when a job is over. */
export interface JobEnd {
	/** What the job left; null where there is none, or none that can be read. */
	readonly receipt: Pick<Receipt, 'exit'> | null;
	readonly exit: BackendExit;
	/** What the backend adds in words. */
	readonly detail: string | null;
	readonly cancelRequested: boolean;
}

/** How a job ended: its last state and, where it did not succeed, why. */
export interface JobOutcome {
	readonly state: 'succeeded' | 'failed' | 'cancelled';
	readonly reason: string | null;
	readonly error: Job['error'];
}

/**
 * The last state of a job that is over. The receipt decides; without one a job never counts as succeeded, whatever the backend says.
 */
export function jobOutcome(end: JobEnd): JobOutcome {
	if (end.receipt === null) return outcomeWithoutReceipt(end);
	const { reason, title, detail } = end.receipt.exit;
	switch (reason) {
		case 'completed':
			return { state: 'succeeded', reason: null, error: null };
		case 'cancelled':
			// Preemption, a requeue and a shutdown reach the runner as the same signal: only what was asked for counts as cancelled by its word.
			if (end.cancelRequested || end.exit === 'cancelled') return outcomeWithoutReceipt(end);
			return end.exit === 'finished' || end.exit === 'unknown'
				? failed('stopped', 'The job was told to stop, and not by Nightlog; what it had finished is here.', end.detail ?? detail)
				: outcomeWithoutReceipt(end);
		case 'kernel-died':
		case 'runner-error':
			if (end.exit === 'out-of-memory') return failed('out-of-memory', withoutMemory, end.detail ?? detail);
			return failed(reason, title || titles[reason], detail);
		case 'cell-error':
		case 'kernel-missing':
		case 'kernel-hangs':
		case 'input-requested':
		case 'wall-time':
		case 'cell-timeout':
		case 'out-of-memory':
		case 'disk-full':
			return failed(reason, title || titles[reason], detail);
		default:
			return assertNever(reason);
	}
}

const withoutMemory = 'The job was stopped because it used more memory than it may; ask for more and run it again.';

const titles: Readonly<Record<Exclude<ExitReason, 'completed' | 'cancelled'>, string>> = {
	'cell-error': 'A cell raised an error.',
	'kernel-died': 'The kernel died.',
	'kernel-missing': 'The kernel is not installed where the job ran.',
	'kernel-hangs': 'The kernel did not answer any more.',
	'input-requested': 'A cell asked for input, which a job cannot give.',
	'wall-time': 'The job ran out of its time; ask for more and run it again.',
	'cell-timeout': 'A cell ran longer than it may.',
	'out-of-memory': withoutMemory,
	'disk-full': 'The disk was full.',
	'runner-error': 'The runner could not go on.',
};

function outcomeWithoutReceipt(end: JobEnd): JobOutcome {
	if (end.cancelRequested || end.exit === 'cancelled') {
		return { state: 'cancelled', reason: end.cancelRequested ? 'Cancelled as asked.' : (end.detail ?? 'Cancelled at the backend.'), error: null };
	}
	switch (end.exit) {
		case 'out-of-memory':
			return failed('out-of-memory', withoutMemory, end.detail);
		case 'wall-time':
			return failed('wall-time', titles['wall-time'], end.detail);
		case 'disk-full':
			return failed(
				'disk-full',
				'The disk with the job’s folder was full; free some space and run it again. What had been saved is here.',
				end.detail,
			);
		case 'preempted':
			return failed('preempted', 'The backend took the job off its machine and did not begin it again.', end.detail);
		case 'killed':
			return failed('killed', 'The job was killed before it ended; what it had saved is here.', end.detail);
		case 'finished':
		case 'unknown':
			return failed('no-receipt', 'The job ended without a run record; what it had saved is here.', end.detail);
		default:
			return assertNever(end.exit);
	}
}

function failed(what: string, title: string, detail: string | null): JobOutcome {
	return { state: 'failed', reason: title, error: { type: `job/${what}`, title, detail } };
}
