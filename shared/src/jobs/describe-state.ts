import { assertNever } from '../base/assert-never.ts';
import type { Job } from './job-schema.ts';

/** What a job's state reads like on a screen, without its progress. */
export function describeState(job: Pick<Job, 'state' | 'reason' | 'reachable' | 'cancelRequestedAt' | 'backend'>): string {
	const age = job.reachable === false ? `, ${job.backend} cannot be asked now` : '';
	switch (job.state) {
		case 'accepted':
		case 'submitted':
		case 'queued':
			return `${job.cancelRequestedAt === null ? 'waiting' : 'being cancelled'}${job.reason === null ? '' : `: ${job.reason}`}${age}`;
		case 'running':
			return `${job.cancelRequestedAt === null ? 'running' : 'being cancelled'}${age}`;
		case 'succeeded':
			return 'succeeded';
		case 'failed':
			return job.reason === null ? 'failed' : `failed: ${job.reason}`;
		case 'cancelled':
			return 'cancelled';
		case 'lost':
			return `no longer known to ${job.backend}; what it saved is here`;
		default:
			return assertNever(job.state);
	}
}
