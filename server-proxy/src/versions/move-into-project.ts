import { join } from 'node:path';
import type { NotebookId } from '@nightlog/shared/base/ids';
import { readLabels, versionOf } from '@nightlog/shared/versions/list-versions';
import { moveHistory } from '@nightlog/shared/versions/move-history';
import type { StoredVersion } from '@nightlog/shared/versions/object-reader';
import { findNotebookFile } from './notebook-file.ts';
import { identifyNotebook } from './notebook-identity.ts';
import type { NotebookRecord } from './notebook-records.ts';
import type { Place } from './repositories.ts';
import { identityContext, newestVersion, type ServiceContext } from './service-context.ts';

/** A notebook whose history moved. */
export interface MovedNotebook {
	/** Absolute path. */
	readonly notebook: string;
	readonly versions: number;
}

/** What became of an offer that was taken. */
export interface MovedHistory {
	/** The repository that has the history of the notebook that was named. */
	readonly place: Place;
	/** The named one first; empty where there was nothing to move. */
	readonly notebooks: readonly MovedNotebook[];
}

/**
 * Brings the histories of all notebooks in a folder that has become a repository from the person's own store into it, where they go on under the same ids.
 * Each notebook is done whole or not at all; what was done before is not done again. The store keeps what it has.
 *
 * @throws what `moveHistory` throws
 */
export async function moveIntoProject(context: ServiceContext, notebook: string, signal: AbortSignal): Promise<MovedHistory> {
	const { repositories, records } = context;
	const { path } = await findNotebookFile(notebook);
	const place = await repositories.find(path, signal);
	const target = place.canMoveTo;
	if (target === null) return { place, notebooks: [] };
	const files = new Set([path]);
	for (const record of records.list(place.gitDir)) if (record.project !== '') files.add(join(record.project, ...record.path.split('/')));
	const notebooks: MovedNotebook[] = [];
	for (const file of files) {
		const candidate = await repositories.find(file, signal);
		if (candidate.canMoveTo?.gitDir !== target.gitDir || candidate.canMoveTo.project !== target.project) continue;
		const moved = await moveNotebook(context, file, signal);
		if (moved !== null) notebooks.push(moved);
	}
	await target.reader.repository.maintain(signal);
	return { place: await repositories.find(path, signal), notebooks };
}

/** Null where somebody else was quicker. */
async function moveNotebook(context: ServiceContext, file: string, signal: AbortSignal): Promise<MovedNotebook | null> {
	const { repositories, locks } = context;
	return locks.run(`file:${file}`, async () => {
		const place = await repositories.find(file, signal);
		const target = place.canMoveTo;
		const { facts } = await findNotebookFile(file);
		const record = target === null ? null : await identifyNotebook(identityContext(context), place, facts);
		if (target === null || record === null) return null;
		return locks.run(`notebook:${record.id}`, async () => {
			await moveHistory(place.reader.repository, target.reader.repository, record.id, signal);
			rememberMoved(context, target, record);
			const newest = await newestVersion(context, target, record);
			if (newest !== null) await tellMoved(context, target, newest);
			return { notebook: file, versions: newest?.document.number ?? 0 };
		});
	});
}

/** Tells of the newest version, which stands for all of them. */
async function tellMoved(context: ServiceContext, { reader, file }: Place, newest: StoredVersion): Promise<void> {
	const labels = await readLabels(reader, context.person, newest.document.notebook.id as NotebookId);
	context.tell({ notebook: file, version: versionOf(newest, labels.get(newest.id) ?? null), isNew: false });
}

/** From now on the notebook is found in the repository without looking at refs. What is forgotten in a crash, the refs say. */
function rememberMoved({ records, options }: ServiceContext, { gitDir, project, path }: Place, record: NotebookRecord): void {
	records.put({ ...record, gitDir, project, path }, options.clock());
	records.flush();
}
