import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { isFinalState } from '@nightlog/shared/jobs/job-states';
import type { TestServer } from '../support/start-server.ts';

/** The job when it has ended, or when `isReached` says so; null when that did not happen within two minutes. */
export async function untilEnded(
	server: Pick<TestServer, 'call'>,
	id: string,
	isReached: (job: Job) => boolean = ({ state }) => isFinalState(state),
): Promise<Job | null> {
	const until = performance.now() + 120_000;
	while (performance.now() < until) {
		const job = (await server.call(`/v1/jobs/${id}`)).json<Job>();
		if (isReached(job)) return job;
		await sleep(50);
	}
	return null;
}
