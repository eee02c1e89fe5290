import { type Job, PrintedJob } from '@nightlog/shared/jobs/job-schema';

const fields = Object.keys(PrintedJob.properties) as (keyof PrintedJob)[];

/** What `--json` shows of a job: the fields that are promised, whatever more a server tells. */
export function printedJob(job: Job): PrintedJob {
	return Object.fromEntries(fields.map((field) => [field, job[field]])) as PrintedJob;
}
