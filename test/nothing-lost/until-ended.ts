import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { isFinalState } from '@nightlog/shared/jobs/job-states';

/** A job of a test takes seconds; on a busy machine it may be many times that. */
const patienceMs = 300_000;

/** The job when it has ended, or when `isReached` says so; null when that did not happen for so long that it is stuck. */
export async function untilEnded(
	server: { readonly call: (path: string) => Promise<{ json<T>(): T }> },
	id: string,
	isReached: (job: Job) => boolean = ({ state }) => isFinalState(state),
): Promise<Job | null> {
	const until = performance.now() + patienceMs;
	while (performance.now() < until) {
		const job = (await server.call(`/v1/jobs/${id}`)).json<Job>();
		if (isReached(job)) return job;
		await sleep(50);
	}
	return null;
}
