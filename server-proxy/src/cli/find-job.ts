import type { Client } from '@nightlog/shared/api/client';
import { isJobId, type JobId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Job } from '@nightlog/shared/jobs/job-schema';

const shortest = 4;

/**
 * The id of a job that a person named by its id or by the end of it, of 4 characters or more (the beginning is a time, and alike in neighbours).
 *
 * @throws NightlogError `job/not-found` (404) or `command/ambiguous-job` (400)
 */
export async function resolveJobId(client: Client, name: string, signal: AbortSignal): Promise<JobId> {
	const lower = name.toLowerCase();
	if (isJobId(lower)) return lower;
	const found: string[] = [];
	if (/^[0-9a-z]+$/.test(lower) && lower.length >= shortest) {
		for await (const job of allJobs(client, {}, signal)) if (job.id.endsWith(lower)) found.push(job.id);
	}
	const [only, ...others] = found;
	if (only === undefined) throw new NightlogError('job/not-found', `There is no job "${name}"; see "nightlog jobs".`, { status: 404 });
	if (others.length > 0) {
		throw new NightlogError('command/ambiguous-job', `Several jobs end with ${name}; give more of the id.`, { status: 400, data: { jobs: found } });
	}
	return only as JobId;
}

/** What narrows a list of jobs. */
export interface JobFilter {
	readonly notebook?: string;
	readonly state?: Job['state'];
	readonly backend?: string;
	readonly search?: string;
}

/** Jobs, newest first, page by page. */
export async function* allJobs(client: Client, filter: JobFilter, signal: AbortSignal, pageSize = 500): AsyncGenerator<Job> {
	let cursor: string | null = null;
	do {
		const page: { jobs: Job[]; next: string | null } = await client.call('listJobs', {
			query: { ...filter, limit: pageSize, ...(cursor === null ? {} : { cursor }) },
			signal,
		});
		yield* page.jobs;
		cursor = page.next;
	} while (cursor !== null);
}
