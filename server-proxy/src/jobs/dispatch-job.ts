import type { CommitOid, JobId } from '@nightlog/shared/base/ids';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { isFinalState } from '@nightlog/shared/jobs/job-states';
import type { Backend, BackendHandle, BackendJob } from '../backends/backend.ts';
import { step } from '../durable/crash-points.ts';
import { isDiskFull } from '../durable/file-errors.ts';
import { errorFields } from '../log/open-log.ts';
import { isoTime } from './job-clock.ts';
import type { JobContext } from './job-context.ts';
import { jobFolder } from './job-folder.ts';
import type { JobRecord } from './job-record.ts';
import { prepareFolder, runnerJobOf } from './prepare-folder.ts';

/** What became of an attempt to hand a job to its backend. */
export type DispatchResult =
	/** The backend has it, or it has ended. */
	| 'settled'
	/** Try again after a while. */
	| 'later'
	/** The store is no longer ours: do nothing more. */
	| 'lease-lost';

const mostFailures = 5;

/**
 * Hands an accepted job to its backend, once: it looks for the job's name there before it begins one, so that a server which was killed at any point
 * of this finds what it had begun.
 */
export async function dispatchJob(context: JobContext, backend: Backend, id: JobId): Promise<DispatchResult> {
	const { book } = context;
	const record = book.get(id);
	if (record === null || !isToDispatch(record)) return 'settled';
	const places = jobFolder(context.stateFolder, id);
	const job = backendJobOf(context, record);
	try {
		if (record.job.cancelRequestedAt === null && record.work.givenUp === null) {
			await prepareFolder(
				places,
				record,
				() => context.versions.content(record.job.version as CommitOid, record.work.notebookPath, context.signal),
				context,
			);
		}
		const found = await step('dispatch/find', () => backend.findByName(job, context.signal));
		if (found !== null) return recordHandle(context, id, found);
		try {
			await step('dispatch/lease', () => context.assertLease());
		} catch (error) {
			context.log.write('error', 'the store is no longer ours; nothing more is dispatched', { job: id, ...errorFields(error) });
			return 'lease-lost';
		}
		const now = book.get(id);
		if (now === null || !isToDispatch(now)) return 'settled';
		if (now.job.cancelRequestedAt !== null) return endUnbegun(context, id, { state: 'cancelled', reason: 'Cancelled before it began.', error: null });
		if (now.work.givenUp !== null) return endUnbegun(context, id, { state: 'failed', reason: now.work.givenUp.title, error: now.work.givenUp });
		const handle = await step('dispatch/submit', () => backend.submit(job, context.signal));
		return recordHandle(context, id, handle);
	} catch (error) {
		if (!context.signal.aborted) noteFailure(context, id, error);
		return 'later';
	}
}

/** What a backend is told of a job. */
export function backendJobOf(context: JobContext, record: JobRecord): BackendJob {
	const places = jobFolder(context.stateFolder, record.job.id);
	return {
		id: record.job.id,
		name: `nl-${record.job.id}`,
		folder: places.folder,
		runnerJob: runnerJobOf(places, record),
		resources: record.job.resources,
		project: record.job.project,
		notebookFolder: record.work.notebookPath.slice(0, Math.max(1, record.work.notebookPath.lastIndexOf('/'))),
		python: record.work.python,
	};
}

/** Whether the job waits to be handed to its backend: for the first time, or again because it is certain that it never began there. */
export function isToDispatch({ job, work, stage }: JobRecord): boolean {
	return stage === 'open' && work.handle === null && !isFinalState(job.state);
}

/** Stores that the backend has the job. */
export function recordHandle(context: JobContext, id: JobId, handle: BackendHandle): DispatchResult {
	const state = context.book.get(id)?.job.state;
	context.book.change(id, {
		job: {
			state: state === undefined || state === 'accepted' ? 'submitted' : state,
			reason: null,
			reachable: true,
			stateAsOf: isoTime(context.clock.now()),
		},
		work: { handle, failures: 0 },
	});
	return 'settled';
}

function endUnbegun(context: JobContext, id: JobId, end: Pick<JobRecord['job'], 'state' | 'reason' | 'error'>): DispatchResult {
	const now = isoTime(context.clock.now());
	const expiresAt = isoTime(context.clock.now() + context.retentionDays * 86_400_000);
	context.book.change(id, { stage: 'done', job: { ...end, stateAsOf: now, endedAt: now, expiresAt } });
	return 'settled';
}

/** It is tried again, or given up; in either case the next attempt begins with looking for it, for it may have begun all the same. */
function noteFailure(context: JobContext, id: JobId, error: unknown): void {
	const failures = (context.book.get(id)?.work.failures ?? 0) + 1;
	context.log.write('warning', 'a job could not be handed to its backend', { job: id, failures, ...errorFields(error) });
	const wait = (reason: string, reachable: boolean | null) => context.book.change(id, { job: { reason, reachable }, work: { failures } });
	if (isNightlogError(error, 'backend/unreachable')) wait(error.message, false);
	else if (isDiskFull(error)) wait('The disk is full: free some space; it is tried again by itself.', null);
	else if (isNightlogError(error) ? error.retryable : failures < mostFailures)
		wait(`It could not be begun yet and is tried again: ${messageOf(error)}`, null);
	else {
		const givenUp = isNightlogError(error)
			? { type: error.code, title: error.message, detail: null }
			: { type: 'job/not-begun', title: 'The job could not be begun.', detail: messageOf(error) };
		context.book.change(id, { work: { failures, givenUp } });
	}
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
