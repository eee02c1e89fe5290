import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { JobId } from '@nightlog/shared/base/ids';
import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import { type CellComparison, compareReceipts } from '@nightlog/shared/jobs/compare-receipts';
import { planRebuild } from '@nightlog/shared/jobs/plan-rebuild';
import type { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import { findUv } from '../../rebuild/find-uv.ts';
import { type MadeEnvironment, makeEnvironment } from '../../rebuild/make-environment.ts';
import { runningCommands } from '../../rebuild/prune-environments.ts';
import { programRunner } from '../../rebuild/run-program.ts';
import type { CommandContext, ServerConnection } from '../command-context.ts';
import { formatTable } from '../format-table.ts';
import { visibleText } from '../visible-text.ts';

/** The receipt of a job that ended. @throws NightlogError `rebuild/no-record` where there is none */
export async function readReceipt({ client }: ServerConnection, id: JobId, signal: AbortSignal): Promise<Receipt> {
	try {
		return await client.call('getJobReceipt', { params: { id }, signal });
	} catch (error) {
		if (!isNightlogError(error) || error.status !== 404) throw error;
		const text = `There is no run record of job ${id}: it left none, or that is kept no longer. So its environment is not known, and it cannot be rebuilt.`;
		throw new NightlogError('rebuild/no-record', text, { status: 422, cause: error });
	}
}

/**
 * Makes the environment of a receipt below the person's cache. Unless it is to be quiet it says what it does, and names on standard error what could not be had.
 */
export async function rebuildEnvironment(context: CommandContext, receipt: Receipt, isQuiet: boolean): Promise<MadeEnvironment> {
	const { environment, terminal, signal } = context;
	const cacheFolder = cacheFolderOf(environment);
	const run = programRunner({ ...environment });
	const report = (line: string) => (isQuiet ? undefined : terminal.writeError(`${visibleText(line)}\n`));
	const uv = await findUv({ searchPath: environment.PATH ?? '', cacheFolder, python: 'python3' }, run, report, signal);
	const maker = { uv, folder: path.join(cacheFolder, 'environments'), run, report, nowMs: context.nowMs, commands: runningCommands };
	const made = await makeEnvironment(planRebuild(receipt.environment), receipt.environment.digest, maker, signal);
	for (const note of made.notes) report(`note: ${note}`);
	for (const { name, version, reason } of made.missing) report(`could not be had: ${name}${version === null ? '' : ` ${version}`} (${reason})`);
	return made;
}

function cacheFolderOf(environment: CommandContext['environment']): string {
	const { XDG_CACHE_HOME: cache, HOME: home } = environment;
	if (cache !== undefined && path.isAbsolute(cache)) return path.join(cache, 'nightlog');
	if (home === undefined || !path.isAbsolute(home)) {
		throw new NightlogError('rebuild/no-home', 'Set HOME or XDG_CACHE_HOME: the environment is made below one of them.', { status: 422 });
	}
	return path.join(home, '.cache', 'nightlog');
}

/** What a comparison says to a person: a line for each cell, and a sum. */
export function describeComparison(cells: readonly CellComparison[] | null): string {
	if (cells === null) return 'It left no run record this time, so there is nothing to compare.\n';
	const rows = cells.map((cell) => [String(cell.index + 1), cell.id, cell.verdict, cell.why ?? '']);
	const count = (verdict: CellComparison['verdict']) => cells.filter((cell) => cell.verdict === verdict).length;
	return `${formatTable(['cell', 'id', 'result', 'why'], rows)}${count('same')} same, ${count('differs')} differs, ${count('failed')} failed\n`;
}

/** A job that ran again in an environment that was made for it. */
export interface Rebuilt {
	readonly id: JobId;
	/** Absolute path of the environment's Python. */
	readonly python: string;
}

/**
 * Compares the records of two jobs of one version; null where the second left none.
 *
 * @throws NightlogError `rebuild/other-environment` (500) where the second ran elsewhere: that its outputs are the same would say nothing
 */
export async function compareJobs(
	connection: ServerConnection,
	before: Receipt,
	again: Rebuilt,
	signal: AbortSignal,
): Promise<readonly CellComparison[] | null> {
	let after: Receipt;
	try {
		after = await readReceipt(connection, again.id, signal);
	} catch (error) {
		if (isNightlogError(error, 'rebuild/no-record')) return null;
		throw error;
	}
	await assertRanIn(again, after);
	return compareReceipts(before, after);
}

async function assertRanIn({ id, python }: Rebuilt, { cells, environment }: Receipt): Promise<void> {
	const { executable } = environment.interpreter;
	const hasRun = cells.some(({ status }) => status !== 'not-run' && status !== 'skipped');
	if (!hasRun || (executable !== null && (await areInOneFolder(executable, python)))) return;
	const other = executable === null ? 'a Python that is not known' : executable;
	const text = `Job ${id} ran with ${other}, not with ${python}, which was made for it. So the two runs are not compared: it would say nothing of the environment.`;
	throw new NightlogError('rebuild/other-environment', text, { status: 500 });
}

/** The programs themselves may be links to one Python for all environments; their folders are not. */
async function areInOneFolder(one: string, other: string): Promise<boolean> {
	try {
		const [first, second] = await Promise.all([realpath(path.dirname(one)), realpath(path.dirname(other))]);
		return first === second;
	} catch {
		return false; // what is not there is not known to be the same
	}
}
