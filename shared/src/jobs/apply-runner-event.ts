import { type ExitReason, exitReasons } from './runner-protocol.ts';

/** What a job's event lines have told so far. */
export interface RunnerProgress {
	/** Sequence number of the last line that counted; 0 before the first. */
	readonly seq: number;
	/** The attempt that runs or ran; 0 before the first `started`. */
	readonly attempt: number;
	/** Code cells that ended in this attempt. */
	readonly done: number;
	/** Code cells to run; null before `started`. */
	readonly total: number | null;
	/** When the first attempt started, by the clock of the machine that runs the job; null before. */
	readonly startedAt: string | null;
	/** The cell that runs now; null between cells. */
	readonly cell: string | null;
	/** How the run ended, as the runner saw it; null while it has not said so. */
	readonly ended: { readonly reason: ExitReason; readonly title: string; readonly detail: string | null; readonly at: string } | null;
}

/** Progress before the first event. */
export const noProgress: RunnerProgress = { seq: 0, attempt: 0, done: 0, total: null, startedAt: null, cell: null, ended: null };

/**
 * Progress after one event. An event that was seen before (by `seq`), that is not one, or whose kind is unknown changes nothing but, where it
 * has one, the sequence number: a newer runner may say more than this reader knows.
 */
export function applyRunnerEvent(progress: RunnerProgress, event: unknown): RunnerProgress {
	if (typeof event !== 'object' || event === null) return progress;
	const fields = event as Readonly<Record<string, unknown>>;
	const seq = countOf(fields.seq);
	if (seq === null || seq <= progress.seq) return progress;
	const next = { ...progress, seq };
	switch (fields.kind) {
		case 'started':
			return {
				...next,
				attempt: countOf(fields.attempt) ?? progress.attempt + 1,
				total: countOf(fields.total) ?? progress.total,
				done: 0,
				cell: null,
				ended: null,
				startedAt: progress.startedAt ?? textOf(fields.time),
			};
		case 'cell-started':
			return { ...next, cell: textOf(fields.cell) };
		case 'cell-ended':
			return { ...next, cell: null, done: Math.max(progress.done, countOf(fields.done) ?? progress.done + 1) };
		case 'ended': {
			const reason = exitReasons.find((known) => known === fields.reason) ?? 'runner-error';
			return {
				...next,
				cell: null,
				ended: { reason, title: textOf(fields.title) ?? '', detail: textOf(fields.detail), at: textOf(fields.time) ?? '' },
			};
		}
		default:
			return next;
	}
}

function countOf(value: unknown): number | null {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function textOf(value: unknown): string | null {
	return typeof value === 'string' ? value : null;
}
