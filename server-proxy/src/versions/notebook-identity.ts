import type { BigIntStats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitOid, NotebookId, PersonId } from '@nightlog/shared/base/ids';
import { makeUlid } from '@nightlog/shared/base/ulid';
import { lookAtUnreadable, readWholeVersion, type StoredVersion, unlessDamaged } from '@nightlog/shared/versions/object-reader';
import { versionsRef } from '@nightlog/shared/versions/ref-names';
import type { NotebookRecord, NotebookRecords } from './notebook-records.ts';
import type { Place } from './repositories.ts';
import { sha256Bytes } from './sha256.ts';
import { type PlaceOfDocument, takeUpRefs } from './take-up-refs.ts';
import { isBelow, treePath } from './tree-path.ts';

/** What finding a notebook's id needs of the outside. */
export interface IdentityContext {
	readonly records: NotebookRecords;
	readonly person: PersonId;
	nowMs(): number;
	/** Whether a version holds these very bytes as its notebook. */
	holds(place: Place, version: StoredVersion): Promise<boolean>;
}

/**
 * The record of the notebook at a place; null where it has no version and no file.
 *
 * It is known by its path; else it is a notebook whose file is gone and which was this very file (the inode) or held these very bytes: it was renamed;
 * else what the refs say, so that a lost store loses nothing; else it is new.
 */
export async function identifyNotebook(context: IdentityContext, place: Place, facts: BigIntStats | null): Promise<NotebookRecord | null> {
	const { records } = context;
	const known = records.find(place.gitDir, place.project, place.path);
	if (known !== null) return facts === null || isSameFile(known, facts) ? known : remember(context, place, known, facts);
	await takeUpRefs(context, place.reader, placeSeenFrom(place));
	const found = records.find(place.gitDir, place.project, place.path) ?? (facts === null ? null : await findRenamed(context, place, facts));
	if (found !== null) return remember(context, place, found, facts);
	if (facts === null) return null;
	const id = await newId(context, place);
	const { gitDir, project, path } = place;
	return remember(context, place, { gitDir, id, person: context.person, project, path, device: null, inode: null, replaceable: null }, facts);
}

function remember(context: IdentityContext, place: Place, record: NotebookRecord, facts: BigIntStats | null): NotebookRecord {
	const file = facts === null ? {} : { device: String(facts.dev), inode: inodeOf(facts) };
	const now = { ...record, project: place.project, path: place.path, ...file };
	context.records.put(now, context.nowMs());
	return now;
}

/** Where a version's notebook is, seen from a place: one that came from the person's own store says it by the folder that it was in. */
function placeSeenFrom(place: Place): PlaceOfDocument {
	return ({ project, worktree }, path) => {
		if (project === null) return { project: place.inProject && worktree === place.worktree ? place.project : '', path };
		const file = join(project, ...path.split('/'));
		return place.inProject && isBelow(place.project, file) ? { project: place.project, path: treePath(place.project, file) } : { project, path };
	};
}

/** The notebook that this file was under a name that is gone. */
async function findRenamed(context: IdentityContext, place: Place, facts: BigIntStats): Promise<NotebookRecord | null> {
	const gone: NotebookRecord[] = [];
	for (const record of context.records.list(place.gitDir)) {
		if (record.project !== '' && !(await exists(join(record.project, record.path)))) gone.push(record);
	}
	const same = gone.find((record) => isSameFile(record, facts));
	if (same !== undefined) return same;
	for (const record of gone) {
		const tip = await unlessDamaged(() => place.reader.repository.readRef(versionsRef(record.person, record.id)));
		const version = tip === null ? null : await readWholeVersion(place.reader, tip as CommitOid);
		if (version !== null && BigInt(version.document.notebook.sizeBytes) === facts.size && (await context.holds(place, version))) return record;
	}
	return null;
}

/**
 * An id for a notebook that has none. It follows from the repository (the very one, not its copy), the person and the path, so that two processes that
 * meet a new notebook at the same moment give it the same id; the next in line where a notebook that has since moved away has that one.
 */
async function newId(context: IdentityContext, place: Place): Promise<NotebookId> {
	const { repository } = place.reader;
	const { dev, ino, birthtimeNs } = await stat(place.gitDir, { bigint: true }).catch(() => ({ dev: 0n, ino: 0n, birthtimeNs: 0n }));
	for (let count = 0; ; count++) {
		const seed = JSON.stringify([place.gitDir, String(dev), String(ino), String(birthtimeNs), context.person, place.project, place.path, count]);
		const hash = sha256Bytes(seed);
		const id = makeUlid(hash.readUIntBE(0, 6), hash.subarray(6, 16)) as NotebookId;
		if (context.records.get(place.gitDir, id) !== null) continue;
		const tip = (await unlessDamaged(() => repository.readRef(versionsRef(context.person, id)))) as CommitOid | null;
		if (tip === null) return id;
		// Another process may have begun this very history a moment ago.
		const document = (await readWholeVersion(place.reader, tip))?.document;
		// What cannot be read any more was most likely this notebook's.
		if (document === undefined && (await lookAtUnreadable(place.reader, tip)) !== 'other') return id;
		if (document?.notebook.path === place.path && (document.project ?? place.project) === place.project) return id;
	}
}

/** Whether these are the facts of the very file that a notebook was when it was last seen. */
export function isSameFile(record: NotebookRecord, facts: BigIntStats): boolean {
	return record.device === String(facts.dev) && record.inode === inodeOf(facts);
}

/** The inode with the file's birth: file systems give the number of a deleted file to the next one. */
function inodeOf(facts: BigIntStats): string {
	return `${facts.ino}.${facts.birthtimeNs}`;
}

async function exists(path: string): Promise<boolean> {
	try {
		await lstat(path);
		return true;
	} catch {
		return false;
	}
}
