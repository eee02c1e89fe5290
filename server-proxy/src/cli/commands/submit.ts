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
import { assertBackend, type JobOptions, placeChoices, readParameterValues } from '../job-choices.ts';
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
	readonly connection: ServerConnection;
	readonly notebook: string;
	readonly choices: Omit<JobRequest, 'version' | 'notebook'>;
}

/** Reads and checks all that can be checked before anything is kept. */
export async function prepareSubmission(context: CommandContext, operand: string, options: SubmitOptions): Promise<PreparedSubmission> {
	const notebook = path.resolve(context.currentFolder, operand);
	const choices = placeChoices(context, options);
	const document = await readNotebookFile(notebook);
	const cells = options.cell === undefined ? undefined : cellsUpTo(document.cells, options.cell);
	const parameters = await readParameterValues(context, options, async () => findParameters(document));
	const connection = await context.connect();
	await assertBackend(connection, options.backend, context.signal);
	return {
		connection,
		notebook,
		choices: { ...choices, ...(cells === undefined ? {} : { cells }), ...(parameters === undefined ? {} : { parameters }) },
	};
}

/** What would keep it from running, or may hurt it. */
export async function checkSubmission(context: CommandContext, { connection, notebook, choices }: PreparedSubmission): Promise<Finding[]> {
	return (await connection.client.call('checkJob', { body: { ...choices, notebook }, signal: context.signal })).findings;
}

/** Keeps the version that a submission runs. */
async function requestOf(
	context: CommandContext,
	{ connection, notebook, choices }: PreparedSubmission,
	options: { readonly json?: boolean },
): Promise<JobRequest> {
	const version = await connection.client.call('keepVersion', {
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
	const { client } = prepared.connection;
	// Before anything is kept: what is refused leaves nothing behind.
	const findings = await checkSubmission(context, prepared);
	if (findings.some(({ severity }) => severity === 'error')) throw refusedRequest(findings);
	const body = await requestOf(context, prepared, options);
	const warnings = findings.filter(({ severity, code }) => severity === 'warning' || code === endsWithSessionCode);
	if (warnings.length > 0 && options.json !== true) context.terminal.writeError(formatFindings(warnings));
	const key = context.newKey();
	const job = await sameAnswer(context, () => client.call('submitJob', { body, headers: { 'idempotency-key': key }, signal: context.signal }));
	return finishSubmission(context, prepared.connection, job, options);
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
