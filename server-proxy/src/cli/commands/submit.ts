import path from 'node:path';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { endsWithSessionCode } from '@nightlog/shared/jobs/ends-with-session';
import type { Finding } from '@nightlog/shared/jobs/finding';
import type { JobRequest } from '@nightlog/shared/jobs/job-schema';
import { refusedRequest } from '@nightlog/shared/jobs/refused-request';
import { findParameters } from '@nightlog/shared/parameters/find-parameters';
import { serverVersion } from '../../server-version.ts';
import type { CommandContext, ServerConnection } from '../command-context.ts';
import { formatFindings } from '../format-findings.ts';
import { assertBackend, assertFit, checkParameterValues, type JobOptions, placeChoices } from '../job-choices.ts';
import { readNotebookFile } from '../read-notebook-file.ts';
import { cellsUpTo } from '../select-cells.ts';
import { finishSubmission } from '../wait-for-job.ts';

export interface SubmitOptions extends JobOptions {
	readonly cell?: string;
	readonly wait?: boolean;
	readonly json?: boolean;
}

/** A request that names everything but the version, which is made last. */
export interface PreparedSubmission {
	readonly notebook: string;
	readonly choices: Omit<JobRequest, 'version' | 'notebook' | 'warningsSeen'>;
	/** An error for each value of a parameter that does not fit; such a value is not among the choices. */
	readonly unfit: readonly Finding[];
}

/** Reads all that can be read without asking the server. */
export async function prepareSubmission(context: CommandContext, operand: string, options: SubmitOptions): Promise<PreparedSubmission> {
	const notebook = path.resolve(context.currentFolder, operand);
	const choices = placeChoices(context, options);
	const document = await readNotebookFile(notebook);
	const cells = options.cell === undefined ? undefined : cellsUpTo(document.cells, options.cell);
	const { values, findings } = await checkParameterValues(context, options, async () => findParameters(document));
	return {
		notebook,
		choices: { ...choices, ...(cells === undefined ? {} : { cells }), ...(values === undefined ? {} : { parameters: values }) },
		unfit: findings,
	};
}

/** What would keep it from running, or may hurt it: of values that do not fit, and what the server finds of the rest. */
export async function checkSubmission(
	context: CommandContext,
	{ client }: ServerConnection,
	{ notebook, choices, unfit }: PreparedSubmission,
): Promise<Finding[]> {
	const { findings } = await client.call('checkJob', { body: { ...choices, notebook }, signal: context.signal });
	return [...unfit, ...findings];
}

/** Keeps the version that a submission runs. */
async function requestOf(
	context: CommandContext,
	{ client }: ServerConnection,
	{ notebook, choices }: PreparedSubmission,
	options: { readonly json?: boolean },
): Promise<JobRequest> {
	const version = await client.call('keepVersion', {
		body: {
			notebook,
			reason: 'submit',
			editor: `nightlog ${serverVersion}`,
			...(choices.parameters === undefined ? {} : { parameters: choices.parameters }),
		},
		signal: context.signal,
	});
	// With --json standard error is for a problem document alone.
	if (version.note !== null && options.json !== true) context.terminal.writeError(`${version.note}\n`);
	return { ...choices, notebook, version: version.id };
}

const retryDelaysMs = [200, 1000, 4000];

/** `submit NOTEBOOK`. */
export async function submit(context: CommandContext, operand: string, options: SubmitOptions): Promise<number> {
	const prepared = await prepareSubmission(context, operand, options);
	assertFit(prepared.unfit);
	const connection = await context.connect();
	const { client } = connection;
	await assertBackend(connection, options.backend, context.signal);
	// Before anything is kept: what is refused leaves nothing behind.
	const findings = await checkSubmission(context, connection, prepared);
	if (findings.some(({ severity }) => severity === 'error')) throw refusedRequest(findings);
	const body = await requestOf(context, connection, prepared, options);
	const warnings = findings.filter(({ severity, code }) => severity === 'warning' || code === endsWithSessionCode);
	if (warnings.length > 0 && options.json !== true) context.terminal.writeError(formatFindings(warnings));
	const key = context.newKey();
	const job = await sameAnswer(context, () => client.call('submitJob', { body, headers: { 'idempotency-key': key }, signal: context.signal }));
	return finishSubmission(context, connection, job, options);
}

/** Asks again with the same key after a lost answer: one job comes of it. */
export async function sameAnswer<Answer>(context: CommandContext, ask: () => Promise<Answer>): Promise<Answer> {
	for (let attempt = 0; ; attempt++) {
		try {
			return await ask();
		} catch (error) {
			const delayMs = retryDelaysMs[attempt];
			if (delayMs === undefined || !isNightlogError(error) || !error.retryable) throw error;
			await context.wait(delayMs, context.signal);
			await context.connect();
		}
	}
}
