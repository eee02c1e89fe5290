import path from 'node:path';
import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import { type HistoryOffer, type UnkeptSave, type UnreadableVersions, Version } from '@nightlog/shared/versions/version-schema';
import { serverVersion } from '../../server-version.ts';
import type { CommandContext } from '../command-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatLocalTime } from '../format-local-time.ts';
import { formatTable } from '../format-table.ts';
import { findNotebookVersion, versionPages } from '../notebook-at-version.ts';
import { visibleText } from '../visible-text.ts';
import { parseLimit } from './jobs.ts';
import { deliver, type OutputOptions } from './result.ts';

/** As much of a version's id as a person is shown. */
export const shortId = (id: string): string => id.slice(0, 10);

/** What `--json` shows of a version: the fields of a list, whatever more is known of it. */
export function plainVersion(version: Version): Version {
	const fields = Object.keys(Version.properties) as (keyof Version)[];
	return Object.fromEntries(fields.map((field) => [field, version[field]])) as Version;
}

export interface KeepOptions {
	readonly label?: string;
	readonly json?: boolean;
}

/** `keep NOTEBOOK [--label T]`: keeps what is on disk as a version. */
export async function keep(context: CommandContext, operand: string, options: KeepOptions): Promise<number> {
	const notebook = path.resolve(context.currentFolder, operand);
	const { client } = await context.connect();
	const { body: version, status } = await client.ask('keepVersion', {
		body: {
			notebook,
			editor: `nightlog ${serverVersion}`,
			...(options.label === undefined ? { reason: 'keep' as const } : { reason: 'label' as const, label: options.label }),
		},
		signal: context.signal,
	});
	if (options.json === true) context.terminal.write(`${JSON.stringify(plainVersion(version))}\n`);
	else {
		const how = status === 200 ? 'nothing changed since' : 'kept';
		context.terminal.write(`${version.id}  ${how}${version.label === null ? '' : ` as ${visibleText(version.label)}`}\n`);
		for (const { path: file, reason } of version.leftOut) context.terminal.writeError(`  left out: ${visibleText(file)} (${reason})\n`);
		if (version.note !== null) context.terminal.writeError(`${version.note}\n`);
		sayOffer(context, version.offer, operand);
	}
	return exitCodes.done;
}

/** Says what is offered, and how to take it. */
function sayOffer({ terminal }: CommandContext, offer: HistoryOffer | null, operand: string): void {
	if (offer === null) return;
	const what = `This history is in ${visibleText(offer.store)}, your own store, and not in the repository of its folder.`;
	terminal.writeError(`${what} To move it into ${visibleText(offer.repository)}: nightlog move-in ${visibleText(operand)}\n`);
}

/** `move-in NOTEBOOK`: takes the offer that `versions` and `keep` tell of. */
export async function moveIn(context: CommandContext, operand: string, options: { readonly json?: boolean }): Promise<number> {
	const notebook = path.resolve(context.currentFolder, operand);
	const { client } = await context.connect();
	const moved = await client.call('moveHistory', { body: { notebook }, signal: context.signal });
	if (options.json === true) context.terminal.write(`${JSON.stringify(moved)}\n`);
	else if (moved.notebooks.length > 0) {
		for (const { notebook: file, versions: count } of moved.notebooks) context.terminal.write(`${visibleText(file)}  ${count} versions\n`);
		context.terminal.write(`They are in ${visibleText(moved.repository)} now, below refs/nightlog, with the ids that they had.\n`);
	} else context.terminal.write(`Nothing was to be moved: its versions are in ${visibleText(moved.repository)}.\n`);
	return exitCodes.done;
}

export interface VersionsOptions {
	readonly results?: boolean;
	readonly limit?: string;
	readonly json?: boolean;
}

/** `versions NOTEBOOK [--results]`: newest first. */
export async function versions(context: CommandContext, operand: string, options: VersionsOptions): Promise<number> {
	const limit = options.limit === undefined ? Number.POSITIVE_INFINITY : parseLimit(options.limit);
	const notebook = path.resolve(context.currentFolder, operand);
	const { client } = await context.connect();
	const found: Version[] = [];
	let offer: HistoryOffer | null = null;
	let unkept: UnkeptSave | null = null;
	let unreadable: UnreadableVersions | null = null;
	for await (const page of versionPages(client, notebook, options.results === true, context.signal)) {
		offer = page.offer;
		unkept = page.unkept ?? null;
		unreadable ??= page.unreadable ?? null;
		found.push(...page.versions.slice(0, limit - found.length));
		if (found.length >= limit) break;
	}
	if (options.json === true) context.terminal.write(`${JSON.stringify(found)}\n`);
	else {
		if (found.length > 0) context.terminal.write(formatVersions(found));
		else if (unreadable === null) context.terminal.write('No versions yet.\n');
		sayOffer(context, offer, operand);
		if (unkept !== null)
			context.terminal.writeError(`Saves since ${formatLocalTime(unkept.since)} are not kept as versions: ${visibleText(unkept.title)}\n`);
	}
	// A script that reads the list learns, too, that it is not all there was.
	if (unreadable !== null) context.terminal.writeError(`${visibleText(unreadable.title)}\n`);
	return exitCodes.done;
}

function formatVersions(found: readonly Version[]): string {
	const rows = found.map((version) => [
		shortId(version.id),
		formatLocalTime(version.createdAt),
		version.reason,
		version.label ?? '',
		version.author.name,
		Object.keys(version.parameters).length === 0 ? '' : JSON.stringify(version.parameters),
	]);
	return formatTable(['version', 'kept', 'on', 'name', 'by', 'parameters'], rows);
}

/** `show NOTEBOOK@VERSION [-o FILE]`: the notebook as it was kept, byte for byte. */
export async function show(context: CommandContext, operand: string, options: OutputOptions): Promise<number> {
	const { client, notebook, id } = await findNotebookVersion(context, operand);
	const response = await client.call('getVersionNotebook', { params: { id }, query: { notebook }, signal: context.signal }).catch((error) => {
		throw explainReplaced(error);
	});
	const target = await deliver(context, new Uint8Array(await response.arrayBuffer()), options);
	if (options.json === true) {
		const detail = await client.call('getVersion', { params: { id }, query: { notebook }, signal: context.signal });
		context.terminal.write(`${JSON.stringify({ ...plainVersion(detail), written: target })}\n`);
	}
	return exitCodes.done;
}

export interface RestoreOptions {
	readonly to?: string;
	readonly json?: boolean;
}

/** `restore NOTEBOOK@VERSION [--to FILE]`: writes the notebook as it was, after keeping what is on disk. */
export async function restore(context: CommandContext, operand: string, options: RestoreOptions): Promise<number> {
	const { client, notebook, id } = await findNotebookVersion(context, operand);
	const to = options.to === undefined ? {} : { to: path.resolve(context.currentFolder, options.to) };
	const answer = await client.call('restoreVersion', { params: { id }, query: { notebook }, body: to, signal: context.signal }).catch((error) => {
		throw explainReplaced(error);
	});
	if (options.json === true) {
		const { restored, before } = answer;
		context.terminal.write(
			`${JSON.stringify({ ...answer, restored: plainVersion(restored), before: before === null ? null : plainVersion(before) })}\n`,
		);
	} else {
		context.terminal.write(`${visibleText(answer.notebook)} is now as in version ${shortId(answer.restored.id)}\n`);
		if (answer.before !== null) context.terminal.write(`What was there is kept as version ${shortId(answer.before.id)}\n`);
	}
	return exitCodes.done;
}

/** Says of a version that a later save replaced which one took its place; another one is never shown instead. */
export function explainReplaced(error: unknown): unknown {
	if (!isNightlogError(error, 'version/replaced') || typeof error.data.successor !== 'string') return error;
	return new NightlogError(
		'version/replaced',
		`That version was replaced by the next save before anybody used it; ${error.data.successor} took its place.`,
		{ status: 410, data: error.data, cause: error },
	);
}
