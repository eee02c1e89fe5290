import path from 'node:path';
import { isJobId, type JobId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Handlers } from '../server/operation.ts';
import type { JobService } from '../services.ts';
import { jobWithLinks, jobWithLocalPaths } from './present-job.ts';

type JobOperation =
	| 'checkJob'
	| 'submitJob'
	| 'listJobs'
	| 'getJob'
	| 'cancelJob'
	| 'rerunJob'
	| 'deleteJob'
	| 'getJobLog'
	| 'getJobEvents'
	| 'getJobResult'
	| 'getJobReceipt'
	| 'getJobFile';

/** The operations on jobs. */
export function jobHandlers(jobs: JobService): Pick<Handlers, JobOperation> {
	const present = async (job: Job, local: boolean) => (local ? jobWithLocalPaths(job, jobs) : jobWithLinks(job));
	return {
		checkJob: async ({ body, signal }) => ({ status: 200, body: { findings: await jobs.check(body, signal) } }),
		async submitJob({ headers, body, signal, localPaths }) {
			const { job, created } = await jobs.submit(body, headers['idempotency-key'], signal);
			return { status: created ? 202 : 200, body: await present(job, localPaths) };
		},
		async listJobs({ query, localPaths }) {
			const { limit = 100, ...filter } = query;
			if (filter.cursor !== undefined && !isJobId(filter.cursor)) throw badCursor();
			const { jobs: found, next } = jobs.list({ ...filter, limit });
			return { status: 200, body: { jobs: await Promise.all(found.map((job) => present(job, localPaths))), next } };
		},
		getJob: async ({ params, localPaths }) => ({ status: 200, body: await present(jobs.get(params.id as JobId), localPaths) }),
		cancelJob: async ({ params, signal, localPaths }) => ({
			status: 202,
			body: await present(await jobs.cancel(params.id as JobId, signal), localPaths),
		}),
		async rerunJob({ params, headers, body, signal, localPaths }) {
			const { job, created } = await jobs.rerun(params.id as JobId, body, headers['idempotency-key'], signal);
			return { status: created ? 202 : 200, body: await present(job, localPaths) };
		},
		async deleteJob({ params, signal }) {
			await jobs.delete(params.id as JobId, signal);
			return { status: 204, body: null };
		},
		async getJobLog({ params }) {
			const file = await jobs.logFile(params.id as JobId);
			if (file === null) return { status: 200, content: { kind: 'bytes', bytes: '' } };
			return { status: 200, content: { kind: 'file', path: file, fileName: `nl-${params.id}.log` } };
		},
		getJobEvents: async ({ params, query }) => ({ status: 200, body: { events: await jobs.events(params.id as JobId, query.after ?? 0) } }),
		async getJobResult({ params }) {
			const job = jobs.get(params.id as JobId);
			const file = await jobs.resultFile(params.id as JobId);
			if (file === null) throw notThere('job/no-result', 'This job has no executed notebook yet, or it is kept no longer.');
			return { status: 200, content: { kind: 'file', path: file, fileName: path.basename(job.notebook) } };
		},
		async getJobReceipt({ params }) {
			const receipt = await jobs.receipt(params.id as JobId);
			if (receipt === null) throw notThere('job/no-receipt', 'This job has no run record yet, or it is kept no longer.');
			return { status: 200, body: receipt };
		},
		async getJobFile({ params }) {
			const file = isInside(params.path) ? await jobs.outputFile(params.id as JobId, params.path) : null;
			if (file === null) throw notThere('job/no-such-file', 'This job wrote no such file, or it is kept no longer.');
			return { status: 200, content: { kind: 'file', path: file, fileName: path.basename(params.path) } };
		},
	};
}

/** What a job wrote beside the notebook's folder is named with `..`; the service knows which of these are its own. */
function isInside(file: string): boolean {
	return !file.includes('\0') && !path.isAbsolute(file);
}

function notThere(code: string, message: string): NightlogError {
	return new NightlogError(code, message, { status: 404 });
}

function badCursor(): NightlogError {
	return new NightlogError('job/bad-cursor', 'This is not the mark of a page of jobs; begin again without it.', {
		status: 400,
		errors: [{ path: '/cursor', message: 'Take `next` of the page before.' }],
	});
}
