import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectId } from '../../versions/repository.ts';
import { parseCommit, parseTree } from '../../versions/repository-objects.ts';
import { forEachLimited, removeIfThere } from './durable-files.ts';
import { type GitObject, hasLoose, loosePath } from './loose-objects.ts';
import type { ObjectFolder } from './object-folder.ts';
import type { NewObject } from './object-store.ts';
import type { OwnRecords } from './own-records.ts';
import { writePack } from './pack-writer.ts';
import type { SharedRepository } from './shared-permissions.ts';

/** So many loose objects of ours are packed. */
export const packAt = 500;
/** How many versions that are packed already are passed on the way back through a history before the rest counts as packed, too. */
const passedAtMost = 200;

/** What packing needs. */
export interface PackOwnObjectsOptions {
	readonly folder: ObjectFolder;
	readonly objectsFolder: string;
	readonly objectFormat: 'sha1' | 'sha256';
	readonly shared: SharedRepository | null;
	readonly records: OwnRecords;
	readonly read: (oid: ObjectId) => Promise<GitObject | null>;
	readonly ownTips: () => Promise<readonly ObjectId[]>;
	readonly uniqueName: () => string;
}

/**
 * Packs the loose objects that we wrote, once there are 500 that our refs still reach. Loose objects of others are never touched, nor are ours that
 * nothing reaches: those are `git gc`'s, after its two weeks.
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
	await forEachLimited(listed, 16, async (oid) => {
		if (await hasLoose(objectsFolder, oid)) loose.add(oid);
	});
	signal.throwIfAborted();
	const reached = loose.size < packAt ? [] : await reachedAmong(loose, await options.ownTips(), options, signal);
	if (reached.length >= packAt) {
		await mkdir(join(objectsFolder, 'pack'), { recursive: true });
		await writePack(reached.length, readAll(reached, options, signal), {
			folder: join(objectsFolder, 'pack'),
			objectFormat: options.objectFormat,
			shared: options.shared,
			uniqueName: options.uniqueName(),
			beforePublish: (name) => records.addPack(name),
		});
		for (const oid of await options.folder.packedOf(reached)) {
			await removeIfThere(loosePath(objectsFolder, oid));
			loose.delete(oid);
		}
	}
	await records.removeObjects(new Set(listed.filter((oid) => !loose.has(oid))), options.uniqueName());
}

async function* readAll(oids: readonly ObjectId[], options: PackOwnObjectsOptions, signal: AbortSignal): AsyncGenerator<NewObject> {
	for (const oid of oids) {
		signal.throwIfAborted();
		const object = await options.read(oid);
		if (object === null) throw new Error(`the object ${oid} went away while it was packed`);
		yield { oid, ...object };
	}
}

/** Which of these the tips reach: commits first, then trees, then blobs, newest first, which is the order that packs are read in. */
async function reachedAmong(
	loose: ReadonlySet<ObjectId>,
	tips: readonly ObjectId[],
	options: PackOwnObjectsOptions,
	signal: AbortSignal,
): Promise<ObjectId[]> {
	const commits = new Set<ObjectId>();
	const trees = new Set<ObjectId>();
	const blobs = new Set<ObjectId>();
	const passed = new Set<ObjectId>();
	const pendingTrees: ObjectId[] = [];
	const pending = tips.map((oid) => ({ oid, patience: passedAtMost }));
	for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
		signal.throwIfAborted();
		const { oid } = next;
		const isLoose = loose.has(oid);
		if (commits.has(oid) || passed.has(oid) || (!isLoose && next.patience === 0)) continue;
		const object = await options.read(oid);
		if (object?.type !== 'commit') continue;
		const commit = parseCommit(object.bytes);
		if (isLoose) {
			commits.add(oid);
			pendingTrees.push(commit.tree);
			for (const parent of commit.parents) if (loose.has(parent)) pending.push({ oid: parent, patience: passedAtMost });
		} else {
			passed.add(oid);
		}
		const first = commit.parents[0];
		if (first !== undefined && !loose.has(first)) pending.push({ oid: first, patience: isLoose ? passedAtMost : next.patience - 1 });
		else if (first !== undefined && !isLoose) pending.push({ oid: first, patience: passedAtMost });
	}
	for (let oid = pendingTrees.pop(); oid !== undefined; oid = pendingTrees.pop()) {
		signal.throwIfAborted();
		if (!loose.has(oid) || trees.has(oid)) continue;
		const object = await options.read(oid);
		if (object?.type !== 'tree') continue;
		trees.add(oid);
		for (const entry of parseTree(object.bytes, options.objectFormat)) {
			if (entry.mode === '40000') pendingTrees.push(entry.oid);
			else if (entry.mode !== '160000' && loose.has(entry.oid)) blobs.add(entry.oid);
		}
	}
	return [...commits, ...trees, ...blobs];
}
