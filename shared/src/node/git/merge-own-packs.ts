import { dirname, join } from 'node:path';
import type { ObjectId } from '../../versions/repository.ts';
import { systemCode } from './disk-errors.ts';
import { removeIfThere } from './durable-files.ts';
import { packsInMultiPackIndex } from './multi-pack-index.ts';
import { PackIndex } from './pack-index.ts';
import type { PackOwnObjectsOptions } from './pack-own-objects.ts';
import { listSmallPacks, namesIn, type SmallPack, statOrNull } from './small-packs.ts';
import { writeOwnPack } from './write-own-pack.ts';

/** So many small packs of ours become one; at 50 packs `git gc --auto` would go to work. */
export const mergeAt = 16;
/** After so long, what has no index, or an index and no pack, was left by somebody who was killed. */
const leftAfterMs = 60 * 60 * 1000;
/** Git's own: a `gc.pid` that is older was left behind. */
const gcEndsWithinMs = 12 * 60 * 60 * 1000;

/**
 * Puts small packs of ours together once there are 16. Packs of others are never touched, nor any with a mark that gives it another meaning: held,
 * promised, of unreachable objects, with a bitmap, or named in a `multi-pack-index`, which Git would miss it through.
 *
 * All objects go along, whether anything reaches them or not: somebody may have found one here and be about to refer to it. A small pack goes only after
 * the new one is durable and was found to hold all of it; whoever misses a pack then looks at them anew, as every Git does. Its index goes first, so that
 * there is none without its pack. Killed at any point, this leaves both, or a half without an index, which is removed an hour later.
 *
 * Two at once are safe because the new pack's name is new: each pack that goes has its objects in one that was made after it had been listed, and by the
 * same reason a `git repack` that began earlier does not remove that one. A running `git gc` is not got in the way of.
 */
export async function mergeOwnPacks(options: PackOwnObjectsOptions, signal: AbortSignal): Promise<void> {
	const { records, objectsFolder } = options;
	// Before the folder is read: what is listed then and not seen there has gone, unless it is still being made.
	const listed = new Set(await records.packs());
	if (listed.size < mergeAt) return;
	const folder = join(objectsFolder, 'pack');
	const files = await namesIn(folder);
	const isAnyBeingMade = [...files, ...(await records.names())].some((name) => /^(?:tmp_pack_|packing-)/.test(name));
	const gone = new Set<string>();
	for (const name of listed) {
		const parts = partsOf(name).filter((part) => files.has(part));
		if (parts.length === 0 && !isAnyBeingMade && (await statOrNull(join(folder, `${name}.pack`))) === null) gone.add(name);
		else if (!(files.has(`${name}.pack`) && files.has(`${name}.idx`))) await removeHalf(folder, parts, options.nowMs);
	}
	const small = (await isGitAtWork(options)) ? [] : await mergeable(folder, listed, options);
	if (small.length >= mergeAt) for (const name of await merge(folder, small, options, signal)) gone.add(name);
	await records.removePacks(gone, options.uniqueName());
}

/** Names of the packs that went. */
async function merge(folder: string, small: readonly SmallPack[], options: PackOwnObjectsOptions, signal: AbortSignal): Promise<string[]> {
	const oids = [...new Set(small.flatMap(({ ids }) => ids))];
	const made = await writeOwnPack(
		oids.map((oid) => ({ oid, path: '' })),
		options,
		signal,
	);
	const index = new PackIndex(join(folder, `${made}.idx`), options.objectFormat === 'sha1' ? 20 : 32);
	const holds = new Set<ObjectId>(await index.ids());
	const files = await namesIn(folder);
	const inMultiPackIndex = await packsInMultiPackIndex(folder);
	const removed: string[] = [];
	for (const { name, ids } of small) {
		if (!files.has(`${made}.pack`) || inMultiPackIndex.has(name) || isMarked(name, files) || !ids.every((id) => holds.has(id))) continue;
		for (const part of partsOf(name)) await removeIfThere(join(folder, part), options.calls);
		removed.push(name);
	}
	return removed;
}

/** Those that may be merged. */
async function mergeable(folder: string, listed: ReadonlySet<string>, options: PackOwnObjectsOptions): Promise<SmallPack[]> {
	const files = await namesIn(folder);
	if (files.has('multi-pack-index.d')) return [];
	const inMultiPackIndex = await packsInMultiPackIndex(folder);
	const me = process.geteuid?.();
	const small = await listSmallPacks(folder, listed, files, options.objectFormat);
	// Another person's in a shared repository might not be ours to remove.
	return small.filter(({ name, uid }) => !isMarked(name, files) && !inMultiPackIndex.has(name) && (me === undefined || uid === me));
}

/** What a pack of ours consists of, in the order in which it goes. Source: unlink_pack_path in Git's packfile.c. */
function partsOf(name: string): string[] {
	return ['idx', 'pack', 'rev'].map((ending) => `${name}.${ending}`);
}

function isMarked(name: string, files: ReadonlySet<string>): boolean {
	return ['keep', 'promisor', 'mtimes', 'bitmap'].some((ending) => files.has(`${name}.${ending}`));
}

async function removeHalf(folder: string, parts: readonly string[], nowMs: number): Promise<void> {
	for (const part of parts) {
		const found = await statOrNull(join(folder, part));
		if (found === null || nowMs - found.ctimeMs < leftAfterMs) return;
	}
	try {
		for (const part of parts) await removeIfThere(join(folder, part));
	} catch (error) {
		// Another person's, in a repository that is shared: theirs to remove.
		if (systemCode(error) !== 'EPERM' && systemCode(error) !== 'EACCES') throw error;
	}
}

/** Whether a `git gc` or `git maintenance` runs here: it would fail over packs that go meanwhile. */
async function isGitAtWork({ objectsFolder, nowMs }: PackOwnObjectsOptions): Promise<boolean> {
	for (const path of [join(dirname(objectsFolder), 'gc.pid'), join(objectsFolder, 'maintenance.lock')]) {
		const found = await statOrNull(path);
		if (found !== null && nowMs - found.mtimeMs < gcEndsWithinMs) return true;
	}
	return false;
}
