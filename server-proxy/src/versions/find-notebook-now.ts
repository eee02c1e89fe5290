import type { BigIntStats, Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { CommitOid, NotebookId } from '@nightlog/shared/base/ids';
import { isUnsafeFolder } from '@nightlog/shared/versions/select-files';
import { findNotebookFile } from './notebook-file.ts';
import { isSameFile } from './notebook-identity.ts';
import type { NotebookRecord } from './notebook-records.ts';
import { findVersion, identityContext, knowNotebook, newestVersion, type ServiceContext } from './service-context.ts';

/** So many names are looked at where a notebook is not where it was: somebody waits for the answer. */
const mostNames = 5000;

/**
 * Where the notebook of a version is now: at the path that it is known by, else where its file has come to lie since, in that folder, below it, or
 * elsewhere in the project.
 *
 * @param path absolute, of the notebook when the version was made
 * @returns null where it is not found: it is gone, it lies elsewhere, or it was renamed and changed while nobody looked
 * @throws NightlogError as `findVersion`
 */
export async function findNotebookNow(context: ServiceContext, id: CommitOid, path: string, signal: AbortSignal): Promise<string | null> {
	const { place, version } = await findVersion(context, id, path, signal);
	const { notebook, project } = version.document;
	const notebookId = notebook.id as NotebookId;
	const isIt = async (file: string) => (await knowNotebook(context, file, signal)).record.id === notebookId;
	const record = context.records.get(place.gitDir, notebookId);
	const known =
		record === null || record.project === '' ? join(project ?? place.project, ...notebook.path.split('/')) : join(record.project, record.path);
	const there = await findNotebookFile(known);
	if (there.facts !== null && (await isIt(there.path))) return there.path;
	const newest = await newestVersion(context, place, { id: notebookId, person: record?.person ?? context.person });
	const sizeBytes = newest === null ? null : BigInt(newest.document.notebook.sizeBytes);
	/** As `identifyNotebook` would say; but nothing is noted down of files that were only looked at. */
	const wouldBeIt = async (file: string): Promise<boolean> => {
		const found = await findNotebookFile(file);
		if (found.facts === null) return false;
		const now = await context.repositories.find(found.path, signal);
		const other = context.records.find(now.gitDir, now.project, now.path);
		if (other !== null) return other.id === notebookId;
		if (now.gitDir !== place.gitDir || there.facts !== null) return false;
		if (record !== null && isSameFile(record, found.facts)) return true;
		return newest !== null && found.facts.size === sizeBytes && (await identityContext(context).holds(now, newest));
	};
	const folder = dirname(there.path);
	const folders = [folder, ...(place.inProject ? [place.project] : [])];
	const isDeep = !isUnsafeFolder(folder, context.options.environment);
	for (const file of await likelyFiles(folders, isDeep, record, sizeBytes, signal)) if (await wouldBeIt(file)) return file;
	return null;
}

/** Notebooks that may be the one: first the very file, wherever it was moved, then those of its size. A home is not looked through. */
async function likelyFiles(
	folders: readonly string[],
	isDeep: boolean,
	record: NotebookRecord | null,
	sizeBytes: bigint | null,
	signal: AbortSignal,
): Promise<string[]> {
	const same: string[] = [];
	const alike: string[] = [];
	const waiting = [...folders];
	const seen = new Set(waiting);
	let names = 0;
	for (let folder = waiting.shift(); folder !== undefined && names < mostNames && same.length === 0; folder = waiting.shift()) {
		signal.throwIfAborted();
		const entries = await entriesOf(folder);
		names += entries.length;
		for (const entry of entries) {
			const file = join(folder, entry.name);
			if (isDeep && entry.isDirectory() && !seen.has(file) && !entry.name.startsWith('.') && entry.name !== 'node_modules') {
				seen.add(file);
				waiting.push(file);
			}
			if (!entry.isFile() || extname(entry.name).toLowerCase() !== '.ipynb') continue;
			const facts = await factsOf(file);
			if (facts === null) continue;
			if (record !== null && isSameFile(record, facts)) same.push(file);
			else if (facts.size === sizeBytes) alike.push(file);
		}
	}
	return [...same, ...alike];
}

/** A folder that cannot be read holds nothing that could be opened. */
function entriesOf(folder: string): Promise<Dirent[]> {
	return readdir(folder, { withFileTypes: true }).catch(() => []);
}

function factsOf(file: string): Promise<BigIntStats | null> {
	return stat(file, { bigint: true }).catch(() => null);
}
