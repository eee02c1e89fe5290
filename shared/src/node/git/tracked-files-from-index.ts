import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectId, RepositoryLayout, TrackedFiles, TreeEntry } from '../../versions/repository.ts';
import { compareFacts, hasContentOf, isFileEntry } from './compare-with-index.ts';
import { forEachLimited } from './durable-files.ts';
import { patientCalls } from './file-calls.ts';
import { configFlag } from './git-config.ts';
import { readIndexEntries, readIndexFeatures } from './index-file.ts';
import { readRegularFile } from './read-regular-file.ts';
import { readRepositoryConfig } from './repository-config.ts';

const withoutGit =
	'There is no git program here: your own ignore rules (core.excludesFile) and line-end settings were not asked, so files may stand here that Git would leave out.';

/** What reading HEAD's tree needs. */
export interface HeadTree {
	/** Null on an unborn branch. */
	readonly tree: ObjectId | null;
	readonly readTree: (oid: ObjectId) => Promise<readonly TreeEntry[]>;
}

/**
 * What is changed in a working tree, where there is no `git` to ask: from the index (versions 2 to 4) and HEAD's tree, by size and time, then by content.
 * No filter and no line-end setting is applied, so it errs on the side of "changed". A split index is not read: then the note says so.
 */
export async function trackedFilesFromIndex(layout: RepositoryLayout, head: HeadTree, signal: AbortSignal): Promise<TrackedFiles> {
	const { workTree } = layout;
	if (workTree === null) return { changed: [], deleted: [], untracked: async () => [], note: null };
	const indexPath = join(layout.gitDir, 'index');
	const idBytes = layout.objectFormat === 'sha1' ? 20 : 32;
	const bytes = await readRegularFile(indexPath, 1024 * 1024 * 1024);
	if (bytes !== null && readIndexFeatures(bytes, idBytes).extensions.includes('link')) {
		const note = 'There is no git program here, and this repository has a split index: changed and untracked files could not be found.';
		return { changed: [], deleted: [], untracked: async () => [], note };
	}
	const entries = bytes === null ? [] : readIndexEntries(bytes, idBytes).filter(isFileEntry);
	const indexTimeNs = bytes === null ? 0n : (await stat(indexPath, { bigint: true })).mtimeNs;
	const heads = new Map<string, string>();
	if (head.tree !== null) await collectTree(head, head.tree, '', heads, signal);
	const ignoresModes = configFlag((await readRepositoryConfig(layout.commonDir, layout.gitDir)).raw, 'core', 'filemode') === false;
	const context = { workTree, indexTimeNs, ignoresModes, objectFormat: layout.objectFormat };
	const changed = new Set<string>();
	const deleted = new Set<string>();
	const tracked = new Set(entries.map(({ path }) => path));
	for (const path of heads.keys()) {
		if (tracked.has(path)) continue;
		// A sparse index names folders in place of what is not checked out: only what is there can have changed.
		if ((await patientCalls.lstat(join(workTree, path))) !== null) changed.add(path);
		else if (!layout.features.includes('sparse')) deleted.add(path);
	}
	await forEachLimited(entries, 16, async (entry) => {
		signal.throwIfAborted();
		if (entry.isSkipped) return;
		const found = await patientCalls.lstat(join(workTree, entry.path));
		if (found === null) {
			if (heads.has(entry.path)) deleted.add(entry.path);
		} else if (entry.stage !== 0 || heads.get(entry.path) !== keyOf(entry.mode, entry.oid)) {
			changed.add(entry.path);
		} else {
			const facts = compareFacts(entry, found, context);
			if (facts === 'changed' || (facts === 'unknown' && !(await hasContentOf(entry, found, context)))) changed.add(entry.path);
		}
	});
	const untracked = async (folder: string) => await untrackedFiles(layout, workTree, folder.replace(/\/+$/, ''), tracked, signal);
	return { changed: [...changed].sort(), deleted: [...deleted].sort(), untracked, note: withoutGit };
}

async function collectTree(head: HeadTree, oid: ObjectId, prefix: string, found: Map<string, string>, signal: AbortSignal): Promise<void> {
	signal.throwIfAborted();
	for (const entry of await head.readTree(oid)) {
		if (entry.mode === '40000') await collectTree(head, entry.oid, `${prefix}${entry.name}/`, found, signal);
		else if (entry.mode !== '160000') found.set(prefix + entry.name, `${entry.mode} ${entry.oid}`);
	}
}

async function untrackedFiles(
	layout: RepositoryLayout,
	workTree: string,
	folder: string,
	tracked: ReadonlySet<string>,
	signal: AbortSignal,
): Promise<string[]> {
	// Loaded on use: few need it, and all would pay for it in memory.
	const { isIgnored } = await import('isomorphic-git');
	const fs = await import('node:fs');
	const found: string[] = [];
	async function walk(prefix: string): Promise<void> {
		signal.throwIfAborted();
		const entries = await readdir(join(workTree, prefix), { withFileTypes: true });
		if (prefix !== '' && entries.some(({ name }) => name === '.git')) return;
		for (const entry of entries) {
			const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
			if (entry.name === '.git' || tracked.has(path)) continue;
			if (!entry.isDirectory() && !entry.isFile() && !entry.isSymbolicLink()) continue;
			if (await isIgnored({ fs, dir: workTree, gitdir: layout.commonDir, filepath: entry.isDirectory() ? `${path}/` : path })) continue;
			if (entry.isDirectory()) await walk(path);
			else found.push(path);
		}
	}
	if ((await patientCalls.lstat(join(workTree, folder))) !== null) await walk(folder);
	return found.sort();
}

function keyOf(mode: number, oid: string): string {
	return `${mode.toString(8)} ${oid}`;
}
