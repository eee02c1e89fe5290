import type { CommitOid, NotebookId, PersonId } from '../base/ids.ts';
import { NightlogError } from '../base/nightlog-error.ts';
import { type ObjectReader, readWholeVersion, type StoredVersion, unlessDamaged } from './object-reader.ts';
import { notebookPrefix, parseRef, versionsRef } from './ref-names.ts';
import { reasonOf, versionDocumentPath } from './version-document.ts';
import type { Version } from './version-schema.ts';

/** What one page of versions is to hold. */
export interface ListRequest {
	readonly person: PersonId;
	readonly notebook: NotebookId;
	/** Newest version where the notebook has none under its own ref. */
	readonly earlier: CommitOid | null;
	/** Whether jobs' results are listed, too. */
	readonly results: boolean;
	/** `next` of the page before; null begins with the newest. */
	readonly cursor: string | null;
	readonly limit: number;
	/** The version that took the place of a replaced one; null where it was not replaced. */
	successor(id: CommitOid): CommitOid | null;
}

/** Names by the version that bears them. Of several the first in the order of the alphabet counts. */
export async function readLabels(reader: ObjectReader, person: PersonId, notebook: NotebookId): Promise<Map<CommitOid, string>> {
	const labels = new Map<CommitOid, string>();
	for (const { ref, oid } of await reader.repository.listRefs(`${notebookPrefix(person, notebook)}labels/`)) {
		const parsed = parseRef(ref);
		if (parsed?.kind !== 'label') continue;
		const holder = await readWholeVersion(reader, oid as CommitOid);
		const id = (holder?.document.fullFormOf ?? oid) as CommitOid;
		const other = labels.get(id);
		if (other === undefined || parsed.label < other) labels.set(id, parsed.label);
	}
	return labels;
}

/** A version as the API shows it. */
export function versionOf(version: StoredVersion, label: string | null): Version {
	const { document, commit } = version;
	return {
		id: version.id,
		notebook: document.notebook.path,
		createdAt: document.createdAt,
		reason: reasonOf(document),
		label,
		parameters: document.parameters,
		author: { name: commit.author.name, email: commit.author.email },
	};
}

/**
 * A page of a notebook's versions, newest first; results of jobs stand among them by their time where they are asked for. What is damaged is passed over.
 *
 * @throws NightlogError `version/bad-cursor` (400)
 */
export async function listVersions(reader: ObjectReader, request: ListRequest): Promise<{ versions: Version[]; next: string | null }> {
	const readTip = () => reader.repository.readRef(versionsRef(request.person, request.notebook));
	const tip = ((await unlessDamaged(readTip)) as CommitOid | null) ?? request.earlier;
	const position = request.cursor === null ? { chain: tip, result: null } : parseCursor(request.cursor, request);
	if (
		position.chain !== null &&
		position.chain !== tip &&
		(await readWholeVersion(reader, position.chain))?.document.notebook.id !== request.notebook
	)
		throw badCursor();
	const results = request.results ? await readResults(reader, request, position.result) : [];
	const labels = await readLabels(reader, request.person, request.notebook);
	const versions: Version[] = [];
	let chain = await nextReadable(reader, position.chain);
	let last: StoredVersion | null = null;
	while (versions.length < request.limit) {
		const result = results[0];
		const takeResult = result !== undefined && (chain === null || result.document.createdAt >= chain.document.createdAt);
		const next = takeResult ? result : chain;
		if (next === null || next === undefined) break;
		versions.push(versionOf(next, labels.get(next.id) ?? null));
		if (takeResult) last = results.shift() ?? null;
		else if (chain !== null) chain = await nextReadable(reader, parentOf(chain));
	}
	const more = chain !== null || results.length > 0;
	const resultMark = last === null ? (position.result ?? '') : markOf(last);
	return { versions, next: more ? `${chain?.id ?? '-'}.${resultMark}` : null };
}

/** The version before another; null for a notebook's first. */
export function parentOf(version: StoredVersion): CommitOid | null {
	return version.document.number === 1 ? null : (version.commit.parents[0] ?? null);
}

/** The version at `id`, or the nearest before it that this Nightlog can read. */
export async function nextReadable(reader: ObjectReader, id: CommitOid | null): Promise<StoredVersion | null> {
	for (let current = id; current !== null; ) {
		const id = current;
		const version = await readWholeVersion(reader, id);
		if (version !== null) return version;
		const commit = await unlessDamaged(() => reader.readCommit(id));
		// What came before a commit that is lost, nobody knows.
		if (commit === null) return null;
		const isBranch = await unlessDamaged(async () => (await reader.findEntry(commit.tree, versionDocumentPath)) === null);
		// A commit without the document is the branch that the history grew on: there it ends.
		if (isBranch === true) return null;
		current = commit.parents[0] ?? null;
	}
	return null;
}

/** Results after a mark, newest first. */
async function readResults(reader: ObjectReader, request: ListRequest, after: string | null): Promise<StoredVersion[]> {
	const results: StoredVersion[] = [];
	for (const { oid } of await reader.repository.listRefs(`${notebookPrefix(request.person, request.notebook)}results/`)) {
		const version = await readWholeVersion(reader, oid as CommitOid);
		if (version !== null && (after === null || after === '' || markOf(version) < after)) results.push(version);
	}
	return results.sort((left, right) => (markOf(left) > markOf(right) ? -1 : 1));
}

/** Sorts results by time, and by id where the time is the same. */
function markOf(version: StoredVersion): string {
	return `${Date.parse(version.document.createdAt).toString(36).padStart(10, '0')}${version.id}`;
}

function parseCursor(cursor: string, request: ListRequest): { chain: CommitOid | null; result: string | null } {
	const match = /^(-|[0-9a-f]{40}|[0-9a-f]{64})\.([0-9a-z]*)$/.exec(cursor);
	if (match === null) throw badCursor();
	if (match[1] === '-') return { chain: null, result: match[2] ?? null };
	const id = match[1] as CommitOid;
	return { chain: request.successor(id) ?? id, result: match[2] ?? null };
}

function badCursor(): NightlogError {
	return new NightlogError('version/bad-cursor', 'This is not the mark of a page of versions; begin again without it.', {
		status: 400,
		errors: [{ path: '/cursor', message: 'Take `next` of the page before.' }],
	});
}
