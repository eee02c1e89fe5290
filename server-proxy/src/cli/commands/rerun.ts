import type { JobId } from '@nightlog/shared/base/ids';
import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import { findParameters } from '@nightlog/shared/parameters/find-parameters';
import { isLocked } from '../../configuration/is-locked.ts';
import { pythonLocked } from '../../configuration/python-locked.ts';
import type { CommandContext, ServerConnection } from '../command-context.ts';
import { resolveJobId } from '../find-job.ts';
import { assertBackend, type JobOptions, placeChoices, readParameterValues } from '../job-choices.ts';
import { parsedNotebook } from '../read-notebook-file.ts';
import { finishSubmission } from '../wait-for-job.ts';
import { compareJobs, describeComparison, readReceipt, rebuildEnvironment } from './rebuild.ts';
import { sameAnswer } from './submit.ts';

export interface RerunOptions extends JobOptions {
	readonly wait?: boolean;
	readonly json?: boolean;
	readonly rebuild?: boolean;
}

/** Begins the same version again; what is given replaces what the job had. */
export async function rerun(context: CommandContext, operand: string, options: RerunOptions): Promise<number> {
	const choices = placeChoices(context, options);
	const connection = await context.connect();
	const id = await resolveJobId(connection.client, operand, context.signal);
	await assertBackend(connection, options.backend, context.signal);
	const parameters = await changedParameters(context, connection, id, options);
	const receipt = options.rebuild === true ? await readReceipt(connection, id, context.signal) : null;
	if (receipt !== null) await assertPythonFree(context, connection, id, options.backend);
	const made = receipt === null ? null : await rebuildEnvironment(context, receipt, options.json === true);
	const body = { ...choices, ...(parameters === undefined ? {} : { parameters }), ...(made === null ? {} : { exactPython: made.python }) };
	const key = context.newKey();
	const job = await sameAnswer(context, () =>
		connection.client.call('rerunJob', { params: { id }, headers: { 'idempotency-key': key }, body, signal: context.signal }),
	);
	if (receipt === null || made === null) return finishSubmission(context, connection, job, options);
	const { python, missing, notes } = made;
	const compare = () => compareJobs(connection, receipt, { id: job.id as JobId, python }, context.signal);
	const more = async () => ({ rebuild: { missing, notes, cells: await compare().catch(nothingWhereElsewhere) } });
	const code = await finishSubmission(context, connection, job, { ...options, wait: true }, more);
	const cells = await compare();
	if (options.json !== true) context.terminal.write(describeComparison(cells));
	return code;
}

/** The job is printed before it is told that it ran in another environment. */
function nothingWhereElsewhere(error: unknown): null {
	if (isNightlogError(error, 'rebuild/other-environment')) return null;
	throw error;
}

/**
 * Looks whether a site decides the Python alone, before minutes are spent on an environment that could not be used.
 *
 * @throws NightlogError `job/python-locked` (422)
 */
async function assertPythonFree({ signal }: CommandContext, { client }: ServerConnection, id: JobId, backend: string | undefined): Promise<void> {
	const { config } = await client.call('showConfiguration', { query: {}, signal });
	const name = backend ?? (await client.call('getJob', { params: { id }, signal })).backend;
	const locked = Array.isArray(config.locked) ? config.locked.map(String) : [];
	if (isLocked(locked, ['backends', name, 'python'])) throw new NightlogError('job/python-locked', pythonLocked(name), { status: 422 });
}

/** The job's values with those that were given now; undefined where none was. */
async function changedParameters(context: CommandContext, { client }: ServerConnection, id: JobId, options: JobOptions) {
	if (options.parameter === undefined && options.parameters === undefined) return undefined;
	const job = await client.call('getJob', { params: { id }, signal: context.signal });
	const notebook = `${job.project}/${job.notebook}`;
	const given = await readParameterValues(context, options, async () => {
		const kept = await client.call('getVersionNotebook', { params: { id: job.version }, query: { notebook }, signal: context.signal });
		return findParameters(parsedNotebook(new Uint8Array(await kept.arrayBuffer()), job.notebook));
	});
	return { ...job.parameters, ...given };
}
