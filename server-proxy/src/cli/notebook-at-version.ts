import type { Client, OperationOutput } from '@nightlog/shared/api/client';
import { type CommitOid, isCommitOid } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Version } from '@nightlog/shared/versions/version-schema';

/**
 * Reads `NOTEBOOK@VERSION`; what follows the last `@` is the version.
 *
 * @throws NightlogError `command/no-version` (400)
 */
export function parseNotebookAtVersion(text: string): { readonly notebook: string; readonly version: string } {
	const at = text.lastIndexOf('@');
	if (at <= 0 || at === text.length - 1) {
		throw new NightlogError('command/no-version', `Say which version: NOTEBOOK@VERSION, with a version's id or name from "nightlog versions".`, {
			status: 400,
		});
	}
	return { notebook: text.slice(0, at), version: text.slice(at + 1) };
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
