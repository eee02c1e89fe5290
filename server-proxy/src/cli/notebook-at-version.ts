import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Client, OperationOutput } from '@nightlog/shared/api/client';
import { type CommitOid, isCommitOid } from '@nightlog/shared/base/ids';
import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Version } from '@nightlog/shared/versions/version-schema';
import type { CommandContext } from './command-context.ts';

/** A notebook and the id, the beginning of an id or the label of one of its versions. */
export interface NotebookAtVersion {
	readonly notebook: string;
	readonly version: string;
}

/**
 * What `NOTEBOOK@VERSION` can mean, for both halves may hold an `@`; the likeliest first. Before the `@` is rather a file than none, for a notebook that was
 * removed has versions, too, and rather what ends in `.ipynb`; where nothing tells, it is the last one.
 *
 * @param isFile whether that notebook is a file
 * @returns at least one
 * @throws NightlogError `command/no-version` (400)
 */
export async function readNotebookAtVersion(text: string, isFile: (notebook: string) => Promise<boolean>): Promise<readonly NotebookAtVersion[]> {
	const ranked: { readonly split: NotebookAtVersion; readonly rank: number }[] = [];
	for (let at = text.indexOf('@', 1); at !== -1 && at < text.length - 1; at = text.indexOf('@', at + 1)) {
		const split = { notebook: text.slice(0, at), version: text.slice(at + 1) };
		const isNamed = split.notebook.endsWith('.ipynb');
		const rank = ((await isFile(split.notebook)) ? 2 : 0) + (isNamed ? 1 : 0);
		ranked.push({ split, rank });
	}
	const likely = ranked.filter(({ rank }) => rank > 0).sort((one, other) => other.rank - one.rank);
	// Where only all of it is a file, that is the notebook, and no version is said.
	const isWhole = !likely.some(({ rank }) => rank >= 2) && (await isFile(text));
	if (likely.length > 0 && !isWhole) return likely.map(({ split }) => split);
	const last = ranked.at(-1);
	if (last !== undefined && !isWhole && !text.endsWith('@')) return [last.split];
	throw new NightlogError('command/no-version', `Say which version: NOTEBOOK@VERSION, with a version's id or name from "nightlog versions".`, {
		status: 400,
	});
}

/** A version that a person named, and whom to ask for it. */
export interface FoundVersion {
	readonly client: Client;
	/** Absolute. */
	readonly notebook: string;
	readonly id: CommitOid;
}

/**
 * The version that `NOTEBOOK@VERSION` means: of what it can mean, the first that there is.
 *
 * @throws NightlogError `command/no-version` (400), and what `resolveVersion` throws of the likeliest
 */
export async function findNotebookVersion({ connect, currentFolder, signal }: CommandContext, text: string): Promise<FoundVersion> {
	const meanings = await readNotebookAtVersion(text, (notebook) => isRegularFile(path.resolve(currentFolder, notebook)));
	const { client } = await connect();
	let first: unknown;
	for (const meaning of meanings) {
		const notebook = path.resolve(currentFolder, meaning.notebook);
		try {
			return { client, notebook, id: await resolveVersion(client, notebook, meaning.version, signal) };
		} catch (error) {
			if (!isNightlogError(error, 'version/not-found') && !isNightlogError(error, 'notebook/not-found')) throw error;
			first ??= error;
		}
	}
	throw first;
}

async function isRegularFile(file: string): Promise<boolean> {
	const facts = await stat(file).catch(() => null);
	return facts?.isFile() === true;
}

const shortest = 4;

/**
 * The full id of a version that a person named by its id, the beginning of it (4 characters or more) or its label. A label is taken before an
 * id's beginning.
 *
 * @throws NightlogError `version/not-found` (404) or `command/ambiguous-version` (400)
 */
export async function resolveVersion(client: Client, notebook: string, name: string, signal: AbortSignal): Promise<CommitOid> {
	if (isCommitOid(name)) return name;
	const beginning = /^[0-9a-f]+$/.test(name) && name.length >= shortest ? name : null;
	const found = new Set<string>();
	for await (const version of allVersions(client, notebook, true, signal)) {
		if (version.label === name) return version.id as CommitOid;
		if (beginning !== null && version.id.startsWith(beginning)) found.add(version.id);
	}
	const [only, ...others] = found;
	if (only !== undefined && others.length === 0) return only as CommitOid;
	if (only !== undefined) {
		throw new NightlogError('command/ambiguous-version', `Several versions begin with ${name}; give more of the id.`, {
			status: 400,
			data: { versions: [...found] },
		});
	}
	throw new NightlogError('version/not-found', `The notebook has no version "${name}"; see "nightlog versions --results".`, { status: 404 });
}

/** A notebook's versions, newest first. */
async function* allVersions(client: Client, notebook: string, results: boolean, signal: AbortSignal): AsyncGenerator<Version> {
	for await (const { versions } of versionPages(client, notebook, results, signal)) yield* versions;
}

/** As the server gives them, page by page. */
export async function* versionPages(
	client: Client,
	notebook: string,
	results: boolean,
	signal: AbortSignal,
): AsyncGenerator<OperationOutput<'listVersions'>> {
	let cursor: string | null = null;
	do {
		const page: OperationOutput<'listVersions'> = await client.call('listVersions', {
			query: { notebook, results, limit: 500, ...(cursor === null ? {} : { cursor }) },
			signal,
		});
		yield page;
		cursor = page.next;
	} while (cursor !== null);
}
