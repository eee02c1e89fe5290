import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectId, RepositoryLayout, TrackedFiles, TreeEntry } from '../../versions/repository.ts';
import { objectHeader } from '../../versions/repository-objects.ts';
import { isMissing } from './disk-errors.ts';
import { forEachLimited } from './durable-files.ts';
import { configFlag } from './git-config.ts';
import { type IndexEntry, readIndexEntries, readIndexFeatures } from './index-file.ts';
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
	const entries = bytes === null ? [] : readIndexEntries(bytes, idBytes).filter(({ mode, path }) => isFile(mode) && !path.endsWith('/'));
	const indexTimeMs = bytes === null ? 0 : (await stat(indexPath)).mtimeMs;
	const heads = new Map<string, string>();
	if (head.tree !== null) await collectTree(head, head.tree, '', heads, signal);
	const ignoresModes = configFlag((await readRepositoryConfig(layout.commonDir, layout.gitDir)).raw, 'core', 'filemode') === false;
	const changed = new Set<string>();
	const deleted = new Set<string>();
	const tracked = new Set(entries.map(({ path }) => path));
	for (const path of heads.keys()) {
		if (tracked.has(path)) continue;
		// A sparse index names folders in place of what is not checked out: only what is there can have changed.
		if ((await lstatOrNull(join(workTree, path))) !== null) changed.add(path);
		else if (!layout.features.includes('sparse')) deleted.add(path);
	}
	await forEachLimited(entries, 16, async (entry) => {
		signal.throwIfAborted();
		if (entry.isSkipped) return;
		const found = await lstatOrNull(join(workTree, entry.path));
		if (found === null) {
			if (heads.has(entry.path)) deleted.add(entry.path);
		} else if (entry.stage !== 0 || heads.get(entry.path) !== keyOf(entry.mode, entry.oid)) {
			changed.add(entry.path);
		} else if (!(await isAsInIndex(entry, found, { workTree, indexTimeMs, ignoresModes, objectFormat: layout.objectFormat }))) {
			changed.add(entry.path);
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

interface ComparisonContext {
	readonly workTree: string;
	readonly indexTimeMs: number;
	readonly ignoresModes: boolean;
	readonly objectFormat: 'sha1' | 'sha256';
}

async function isAsInIndex(entry: IndexEntry, found: Stats, context: ComparisonContext): Promise<boolean> {
	const isLink = entry.mode >> 12 === 0o12;
	if (isLink !== found.isSymbolicLink() || (!isLink && !found.isFile())) return false;
	if (!isLink && !context.ignoresModes && ((entry.mode & 0o100) !== 0) !== ((found.mode & 0o100) !== 0)) return false;
	const seconds = Math.floor(found.mtimeMs / 1000);
	const isSameTime = seconds % 2 ** 32 === entry.mtimeSeconds;
	// What was written in the index's own moment may have been changed after it, with the same time ("racy git").
	if (isSameTime && found.size % 2 ** 32 === entry.sizeBytes && seconds < Math.floor(context.indexTimeMs / 1000)) return true;
	const path = join(context.workTree, entry.path);
	const hash = createHash(context.objectFormat);
	if (isLink) {
		const target = await readlink(path, { encoding: 'buffer' });
		hash.update(objectHeader('blob', target.length)).update(target);
	} else {
		hash.update(objectHeader('blob', found.size));
		for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
	}
	return hash.digest('hex') === entry.oid;
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
	if ((await lstatOrNull(join(workTree, folder))) !== null) await walk(folder);
	return found.sort();
}

function isFile(mode: number): boolean {
	return mode >> 12 === 0o10 || mode >> 12 === 0o12;
}

function keyOf(mode: number, oid: string): string {
	return `${mode.toString(8)} ${oid}`;
}

async function lstatOrNull(path: string): Promise<Stats | null> {
	try {
		return await lstat(path);
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
}
