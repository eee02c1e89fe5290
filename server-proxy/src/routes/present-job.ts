import type { JobId } from '@nightlog/shared/base/ids';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { JobService } from '../services.ts';

/** A job as a client is told of it: where its results are as links below the server's root. */
export function jobWithLinks(job: Job): Job {
	if (job.result === null) return job;
	const { notebook, files } = job.result;
	const root = `/v1/jobs/${job.id}`;
	return {
		...job,
		result: {
			...job.result,
			notebook: notebook === null ? null : `${root}/result`,
			files: files.map((file) => ({ ...file, link: `${root}/files/${encodeURIComponent(file.path)}` })),
		},
	};
}

/** The same with absolute paths of this machine, where the files are there, and known here. */
export async function jobWithLocalPaths(job: Job, jobs: Pick<JobService, 'resultFile' | 'outputFile'>): Promise<Job> {
	const linked = jobWithLinks(job);
	if (linked.result === null) return linked;
	const id = job.id as JobId;
	const { notebook, files } = linked.result;
	const fileOf = (path: string) => unlessElsewhere(jobs.outputFile(id, path));
	return {
		...linked,
		result: {
			...linked.result,
			notebook: notebook === null ? null : ((await unlessElsewhere(jobs.resultFile(id))) ?? notebook),
			files: await Promise.all(files.map(async (file) => ({ ...file, link: (await fileOf(file.path)) ?? file.link }))),
		},
	};
}

/** Null where only the server of another machine knows: its jobs are shown all the same. */
async function unlessElsewhere(asked: Promise<string | null>): Promise<string | null> {
	try {
		return await asked;
	} catch (error) {
		if (isNightlogError(error, 'lease/elsewhere')) return null;
		throw error;
	}
}
