import { join } from 'node:path';
import { isNightlogError } from '../../base/nightlog-error.ts';
import type { ObjectId } from '../../versions/repository.ts';
import { isMissing, repositoryError, systemCode } from './disk-errors.ts';
import { allDone, forEachLimited, syncFolder } from './durable-files.ts';
import { type FileCalls, patientCalls } from './file-calls.ts';
import { HeldPacks } from './held-packs.ts';
import { compressLoose, discardLoose, type GitObject, maximumObjectBytes, type PreparedLoose, prepareLoose, publishLoose } from './loose-objects.ts';
import { mergeOwnPacks } from './merge-own-packs.ts';
import { ObjectFolder, readAlternates } from './object-folder.ts';
import { looseAtMost, type NewObject, type ObjectStore } from './object-store.ts';
import type { OwnRecords } from './own-records.ts';
import { type PackOwnObjectsOptions, packOwnObjects } from './pack-own-objects.ts';
import { writePack } from './pack-writer.ts';
import type { SharedRepository } from './shared-permissions.ts';

/** What the store of a repository's objects is made of. */
export interface FileObjectStoreOptions {
	readonly objectsFolder: string;
	/** For the objects folder; those it borrows from may lie anywhere. */
	readonly calls?: FileCalls;
	readonly objectFormat: 'sha1' | 'sha256';
	readonly shared: SharedRepository | null;
	readonly records: OwnRecords;
	/** `extensions.preciousObjects`: nothing is ever removed. */
	readonly isPrecious: boolean;
	/** Ids that refs below `refs/nightlog/` have now. */
	readonly ownTips: () => Promise<readonly ObjectId[]>;
	readonly packByGit: PackOwnObjectsOptions['packByGit'];
	/** What else is done for a store of our own, see `keep-store-small.ts`; null elsewhere. */
	readonly keepSmall: ((signal: AbortSignal) => Promise<void>) | null;
	readonly now: () => number;
	/** A name that nobody had before: letters and digits. */
	readonly uniqueName: () => string;
}

/** Objects as files, in the layout of every Git: loose ones and packs. */
export class FileObjectStore implements ObjectStore {
	private readonly options: FileObjectStoreOptions;
	private readonly own: ObjectFolder;
	private readonly calls: FileCalls;
	private readonly held: HeldPacks;
	private borrowed: readonly ObjectFolder[] | null = null;

	constructor(options: FileObjectStoreOptions) {
		this.options = options;
		this.calls = options.calls ?? patientCalls;
		this.own = new ObjectFolder(options.objectsFolder, this.idBytes, this.calls);
		this.held = new HeldPacks(join(options.objectsFolder, 'pack'), this.calls);
	}

	async read(oid: ObjectId, mostBytes = maximumObjectBytes): Promise<GitObject | null> {
		return await this.find(async (folder) => await folder.read(oid, mostBytes));
	}

	async has(oid: ObjectId): Promise<boolean> {
		return (await this.find(async (folder) => ((await folder.has(oid)) ? true : null))) ?? false;
	}

	async write(objects: readonly NewObject[], onAlmost?: () => void): Promise<{ readonly newObjects: number; readonly newBytes: number }> {
		this.held.takeUp(objects.map(({ oid }) => oid));
		return await this.againIfPruned(async () => {
			const missing = await this.missing(objects);
			if (missing.length === 0) return { newObjects: 0, newBytes: 0 };
			const newBytes = await this.writeMissing(missing, onAlmost);
			return { newObjects: missing.length, newBytes };
		});
	}

	async settle(tips: readonly ObjectId[], isMoved: boolean): Promise<void> {
		await this.held.settle(tips, isMoved);
	}

	async maintain(signal: AbortSignal): Promise<void> {
		const nowMs = this.options.now();
		await this.held.sweep(nowMs);
		if (this.options.isPrecious) return;
		const options = { ...this.options, calls: this.calls, nowMs, folder: this.own, read: (oid: ObjectId) => this.read(oid) };
		await this.againIfPruned(async () => await packOwnObjects(options, signal), signal);
		await this.againIfPruned(async () => await mergeOwnPacks(options, signal), signal);
		await this.options.keepSmall?.(signal);
	}

	/** `git gc --prune=now` takes everybody's half-written files: then it is done once more. */
	private async againIfPruned<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
		for (let attempt = 1; ; attempt++) {
			try {
				return await work();
			} catch (error) {
				if (signal?.aborted) throw error;
				if (!isMissing(error) || attempt === 4) throw repositoryError(error, this.options.objectsFolder);
			}
		}
	}

	private get idBytes(): number {
		return this.options.objectFormat === 'sha1' ? 20 : 32;
	}

	/** The first answer of the folders; before none is given, whether the repository borrows from elsewhere now is looked at again. */
	private async find<T>(asked: (folder: ObjectFolder) => Promise<T | null>): Promise<T | null> {
		const damage: unknown[] = [];
		// What is damaged in one folder may be whole in another.
		const ask = (folder: ObjectFolder) =>
			asked(folder).catch((error: unknown) => {
				if (!isNightlogError(error, 'repository/corrupt')) throw error;
				damage.push(error);
				return null;
			});
		try {
			const known = await this.folders();
			for (const folder of known) {
				const answer = await ask(folder);
				if (answer !== null) return answer;
			}
			for (const folder of await this.folders(true)) {
				const answer = known.includes(folder) ? null : await ask(folder);
				if (answer !== null) return answer;
			}
			if (damage.length > 0) throw damage[0];
			return null;
		} catch (error) {
			throw repositoryError(error, this.options.objectsFolder);
		}
	}

	private async folders(again = false): Promise<readonly ObjectFolder[]> {
		if (this.borrowed === null || again) {
			const before = this.borrowed ?? [];
			const paths = await readAlternates(this.options.objectsFolder);
			this.borrowed = paths.map((path) => before.find((folder) => folder.path === path) ?? new ObjectFolder(path, this.idBytes));
		}
		return [this.own, ...this.borrowed];
	}

	/** What is to be written: in the order that was given, so that what refers to another object becomes visible after it. */
	private async missing(objects: readonly NewObject[]): Promise<NewObject[]> {
		const nowMs = this.options.now();
		const there = new Set<ObjectId>();
		// What it no longer borrows from may go at any time.
		const folders = await this.folders(true);
		// Packs are looked at while the loose objects are.
		const refreshed = Promise.all(folders.map((folder) => folder.refresh()));
		const looked = forEachLimited(objects, 16, async ({ oid }) => {
			for (const folder of folders) {
				if (!(await folder.isFresh(oid, nowMs, refreshed))) continue;
				there.add(oid);
				return;
			}
		});
		await Promise.all([refreshed, looked]);
		return objects.filter(({ oid }) => !there.has(oid));
	}

	private async writeMissing(objects: readonly NewObject[], onAlmost?: () => void): Promise<number> {
		if (objects.length > looseAtMost) return await this.writePacked(objects, onAlmost);
		try {
			return await this.writeLoose(objects, onAlmost);
		} catch (error) {
			const code = systemCode(error);
			if (code !== 'EACCES' && code !== 'EPERM') throw error;
			// One of the 256 folders is somebody else's, as after `sudo git pull`; a pack lies in none of them.
			return await this.writePacked(objects, onAlmost);
		}
	}

	private async writeLoose(objects: readonly NewObject[], onAlmost?: () => void): Promise<number> {
		const { objectsFolder, shared } = this.options;
		const prepared = new Map<ObjectId, PreparedLoose>();
		const published = new Set<ObjectId>();
		try {
			const prepare = async ({ oid, type, bytes }: NewObject): Promise<void> => {
				const file = await compressLoose(type, bytes);
				prepared.set(oid, await prepareLoose(objectsFolder, oid, file, `tmp_obj_nl${this.options.uniqueName()}`, shared, this.calls));
			};
			// Large ones after each other, so that no more than one of them is in memory twice.
			const isLarge = ({ bytes }: NewObject): boolean => bytes.length > 1024 * 1024;
			await forEachLimited(
				objects.filter((object) => !isLarge(object)),
				16,
				prepare,
			);
			await forEachLimited(objects.filter(isLarge), 1, prepare);
			onAlmost?.();
			const blobs = objects.filter(({ type }) => type === 'blob');
			const publish = async ({ oid }: NewObject): Promise<void> => {
				const each = prepared.get(oid);
				if (each !== undefined) await publishLoose(each, this.calls);
				published.add(oid);
			};
			const publishAll = async (): Promise<void> => {
				await forEachLimited(blobs, 16, publish);
				for (const object of objects) if (object.type !== 'blob') await publish(object);
			};
			// Of an object that is listed and never came, packing finds nothing.
			const listed = this.options.records.addObjects([...prepared.keys()]);
			await allDone([publishAll(), listed]);
		} catch (error) {
			await Promise.all([...prepared.values()].filter(({ oid }) => !published.has(oid)).map((each) => discardLoose(each)));
			throw error;
		}
		const all = [...prepared.values()];
		const folders = new Set(all.map(({ oid }) => join(objectsFolder, oid.slice(0, 2))));
		if (all.some(({ madeFolder }) => madeFolder)) folders.add(objectsFolder);
		await forEachLimited([...folders], 16, (folder) => syncFolder(folder, this.calls));
		return all.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
	}

	private async writePacked(objects: readonly NewObject[], onAlmost?: () => void): Promise<number> {
		const { objectsFolder, objectFormat, shared, records } = this.options;
		let held: string | null = null;
		try {
			const pack = await writePack(objects.length, objects, {
				folder: join(objectsFolder, 'pack'),
				calls: this.calls,
				objectFormat,
				shared,
				uniqueName: this.options.uniqueName(),
				...(onAlmost === undefined ? {} : { onAlmost }),
				beforePublish: async (name) => {
					held = name;
					await allDone([
						records.addPack(name),
						this.held.hold(
							name,
							objects.map(({ oid }) => oid),
						),
					]);
				},
			});
			return pack.bytes;
		} catch (error) {
			if (held !== null) await this.held.letGo(held);
			throw error;
		}
	}
}
