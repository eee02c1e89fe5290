import { readlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { notebookLanguage } from '@nightlog/shared/parameters/notebook-language';
import { findImports } from '@nightlog/shared/versions/find-imports';
import { createIgnoreRules, nightlogIgnoreName } from '@nightlog/shared/versions/ignore-rules';
import type { TrackedFiles } from '@nightlog/shared/versions/repository';
import { type Candidate, isUnsafeFolder, selectFiles } from '@nightlog/shared/versions/select-files';
import type { SnapshotFile } from '@nightlog/shared/versions/snapshot';
import type { LeftOut } from '@nightlog/shared/versions/version-schema';
import { changedMeanwhile, type FileMemo } from './file-memo.ts';
import type { Reading } from './notebook-readings.ts';
import type { ProjectFiles } from './project-files.ts';
import type { Place } from './repositories.ts';
import type { VersionEnvironment } from './version-context.ts';
import { ignoreNames, walkFolder } from './walk-folder.ts';

/** The files beside the notebook that a version is to hold, and those that it does not. */
export interface CollectedFiles {
	readonly files: ReadonlyMap<string, SnapshotFile | null>;
	readonly leftOut: readonly LeftOut[];
	/** What the person should know of how files were looked for; null where nothing needs saying. */
	readonly note: string | null;
}

/** What collecting needs. */
export interface CollectContext {
	readonly place: Place;
	readonly project: ProjectFiles;
	readonly memo: FileMemo;
	readonly environment: VersionEnvironment;
	readonly signal: AbortSignal;
}

interface FoundFile extends Candidate {
	readonly file: SnapshotFile | null;
}

/** Paths at which a notebook's parameter sets may lie. */
function parameterSetPaths(notebook: string): string[] {
	return [`${notebook}.parameters.yaml`, `${notebook.replace(/\.ipynb$/i, '')}.parameters.yaml`];
}

/**
 * Looks for what belongs to a version beside its notebook: parameter sets and local modules; for a whole one also what changed under Git's eyes and what
 * lies untracked in the notebook's folder.
 *
 * @param whole null for a save; `tracked` is null where there is no repository to ask
 */
export async function collectFiles(
	context: CollectContext,
	reading: Reading,
	whole: { readonly tracked: Promise<TrackedFiles> | null } | null,
): Promise<CollectedFiles> {
	const { place, project, signal } = context;
	const files = new Map<string, SnapshotFile | null>();
	const leftOut: LeftOut[] = [];
	const found: FoundFile[] = [];
	const seen = new Set([place.path]);
	async function add(paths: readonly string[], source: Candidate['source']): Promise<void> {
		const fresh = [...new Set(paths)].filter((path) => !seen.has(path));
		for (const path of fresh) seen.add(path);
		found.push(...(await inTurns(fresh, (path) => look(context, path, source))));
	}

	for (const path of parameterSetPaths(place.path)) {
		if ((await project.kindOf(path)) === 'file') await add([path], 'parameters');
		else files.set(path, null);
	}
	const modules = await modulesOf(context, reading);
	await add(modules.files, 'module');
	leftOut.push(...modules.outside.map((path) => ({ path, sizeBytes: null, reason: 'unsafe-folder' as const })));

	let note: string | null = null;
	if (whole !== null) {
		const tracked = await whole.tracked;
		note = tracked?.note ?? null;
		for (const path of tracked?.deleted ?? []) if (!seen.has(path)) files.set(path, null);
		await add(tracked?.changed ?? [], 'tracked');
		const folder = folderOf(place.path);
		if (isUnsafeFolder(dirname(place.file), context.environment)) {
			leftOut.push({ path: folder === '' ? './' : `${folder}/`, sizeBytes: null, reason: 'unsafe-folder' });
		} else if (tracked !== null) await add(await tracked.untracked(folder), 'untracked');
		else {
			const walked = await walkFolder(project, folder, signal);
			leftOut.push(...walked.leftOut);
			await add(walked.files, 'untracked');
		}
	}
	const names = place.inProject ? [nightlogIgnoreName] : ignoreNames;
	const ignoreFiles = await inTurns([...new Set(found.map(({ path }) => path.slice(0, path.lastIndexOf('/') + 1)))], (folder) =>
		project.ignoreFiles(`${folder}x`, names),
	);
	const selection = selectFiles(found, createIgnoreRules([...new Set(ignoreFiles.flat())]));
	for (const { path, file } of selection.taken) if (file !== null) files.set(path, file);
	return { files, leftOut: [...leftOut, ...selection.leftOut], note };
}

/** The folder of a path in a project; '' for the top. */
export function folderOf(path: string): string {
	return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

async function modulesOf(
	{ place, project, memo, signal }: CollectContext,
	reading: Reading,
): Promise<{ files: readonly string[]; outside: readonly string[] }> {
	const { notebook } = reading;
	if (notebook === null || notebookLanguage(notebook) !== 'python') return { files: [], outside: [] };
	const folder = folderOf(place.path);
	const imports = notebook.cells.flatMap((cell) => (cell.type === 'code' ? memo.importsOfCode(cell.source) : []));
	const { objectFormat } = place.reader.repository;
	const found = await findImports(
		{ folder, imports },
		{
			kindOf: project.kindOf,
			async importsOf(path) {
				const target = (await project.leadsTo(path)) ?? path;
				const facts = await project.factsOf(target);
				return facts === null ? [] : memo.imports(project.absolute(target), facts, objectFormat, signal);
			},
		},
	);
	// Behind a link lies the code itself: both are needed.
	const behind = await inTurns(found.files, async (path) => ((await project.factsOf(path))?.isSymbolicLink() ? await project.leadsTo(path) : null));
	return { files: [...found.files, ...behind.filter((path) => path !== null)], outside: found.outside };
}

/** A file as it is now: what is kept of it, or that it cannot be. */
async function look({ place, project, memo, signal }: CollectContext, path: string, source: Candidate['source']): Promise<FoundFile> {
	const facts = await project.factsOf(path);
	if (facts === null) return { path, source, sizeBytes: null, file: null };
	const absolute = project.absolute(path);
	const { objectFormat } = place.reader.repository;
	if (facts.isSymbolicLink()) {
		// A link that leads out of the project is only kept where Git keeps it already.
		if (source !== 'tracked' && (await project.leadsTo(path)) === null) return { path, source, sizeBytes: null, file: null };
		const bytes = await readlink(absolute, { encoding: 'buffer' }).catch((error: unknown) => {
			throw changedMeanwhile(absolute, error);
		});
		return { path, source, sizeBytes: bytes.length, file: { mode: '120000', knownOid: null, sizeBytes: bytes.length, read: async () => bytes } };
	}
	const sizeBytes = Number(facts.size);
	const mode = (facts.mode & 0o100n) !== 0n ? '100755' : '100644';
	const knownOid = memo.find(absolute, facts, objectFormat)?.oid ?? null;
	return {
		path,
		source,
		sizeBytes,
		file: { mode, knownOid, sizeBytes, read: () => memo.read(absolute, objectFormat, signal, project.absolute('')) },
	};
}

/** Some at a time, so that thousands of files do not wait for each other nor open all at once. */
async function inTurns<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
	const results: Result[] = [];
	const share = 32;
	for (let start = 0; start < items.length; start += share) results.push(...(await Promise.all(items.slice(start, start + share).map(work))));
	return results;
}
