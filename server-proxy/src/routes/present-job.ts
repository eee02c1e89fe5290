import type { JobId } from '@nightlog/shared/base/ids';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { JobService } from '../services.ts';

/**
 * A job as a client is told of it: where its results are as links below the server's root, or as absolute paths of this machine, where `local` is given
 * and the file is there.
 */
export async function presentJob(job: Job, local: Pick<JobService, 'resultFile' | 'outputFile'> | null): Promise<Job> {
	if (job.result === null) return job;
	const id = job.id as JobId;
	const { notebook, version, files } = job.result;
	return {
		...job,
		result: {
			notebook: notebook === null ? null : ((await local?.resultFile(id)) ?? `/v1/jobs/${id}/result`),
			version,
			files: await Promise.all(
				files.map(async (file) => ({
					...file,
					link: (await local?.outputFile(id, file.path)) ?? `/v1/jobs/${id}/files/${encodeURIComponent(file.path)}`,
				})),
			),
		},
	};
}
