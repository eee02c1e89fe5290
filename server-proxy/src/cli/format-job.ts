import { describeState } from '@nightlog/shared/jobs/describe-state';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { formatMemory, formatTime } from '@nightlog/shared/views/resource-text';
import { formatDuration } from '@nightlog/shared/views/time-words';
import { formatLocalTime } from './format-local-time.ts';
import { formatTable } from './format-table.ts';
import { visibleLines, visibleText } from './visible-text.ts';

/** How long a job has run, or ran; null before it started. */
export function elapsedSeconds(job: Pick<Job, 'startedAt' | 'endedAt'>, nowMs: number): number | null {
	if (job.startedAt === null) return null;
	const endMs = job.endedAt === null ? nowMs : Date.parse(job.endedAt);
	return Math.max(0, (endMs - Date.parse(job.startedAt)) / 1000);
}

/** Jobs as a table, in their order. */
export function formatJobs(jobs: readonly Job[], nowMs: number): string {
	const rows = jobs.map((job) => {
		const seconds = elapsedSeconds(job, nowMs);
		return [
			job.id,
			formatLocalTime(job.createdAt),
			job.backend,
			`${job.progress.done}/${job.progress.total}`,
			seconds === null ? '–' : formatDuration(seconds),
			job.name,
			describeState(job),
		];
	});
	return formatTable(['job', 'submitted', 'on', 'cells', 'time', 'name', 'state'], rows);
}

/** A job with everything that a person asks of it, one fact a line. */
export function formatJob(job: Job, nowMs: number): string {
	const seconds = elapsedSeconds(job, nowMs);
	const { cpus, memoryBytes, gpus, wallTimeSeconds } = job.resources;
	const resources = [
		cpus === null ? null : `${cpus} CPU`,
		memoryBytes === null ? null : formatMemory(memoryBytes),
		gpus === null ? null : `${gpus} GPU`,
		wallTimeSeconds === null ? null : formatTime(wallTimeSeconds),
	].filter((part) => part !== null);
	const facts: readonly (readonly [string, string | null])[] = [
		['job', job.id],
		['name', job.name],
		['state', describeState(job)],
		['as of', job.reachable === false ? formatLocalTime(job.stateAsOf) : null],
		['notebook', `${job.project}/${job.notebook}`],
		['version', job.version],
		['cells', job.cells === 'all' ? 'all' : job.cells.join(', ')],
		['parameters', Object.keys(job.parameters).length === 0 ? null : JSON.stringify(job.parameters)],
		['runs on', [job.backend, ...resources].join(', ')],
		['submitted', formatLocalTime(job.createdAt)],
		['started', job.startedAt === null ? null : `${formatLocalTime(job.startedAt)}${job.attempt > 1 ? ` (attempt ${job.attempt})` : ''}`],
		['ended', job.endedAt === null ? null : formatLocalTime(job.endedAt)],
		['time', seconds === null ? null : formatDuration(seconds)],
		['progress', `${job.progress.done} of ${job.progress.total} cells`],
		['error', job.error === null ? null : job.error.title],
		['result', job.result?.notebook ?? null],
		['kept until', job.expiresAt === null ? null : formatLocalTime(job.expiresAt)],
	];
	const lines = facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(10)}  ${visibleText(value)}\n`]));
	for (const file of job.result?.files ?? []) lines.push(`${'file'.padEnd(10)}  ${visibleText(file.link)} (${file.sizeBytes} bytes)\n`);
	if (typeof job.error?.detail === 'string') lines.push(`\n${visibleLines(job.error.detail.trimEnd())}\n`);
	return lines.join('');
}
