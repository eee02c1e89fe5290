import { join } from 'node:path';
import type { CommitOid, NotebookId, PersonId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { NotebookValidator } from '@nightlog/shared/notebook/notebook-validator';
import { findSuccessor } from '@nightlog/shared/versions/find-successor';
import { readLabels } from '@nightlog/shared/versions/list-versions';
import { isDamage, type ObjectReader, readWholeVersion, type StoredVersion } from '@nightlog/shared/versions/object-reader';
import { readVersionNotebook } from '@nightlog/shared/versions/read-version';
import { versionsRef } from '@nightlog/shared/versions/ref-names';
import type { VersionDetail } from '@nightlog/shared/versions/version-schema';
import type { VersionChange } from '../services.ts';
import { describeVersion } from './describe-version.ts';
import type { FileMemo } from './file-memo.ts';
import type { KeyedLock } from './keyed-lock.ts';
import { findNotebookFile, type NotebookFile, notFound } from './notebook-file.ts';
import { identifyNotebook } from './notebook-identity.ts';
import type { NotebookReadings } from './notebook-readings.ts';
import type { NotebookRecord, NotebookRecords } from './notebook-records.ts';
import type { FolderMemo } from './project-files.ts';
import { putBackOutputs } from './put-back-outputs.ts';
import type { Place, Repositories } from './repositories.ts';
import type { LastKept } from './says-same.ts';
import type { VersionServiceOptions } from './version-context.ts';

/** What all that the service does is done with. */
export interface ServiceContext {
	readonly options: VersionServiceOptions;
	readonly person: PersonId;
	readonly records: NotebookRecords;
	readonly repositories: Repositories;
	readonly readings: NotebookReadings;
	readonly files: FileMemo;
	readonly folders: FolderMemo;
	/** By the notebook's id. */
	readonly lastKept: Map<string, LastKept>;
	readonly validate: NotebookValidator;
	readonly locks: KeyedLock;
	/** Tells everybody who wants to know. */
	readonly tell: (change: VersionChange) => void;
}

/** A notebook in its repository. */
export interface KnownNotebook {
	readonly place: Place;
	readonly record: NotebookRecord;
}

/**
 * The notebook at a path.
 *
 * @throws NightlogError `notebook/not-found` where there is neither a file nor a version
 */
export async function knowNotebook(context: ServiceContext, path: string, signal: AbortSignal): Promise<KnownNotebook> {
	const file = await findNotebookFile(path);
	const place = await context.repositories.find(file.path, signal);
	const record = await identifyNotebook(identityContext(context), place, file.facts);
	if (record === null) throw notFound(path);
	return { place, record };
}

/** What `identifyNotebook` needs. */
export function identityContext(context: ServiceContext): Parameters<typeof identifyNotebook>[0] {
	return {
		records: context.records,
		person: context.person,
		nowMs: context.options.clock,
		async holds(place, version) {
			const { bytes } = await context.readings.readFile(place.file, new AbortController().signal);
			return bytes.equals(await readVersionNotebook(place.reader, version, putBackOutputs));
		},
	};
}

/** Where a notebook's history is. */
export interface HistoryTip {
	/** Of the newest version, whether that can be read or not; null where there is none, or its id is lost. */
	readonly id: CommitOid | null;
	/** Whether a ref that should lead to it holds no id. */
	readonly isRefDamaged: boolean;
}

/** Where a notebook's history is. What was kept under another of the person's names counts until there is a newer version. */
export async function findTip(context: ServiceContext, place: Place, record: Pick<NotebookRecord, 'id' | 'person'>): Promise<HistoryTip> {
	let isRefDamaged = false;
	for (const person of new Set([context.person, record.person])) {
		const tip = await place.reader.repository.readRef(versionsRef(person, record.id)).catch((error: unknown) => {
			if (!isDamage(error)) throw error;
			isRefDamaged = true;
			return null;
		});
		if (tip !== null) return { id: tip as CommitOid, isRefDamaged };
	}
	return { id: null, isRefDamaged };
}

/** A notebook's newest version, as `findTip` finds it; null where there is none that can be read. */
export async function newestVersion(
	context: ServiceContext,
	place: Place,
	record: Pick<NotebookRecord, 'id' | 'person'>,
): Promise<StoredVersion | null> {
	const { id } = await findTip(context, place, record);
	return id === null ? null : readWholeVersion(place.reader, id);
}

/** A version and where it lies. */
export interface FoundVersion {
	readonly place: Place;
	readonly version: StoredVersion;
}

/**
 * A version by its id, in the repository of a path: the notebook may have another path now, or be gone. What was kept elsewhere for a while is found, too.
 *
 * @throws NightlogError `version/not-found` (404), `version/replaced` (410, data.successor), `repository/corrupt` where it is damaged
 */
export async function findVersion(context: ServiceContext, id: CommitOid, path: string, signal: AbortSignal): Promise<FoundVersion> {
	const file = await findNotebookFile(path);
	const place = await context.repositories.find(file.path, signal);
	const successor = context.records.successor(id);
	if (successor !== null) throw replacedBy(id, successor);
	const here = await readWholeVersion(place.reader, id);
	const other = here === null ? await context.repositories.findOther(place, true) : null;
	const there = other === null ? null : await readWholeVersion(other.place.reader, id);
	const found = other !== null && there !== null ? { place: other.place, version: there } : { place, version: here };
	if (found.version === null || found.version.document.reason === 'save') {
		const later = await successorInHistory(context, found.place, file, id, found.version);
		if (later !== null) throw replacedBy(id, later);
	}
	if (found.version !== null) return { place: found.place, version: found.version };
	// Of one that is damaged, that is what is said.
	await place.reader.readVersion(id);
	throw versionNotFound(id);
}

/** The version that took the place of another according to the history itself: another store may have replaced it, or this one forgot. */
async function successorInHistory(
	context: ServiceContext,
	place: Place,
	file: NotebookFile,
	id: CommitOid,
	version: StoredVersion | null,
): Promise<CommitOid | null> {
	const record = version === null ? await identifyNotebook(identityContext(context), place, file.facts) : null;
	const notebook = record?.id ?? (version?.document.notebook.id as NotebookId | undefined);
	const tip = notebook === undefined ? null : await newestVersion(context, place, { id: notebook, person: record?.person ?? context.person });
	if (tip === null) return null;
	const successor = await findSuccessor(place.reader, tip.id, id, version?.document.number ?? null);
	if (successor !== null) context.records.addSuccessor(id, successor);
	return successor;
}

/** A version of one notebook: as `findVersion`, and the notebook's own, or one that lay at this path when the version was made. */
export async function findVersionOf(context: ServiceContext, id: CommitOid, path: string, signal: AbortSignal): Promise<FoundVersion> {
	const found = await findVersion(context, id, path, signal);
	const { notebook, project } = found.version.document;
	// Compared whole: what said where the project begins may be gone.
	if (join(project ?? found.place.project, ...notebook.path.split('/')) === found.place.file) return found;
	const { place, record } = await knowNotebook(context, path, signal);
	if (notebook.id !== record.id && notebook.id !== (await context.repositories.findOther(place, true))?.record.id) throw versionNotFound(id);
	return found;
}

/** The version as the API shows it. `label` is looked up where nothing is said. */
export async function detailOf(
	context: ServiceContext,
	{ place, version }: FoundVersion,
	label?: string | null,
	note: string | null = null,
): Promise<VersionDetail> {
	if (label !== undefined) return describeVersion(place, version, label, note);
	const labels = await readLabels(place.reader, context.person, version.document.notebook.id as NotebookId);
	return describeVersion(place, version, labels.get(version.id) ?? null, note);
}

/** A version's own notebook, byte for byte. */
export function notebookBytes(reader: ObjectReader, version: StoredVersion): Promise<Uint8Array> {
	return readVersionNotebook(reader, version, putBackOutputs);
}

function versionNotFound(id: CommitOid): NightlogError {
	return new NightlogError('version/not-found', `There is no version ${id} of this notebook; list its versions to see which there are.`, {
		status: 404,
		data: { version: id },
	});
}

function replacedBy(id: CommitOid, successor: CommitOid): NightlogError {
	return new NightlogError('version/replaced', `A later save took the place of this version; it is ${successor} now.`, {
		status: 410,
		data: { version: id, successor },
	});
}
