import { isAbsolute } from 'node:path';
import type { CommitOid } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { StoredVersion } from '@nightlog/shared/versions/object-reader';
import { keepNotebook } from './keep-notebook.ts';
import { findNotebookFile } from './notebook-file.ts';
import type { Place } from './repositories.ts';
import { findVersionOf, notebookBytes, type ServiceContext } from './service-context.ts';
import { writeWholeFile } from './write-whole-file.ts';

/** What a restore did. */
export interface RestoredNotebook {
	/** Absolute path of the file that was written. */
	readonly file: string;
	readonly place: Place;
	readonly restored: StoredVersion;
	/** What was on disk before; null where there was nothing. */
	readonly before: StoredVersion | null;
	/** The version that was made of the file as it is now; null where a new file was written. */
	readonly after: StoredVersion | null;
}

/**
 * Writes a notebook as a version has it: in its own place, after what is there was kept; or to a new file, never over an existing one.
 *
 * @throws NightlogError what `findVersionOf` and `writeWholeFile` throw
 */
export async function restoreNotebook(
	context: ServiceContext,
	id: CommitOid,
	notebook: string,
	to: string | null,
	signal: AbortSignal,
): Promise<RestoredNotebook> {
	const { place, version } = await findVersionOf(context, id, notebook, signal);
	const bytes = await notebookBytes(place.reader, version);
	const token = Buffer.from(context.options.random(9)).toString('base64url');
	if (to !== null) {
		if (!isAbsolute(to) || to.includes('\0')) throw new NightlogError('file/bad-path', 'Give the absolute path of the new file.', { status: 400 });
		await writeWholeFile(to, bytes, { kind: 'create' }, token);
		return { file: to, place, restored: version, before: null, after: null };
	}
	const { path, facts } = await findNotebookFile(notebook);
	// It is kept after it was looked at and must be unchanged since when it is written over: so what is lost from the disk is what was kept.
	const before = facts === null ? null : await keepNotebook(context, { notebook, reason: 'keep' }, signal);
	await writeWholeFile(path, bytes, facts === null ? { kind: 'create' } : { kind: 'replace', facts }, token);
	const after = await keepNotebook(context, { notebook, reason: 'restore' }, signal);
	return { file: path, place, restored: version, before: before?.version ?? null, after: after.version };
}
