import { assertNever } from '@nightlog/shared/base/assert-never';
import type { JobId } from '@nightlog/shared/base/ids';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { formatDuration } from '@nightlog/shared/views/time-words';
import type { CommandContext, ServerConnection } from './command-context.ts';
import { exitCodes, Interrupted } from './exit-codes.ts';
import { followJob } from './follow-job.ts';
import { elapsedSeconds } from './format-job.ts';
import { printedJob } from './printed-job.ts';
import { ProgressLines } from './progress-lines.ts';
import { colour } from './terminal.ts';
import { visibleLines, visibleText } from './visible-text.ts';

/** The exit code for how a job ended, or stands. */
export function exitCodeOfJob(job: Pick<Job, 'state'>): number {
	switch (job.state) {
		case 'succeeded':
			return exitCodes.done;
		case 'failed':
		case 'cancelled':
		case 'lost':
			return exitCodes.jobFailed;
		case 'accepted':
		case 'submitted':
		case 'queued':
		case 'running':
			return exitCodes.done;
		default:
			// A state of a newer server: it is not known to be a success.
			return unknownState(job.state);
	}
}

function unknownState(state: never): number {
	try {
		return assertNever(state);
	} catch {
		return exitCodes.jobFailed;
	}
}

/**
 * Says that a job was submitted; with `wait` follows it to its end. With `json` the job is printed once, as it then is: also when the person presses Ctrl-C,
 * who would else not know its id.
 *
 * @param more fields that are printed with a job that was waited for
 */
export async function finishSubmission(
	context: CommandContext,
	connection: ServerConnection,
	job: Job,
	options: { readonly wait?: boolean; readonly json?: boolean },
	more: () => Promise<Readonly<Record<string, unknown>>> = async () => ({}),
): Promise<number> {
	const { terminal } = context;
	const json = options.json === true;
	if (!json) terminal.write(`${job.id}  ${visibleText(job.name)} on ${visibleText(job.backend)}, version ${job.version.slice(0, 10)}\n`);
	if (options.wait !== true) {
		if (json) terminal.write(`${JSON.stringify(printedJob(job))}\n`);
		else if (terminal.isInteractive) terminal.write(`Watch it with: nightlog logs -f ${job.id}\n`);
		return exitCodes.done;
	}
	const progress = new ProgressLines(terminal);
	let latest = job;
	const noteLatest = (seen: Job) => {
		latest = seen;
	};
	const listener = json ? { onJob: noteLatest, onRunnerEvent: () => undefined } : progress;
	try {
		const ended = await followJob(context, connection, job.id as JobId, listener);
		progress.end();
		terminal.write(json ? `${JSON.stringify({ ...printedJob(ended), ...(await more()) })}\n` : describeEnd(context, ended));
		return exitCodeOfJob(ended);
	} catch (error) {
		progress.end();
		if (context.signal.aborted && context.signal.reason instanceof Interrupted) {
			if (json) terminal.write(`${JSON.stringify(printedJob(latest))}\n`);
			else terminal.writeError(`\nDetached; the job goes on. See it with: nightlog job ${job.id}\n`);
		}
		throw error;
	}
}

/** How a job ended, in words, with what to do next. */
export function describeEnd(context: Pick<CommandContext, 'terminal' | 'nowMs'>, job: Job): string {
	const seconds = elapsedSeconds(job, context.nowMs());
	const time = seconds === null ? '' : ` after ${formatDuration(seconds)}`;
	const hue = job.state === 'succeeded' ? 'green' : 'red';
	const lines = [`${colour(context.terminal, hue, job.state)}${time}`];
	if (job.error !== null) lines.push(visibleLines(job.error.title));
	if (typeof job.error?.detail === 'string') lines.push(visibleLines(job.error.detail.trimEnd()));
	if (job.result !== null && job.result.notebook !== null) lines.push(`Result: ${visibleText(job.result.notebook)}`);
	for (const file of job.result?.files ?? []) lines.push(`Wrote:  ${visibleText(file.link)}`);
	return `${lines.join('\n')}\n`;
}
