import { type CommitOid, isCommitOid, type NotebookId, type PersonId } from '../base/ids.ts';
import { NightlogError } from '../base/nightlog-error.ts';
import { isDamage, lookAtUnreadable, type ObjectReader, readWholeVersion, type StoredVersion, unlessDamaged } from './object-reader.ts';
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

/** A place in a history where something cannot be read. */
export interface HistoryGap {
	/** Of the version that cannot be read; null where not even that is known. */
	readonly id: CommitOid | null;
	/** Whether what came before it cannot be found, either; else only this version is passed over. */
	readonly isEnd: boolean;
}

/** A page of a notebook's versions. */
export interface VersionPage {
	readonly versions: Version[];
	/** The mark of the next page; null on the last one. */
	readonly next: string | null;
	/** What could not be read between these versions or right after them: the place where the history ends early, else the newest one; null where all is whole. */
	readonly gap: HistoryGap | null;
}

/** Where the ref that names the newest version holds no id. */
const unknownGap: HistoryGap = { id: null, isEnd: true };

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
 * A page of a notebook's versions, newest first; results of jobs stand among them by their time where they are asked for. What is damaged is passed over, which
 * the page says.
 *
 * @throws NightlogError `version/bad-cursor` (400)
 */
export async function listVersions(reader: ObjectReader, request: ListRequest): Promise<VersionPage> {
	let gap: HistoryGap | null = null;
	const note = (found: HistoryGap) => {
		if (gap === null || (found.isEnd && !gap.isEnd)) gap = found;
	};
	const tip = (await readTip(reader, request, note)) ?? request.earlier;
	const position = request.cursor === null ? { chain: tip, result: null } : parseCursor(request.cursor, request);
	if (
		position.chain !== null &&
		position.chain !== tip &&
		(await readWholeVersion(reader, position.chain))?.document.notebook.id !== request.notebook
	)
		throw badCursor();
	const results = request.results ? await readResults(reader, request, position.result, note) : [];
	const labels = await readLabels(reader, request.person, request.notebook);
	const versions: Version[] = [];
	let chain = await nextReadable(reader, position.chain, note);
	let last: StoredVersion | null = null;
	while (versions.length < request.limit) {
		const result = results[0];
		const takeResult = result !== undefined && (chain === null || result.document.createdAt >= chain.document.createdAt);
		const next = takeResult ? result : chain;
		if (next === null || next === undefined) break;
		versions.push(versionOf(next, labels.get(next.id) ?? null));
		if (takeResult) last = results.shift() ?? null;
		else if (chain !== null) {
			// Where the history goes on after one that was remembered, nothing is known to be missing.
			if (chain.document.damaged === null && chain.document.number === 1) note(unknownGap);
			chain = await nextReadable(reader, parentOf(chain), note);
		}
	}
	const more = chain !== null || results.length > 0;
	const resultMark = last === null ? (position.result ?? '') : markOf(last);
	return { versions, next: more ? `${chain?.id ?? '-'}.${resultMark}` : null, gap };
}

/** The version before another; null for a notebook's first. Before the first of a history that began anew is the one that was lost: it may have been found again. */
export function parentOf({ document, commit }: StoredVersion): CommitOid | null {
	if (document.number !== 1) return commit.parents[0] ?? null;
	const { damaged = null } = document;
	return damaged !== null && isCommitOid(damaged) ? damaged : null;
}

/** The version at `id`, or the nearest before it that this Nightlog can read. `onGap` is told what is damaged on the way there. */
export async function nextReadable(
	reader: ObjectReader,
	id: CommitOid | null,
	onGap: (gap: HistoryGap) => void = () => undefined,
): Promise<StoredVersion | null> {
	for (let current = id; current !== null; ) {
		const id = current;
		const version = await readWholeVersion(reader, id);
		if (version !== null) return version;
		const left = await lookAtUnreadable(reader, id);
		if (left !== 'other') onGap({ id, isEnd: left === 'lost' });
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

/** What the notebook's own ref has. */
async function readTip({ repository }: ObjectReader, { person, notebook }: ListRequest, onGap: (gap: HistoryGap) => void): Promise<CommitOid | null> {
	try {
		return (await repository.readRef(versionsRef(person, notebook))) as CommitOid | null;
	} catch (error) {
		if (!isDamage(error)) throw error;
		onGap(unknownGap);
		return null;
	}
}

/** Results after a mark, newest first. */
async function readResults(
	reader: ObjectReader,
	request: ListRequest,
	after: string | null,
	onGap: (gap: HistoryGap) => void,
): Promise<StoredVersion[]> {
	const results: StoredVersion[] = [];
	for (const { oid } of await reader.repository.listRefs(`${notebookPrefix(request.person, request.notebook)}results/`)) {
		const version = await readWholeVersion(reader, oid as CommitOid);
		if (version === null && (await lookAtUnreadable(reader, oid as CommitOid)) !== 'other') onGap({ id: oid as CommitOid, isEnd: false });
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
