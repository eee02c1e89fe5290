import path from 'node:path';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { type JobState, jobStates } from '@nightlog/shared/jobs/job-states';
import type { CommandContext } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { allJobs, type JobFilter, resolveJobId } from '../find-job.ts';
import { formatJob, formatJobs } from '../format-job.ts';
import { invalidOption } from '../parse-resources.ts';
import { printedJob } from '../printed-job.ts';

export interface JobsOptions {
	readonly limit?: string;
	readonly state?: string;
	readonly notebook?: string;
	readonly backend?: string;
	readonly search?: string;
	readonly json?: boolean;
}

/** How many jobs a person is shown where nothing was said; a script gets all. */
const shownToPeople = 30;

/** Reads `--limit`. */
export function parseLimit(text: string): number {
	const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
	if (limit < 1) throw invalidOption('--limit', text, '20');
	return limit;
}

function filterOf(context: CommandContext, options: JobsOptions): JobFilter {
	if (options.state !== undefined && !(jobStates as readonly string[]).includes(options.state)) {
		throw invalidOption('--state', options.state, jobStates.join(', '));
	}
	return {
		...(options.state === undefined ? {} : { state: options.state as JobState }),
		...(options.notebook === undefined ? {} : { notebook: path.resolve(context.currentFolder, options.notebook) }),
		...(options.backend === undefined ? {} : { backend: options.backend }),
		...(options.search === undefined ? {} : { search: options.search }),
	};
}

/** `jobs`: newest first. */
export async function jobs(context: CommandContext, options: JobsOptions): Promise<number> {
	const filter = filterOf(context, options);
	const json = options.json === true;
	const limit = options.limit !== undefined ? parseLimit(options.limit) : json ? Number.POSITIVE_INFINITY : shownToPeople;
	const { client } = await context.connect();
	const found: Job[] = [];
	let more = false;
	for await (const job of allJobs(client, filter, context.signal, Math.min(500, limit + 1))) {
		if (found.length >= limit) {
			more = true;
			break;
		}
		found.push(job);
	}
	if (json) context.terminal.write(`${JSON.stringify(found.map(printedJob))}\n`);
	else {
		context.terminal.write(found.length === 0 ? 'No jobs.\n' : formatJobs(found, context.nowMs()));
		if (more) context.terminal.writeError(`There are more; see them with --limit ${limit * 10}.\n`);
	}
	return exitCodes.done;
}

/** `job ID`. */
export async function job(context: CommandContext, operand: string, options: { readonly json?: boolean }): Promise<number> {
	const { client } = await context.connect();
	const id = await resolveJobId(client, operand, context.signal);
	print(context, await client.call('getJob', { params: { id }, signal: context.signal }), options);
	return exitCodes.done;
}

/** `cancel ID`: asks for the job's end; it is over when its state says so. */
export async function cancel(context: CommandContext, operand: string, options: { readonly json?: boolean }): Promise<number> {
	const { client } = await context.connect();
	const id = await resolveJobId(client, operand, context.signal);
	const asked = await client.call('cancelJob', { params: { id }, signal: context.signal });
	if (options.json === true) print(context, asked, options);
	else context.terminal.write(asked.endedAt === null ? `${asked.id}  asked to end\n` : `${asked.id}  had ended: ${asked.state}\n`);
	return exitCodes.done;
}

/** `delete ID`: removes an ended job from the list, with its log and its files; its versions stay. */
export async function deleteJob(context: CommandContext, operand: string, options: { readonly json?: boolean }): Promise<number> {
	const { client } = await context.connect();
	const id = await resolveJobId(client, operand, context.signal);
	// Deleting what is not there is no error of the API, and nothing to be called deleted.
	const { version, result } = await client.call('getJob', { params: { id }, signal: context.signal });
	await client.call('deleteJob', { params: { id }, signal: context.signal });
	const resultVersion = result?.version ?? null;
	if (options.json === true) context.terminal.write(`${JSON.stringify({ id, version, result: resultVersion })}\n`);
	else {
		const kept = resultVersion === null ? '' : `, and its result as version ${resultVersion.slice(0, 10)}`;
		context.terminal.write(`${id}  deleted, with its log and its files\nWhat it ran stays as version ${version.slice(0, 10)}${kept}\n`);
	}
	return exitCodes.done;
}

function print(context: CommandContext, found: Job, options: { readonly json?: boolean }): void {
	context.terminal.write(options.json === true ? `${JSON.stringify(printedJob(found))}\n` : formatJob(found, context.nowMs()));
}
