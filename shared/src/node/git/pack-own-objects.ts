import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessDamaged } from '../../versions/object-reader.ts';
import type { ObjectId } from '../../versions/repository.ts';
import { parseCommit, parseTree } from '../../versions/repository-objects.ts';
import { forEachLimited, removeIfThere } from './durable-files.ts';
import type { FileCalls } from './file-calls.ts';
import { type GitObject, loosePath, looseTimeMs } from './loose-objects.ts';
import type { ObjectFolder } from './object-folder.ts';
import type { OwnRecords } from './own-records.ts';
import type { SharedRepository } from './shared-permissions.ts';
import { listSmallPacks, namesIn } from './small-packs.ts';
import { writeOwnPack } from './write-own-pack.ts';

/** So many loose objects of ours are packed. */
export const packAt = 500;
/** How many versions that are packed already are passed on the way back through a history before the rest counts as packed, too. */
const passedAtMost = 200;
/** Git's own two weeks, after which it removes what nothing reaches. */
const forgottenAfterMs = 14 * 24 * 60 * 60 * 1000;

/** What packing, and merging packs, needs. */
export interface PackOwnObjectsOptions {
	readonly folder: ObjectFolder;
	readonly objectsFolder: string;
	readonly calls: FileCalls;
	readonly objectFormat: 'sha1' | 'sha256';
	readonly shared: SharedRepository | null;
	readonly records: OwnRecords;
	readonly read: (oid: ObjectId) => Promise<GitObject | null>;
	readonly ownTips: () => Promise<readonly ObjectId[]>;
	readonly uniqueName: () => string;
	readonly nowMs: number;
	/** Packs by the person's `git`, which finds what objects have in common; null where there is none. */
	readonly packByGit: ((objects: readonly PackedObject[], signal: AbortSignal) => Promise<string>) | null;
}

/** An object that goes into a pack. */
export interface PackedObject {
	readonly oid: ObjectId;
	/** Its path in a version, empty for a commit: what has the same is likely to be alike. */
	readonly path: string;
}

/**
 * Packs the loose objects that we wrote, once there are 500 that our refs still reach. Loose objects of others are never touched, nor are ours that
 * nothing reaches any more: those are `git gc`'s, and forgotten here, after its two weeks.
 *
 * Safe beside a running `git`: a loose object goes only after a pack that holds it is durable and was found to hold it; whoever misses it then looks at
 * the packs anew, as every Git does. The pack has no `.keep`, so that the next `git gc` takes it into its own. A `gc` that began before knows nothing of
 * the new pack and does not remove it.
 */
export async function packOwnObjects(options: PackOwnObjectsOptions, signal: AbortSignal): Promise<void> {
	const { records, objectsFolder } = options;
	const listed = [...new Set(await records.objects())];
	if (listed.length < packAt) return;
	const loose = new Set<ObjectId>();
	const old = new Set<ObjectId>();
	await forEachLimited(listed, 16, async (oid) => {
		const timeMs = await looseTimeMs(objectsFolder, oid);
		if (timeMs === null) return;
		loose.add(oid);
		if (options.nowMs - timeMs > forgottenAfterMs) old.add(oid);
	});
	signal.throwIfAborted();
	const reached = await reachedAmong(loose, await inSmallPacks(options), await options.ownTips(), options, signal);
	for (const { oid } of reached) old.delete(oid);
	if (reached.length >= packAt) {
		await mkdir(join(objectsFolder, 'pack'), { recursive: true });
		await writeOwnPack(reached, options, signal);
		for (const oid of await options.folder.packedOf(reached.map((object) => object.oid))) {
			await removeIfThere(loosePath(objectsFolder, oid));
			loose.delete(oid);
		}
	}
	await records.removeObjects(new Set(listed.filter((oid) => !loose.has(oid) || old.has(oid))), options.uniqueName());
}

/** What lies in our small packs: a version in one of them may refer to objects that were loose before it. */
async function inSmallPacks({ records, objectsFolder, objectFormat }: PackOwnObjectsOptions): Promise<ReadonlySet<ObjectId>> {
	const folder = join(objectsFolder, 'pack');
	const small = await listSmallPacks(folder, new Set(await records.packs()), await namesIn(folder), objectFormat);
	return new Set(small.flatMap(({ ids }) => ids));
}

/** Which of these the tips reach: commits first, then trees, then blobs, newest first, which is the order that packs are read in. */
async function reachedAmong(
	loose: ReadonlySet<ObjectId>,
	packed: ReadonlySet<ObjectId>,
	tips: readonly ObjectId[],
	options: PackOwnObjectsOptions,
	signal: AbortSignal,
): Promise<PackedObject[]> {
	const commits = new Set<ObjectId>();
	const trees = new Map<ObjectId, string>();
	const blobs = new Map<ObjectId, string>();
	const passed = new Set<ObjectId>();
	const passedTrees = new Set<ObjectId>();
	const pendingTrees: PackedObject[] = [];
	// What a damaged object leads to stays loose, and all else is packed.
	const read = (oid: ObjectId) => unlessDamaged(() => options.read(oid));
	const pending = tips.map((oid) => ({ oid, patience: passedAtMost }));
	for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
		signal.throwIfAborted();
		const { oid } = next;
		const isLoose = loose.has(oid);
		if (commits.has(oid) || passed.has(oid) || (!isLoose && next.patience === 0)) continue;
		const object = await read(oid);
		if (object?.type !== 'commit') continue;
		const commit = parseCommit(object.bytes);
		if (isLoose) {
			commits.add(oid);
			pendingTrees.push({ oid: commit.tree, path: '' });
			for (const parent of commit.parents) if (loose.has(parent)) pending.push({ oid: parent, patience: passedAtMost });
		} else {
			passed.add(oid);
			if (packed.has(oid)) pendingTrees.push({ oid: commit.tree, path: '' });
		}
		const first = commit.parents[0];
		if (first !== undefined && !loose.has(first)) pending.push({ oid: first, patience: isLoose ? passedAtMost : next.patience - 1 });
		else if (first !== undefined && !isLoose) pending.push({ oid: first, patience: passedAtMost });
	}
	for (let next = pendingTrees.pop(); next !== undefined; next = pendingTrees.pop()) {
		signal.throwIfAborted();
		const { oid, path } = next;
		if (!(loose.has(oid) || packed.has(oid)) || trees.has(oid) || passedTrees.has(oid)) continue;
		const object = await read(oid);
		if (object?.type !== 'tree') continue;
		if (loose.has(oid)) trees.set(oid, path);
		else passedTrees.add(oid);
		for (const entry of parseTree(object.bytes, options.objectFormat)) {
			const entryPath = path === '' ? entry.name : `${path}/${entry.name}`;
			if (entry.mode === '40000') pendingTrees.push({ oid: entry.oid, path: entryPath });
			else if (entry.mode !== '160000' && loose.has(entry.oid)) blobs.set(entry.oid, entryPath);
		}
	}
	return [...[...commits].map((oid) => [oid, ''] as const), ...trees, ...blobs].map(([oid, path]) => ({ oid, path }));
}
