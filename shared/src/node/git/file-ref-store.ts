import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { isNightlogError, NightlogError } from '../../base/nightlog-error.ts';
import type { ObjectId, RefChange } from '../../versions/repository.ts';
import { refConflict, refMoved, refNamespace } from '../../versions/repository-ref-names.ts';
import { isMissing, repositoryError, systemCode } from './disk-errors.ts';
import { forEachLimited, removeIfThere, syncFolder, writeNewFile } from './durable-files.ts';
import { type FileCalls, patientCalls } from './file-calls.ts';
import type { Claim, HeldLock, LockFiles } from './lock-files.ts';
import type { RefStore } from './object-store.ts';
import { PackedRefs } from './packed-refs.ts';
import { readRegularFile } from './read-regular-file.ts';
import { applySharedMode, type SharedRepository } from './shared-permissions.ts';

/** What the store of a repository's refs is made of. */
export interface FileRefStoreOptions {
	/** Of this working tree: HEAD lies here. */
	readonly gitDir: string;
	/** Of all working trees: refs lie here. */
	readonly commonDir: string;
	readonly shared: SharedRepository | null;
	readonly locks: LockFiles;
	/** For both directories. */
	readonly calls?: FileCalls;
	/** Told of each ref that is passed over because it holds no id. */
	readonly onBroken?: (ref: string) => void;
}

/** A `packed-refs` that is to come, with the lock held. */
interface PreparedPackedRefs {
	/** Of the file that it takes the place of, links resolved. */
	readonly path: string;
	/** Answers whether there was anything to change. */
	publish(): Promise<boolean>;
	release(): Promise<void>;
}

/** Refs as files, loose and packed, changed as Git changes them but without reflogs. */
export class FileRefStore implements RefStore {
	private readonly options: FileRefStoreOptions;
	private readonly packed: PackedRefs;
	private readonly calls: FileCalls;
	private queue: Promise<void> = Promise.resolve();

	constructor(options: FileRefStoreOptions) {
		this.options = options;
		this.calls = options.calls ?? patientCalls;
		this.packed = new PackedRefs(options.commonDir, this.calls);
	}

	async read(ref: string): Promise<ObjectId | null> {
		try {
			return await this.resolve(ref);
		} catch (error) {
			throw repositoryError(error, ref);
		}
	}

	async list(prefix: string): Promise<readonly { readonly ref: string; readonly oid: ObjectId }[]> {
		try {
			const loose = new Set<string>();
			await this.collectLoose(prefix, loose);
			const found = new Map<string, ObjectId>();
			await forEachLimited([...loose], 16, async (ref) => {
				const oid = await this.resolveUnlessBroken(ref);
				if (oid !== null) found.set(ref, oid);
			});
			for (const [ref, oid] of await this.packed.ownRefs()) if (ref.startsWith(prefix) && !loose.has(ref)) found.set(ref, oid);
			return [...found].map(([ref, oid]) => ({ ref, oid })).sort((left, right) => (left.ref < right.ref ? -1 : 1));
		} catch (error) {
			throw repositoryError(error, prefix);
		}
	}

	async change(changes: readonly RefChange[], ready: () => Promise<void>, almost?: Promise<void>): Promise<void> {
		if (changes.length === 0) return await ready();
		const { locks } = this.options;
		const claims = new Map<string, Claim>();
		// Where calls are quick a lock is held for as short as can be; where each is a wait, it is taken while the objects get their names.
		const isEarly = almost !== undefined && !this.calls.isQuick;
		try {
			// Claims become durable while the objects do: each is a wait for the disk.
			const claimed = changes.map(async ({ ref, to }) => void claims.set(ref, await locks.claim(to === null ? '' : `${to}\n`)));
			for (const outcome of await Promise.allSettled([isEarly ? almost : ready(), ...claimed]))
				if (outcome.status === 'rejected') throw outcome.reason;
			// One after the other within this process: waiting in line costs nothing, waiting for a lock does.
			const turn = this.queue.then(() => this.changeInTurn(changes, claims, isEarly ? ready : null));
			this.queue = turn.then(
				() => {},
				() => {},
			);
			const touched = await turn;
			// A claim that is left locks nothing and is cleared away some time: no change fails for it, and on a slow disk nobody waits for it.
			const dropped = this.dropAll(claims).catch(() => {});
			await forEachLimited([...touched], 16, (folder) => syncFolderIfThere(folder, this.calls));
			if (this.calls.isQuick) await dropped;
		} catch (error) {
			throw repositoryError(error, this.options.commonDir);
		} finally {
			await this.dropAll(claims);
		}
	}

	/** A deletion that was killed leaves the lock of `packed-refs` and what was to become of it: with these no Git packs or deletes a ref. */
	async maintain(): Promise<void> {
		const path = await this.packedPlace();
		const lock = await this.options.locks.takeOver(path);
		if (lock === null) return;
		try {
			await removeIfThere(`${path}.new`);
		} finally {
			await lock.release();
		}
	}

	private async dropAll(claims: Map<string, Claim>): Promise<void> {
		const left = [...claims.values()];
		claims.clear();
		await Promise.all(left.map((claim) => this.options.locks.drop(claim)));
	}

	/** Folders whose entries were changed and are to be made durable. `ready` is what the locks were taken before. */
	private async changeInTurn(
		changes: readonly RefChange[],
		claims: ReadonlyMap<string, Claim>,
		ready: (() => Promise<void>) | null,
	): Promise<ReadonlySet<string>> {
		const { locks } = this.options;
		// Always in the same order, so that two who change the same refs never wait for each other.
		const sorted = [...changes].sort((left, right) => (left.ref < right.ref ? -1 : 1));
		const held = new Map<string, HeldLock>();
		const touched = new Set<string>();
		let isDone = false;
		try {
			for (const { ref } of sorted) {
				const target = this.pathOf(ref);
				await this.assertInPlace(dirname(target));
				held.set(ref, await locks.acquire(target, claims.get(ref) as Claim, () => this.makeFolders(ref, touched)));
			}
			if (sorted.some(({ from, to }) => from === null && to !== null)) await this.packed.lookAnew();
			for (const { ref, from } of sorted) {
				const now = await (from === null ? this.resolveUnlessBroken(ref) : this.resolve(ref));
				if (now !== from) throw refMoved(ref);
			}
			const created = sorted.filter(({ from, to }) => from === null && to !== null).map(({ ref }) => ref);
			for (const ref of created) await this.assertNoConflict(ref, created);
			await ready?.();
			await this.writeLocked(changes, held, touched);
			isDone = true;
		} finally {
			for (const lock of held.values()) await lock.release();
			// Of refs that are gone, and of those that a change that failed would have made.
			for (const { ref, to } of changes) if (!isDone || to === null) await this.removeEmptyFolders(dirname(this.pathOf(ref)));
		}
		return touched;
	}

	/** All locks are held and all refs are what was said. What can fail for want of room comes first, what makes a change visible last; new before old. */
	private async writeLocked(changes: readonly RefChange[], held: Map<string, HeldLock>, touched: Set<string>): Promise<void> {
		const deleted = changes.filter(({ from, to }) => to === null && from !== null).map(({ ref }) => ref);
		const packed = deleted.length === 0 ? null : await this.preparePackedWithout(new Set(deleted));
		try {
			for (const { ref, from, to } of changes) {
				if (to === null || to === from) continue;
				await held.get(ref)?.commit();
				held.delete(ref);
				touched.add(dirname(this.pathOf(ref)));
			}
			if (packed !== null && (await packed.publish())) touched.add(dirname(packed.path));
			for (const ref of deleted) {
				await removeIfThere(this.pathOf(ref));
				touched.add(dirname(this.pathOf(ref)));
			}
		} finally {
			await packed?.release();
		}
	}

	/**
	 * A new `packed-refs` without the refs, written beside the old one. Its lock is held until the loose refs are gone, also where none of them is
	 * packed: else a `git pack-refs` that read one of them just before would bring it back.
	 */
	private async preparePackedWithout(refs: ReadonlySet<string>): Promise<PreparedPackedRefs> {
		const { locks, shared } = this.options;
		const path = await this.packedPlace();
		const claim = await locks.claim('');
		let lock: HeldLock | null = null;
		const next = `${path}.new`;
		let isWritten = false;
		const release = async (): Promise<void> => {
			if (isWritten) await removeIfThere(next);
			await lock?.release();
			await locks.drop(claim);
		};
		try {
			lock = await locks.acquire(path, claim, async () => {});
			const bytes = await this.packed.without(refs);
			if (bytes !== null) {
				// Who holds the lock may write over what a killed holder left.
				await removeIfThere(next);
				await writeNewFile(next, bytes, 0o666, shared);
				isWritten = true;
			}
		} catch (error) {
			await release();
			throw error;
		}
		const publish = async (): Promise<boolean> => {
			if (isWritten) await rename(next, path);
			const wasWritten = isWritten;
			isWritten = false;
			return wasWritten;
		};
		return { path, publish, release };
	}

	/** Where the file of packed refs lies: in the folders of git-new-workdir it is a link, as `refs` is, and stays one. */
	private async packedPlace(): Promise<string> {
		const { path } = this.packed;
		let actual: string;
		try {
			actual = await this.calls.realpath(path);
		} catch (error) {
			if (isMissing(error)) return path;
			throw error;
		}
		const refs = await this.calls.realpath(join(this.options.commonDir, 'refs'));
		if (actual === join(dirname(refs), 'packed-refs')) return actual;
		throw new NightlogError('repository/bad-ref', `A link inside the repository leads out of it: ${path}. Nothing was written there.`, {
			status: 409,
		});
	}

	/** Loose before packed, as Git reads them: packing writes the packed ref first and removes the loose one after. */
	private async resolve(ref: string, depth = 5): Promise<ObjectId | null> {
		const text = await this.readLoose(ref);
		if (text === null) return await this.packed.read(ref);
		const symbolic = /^ref:\s*(\S+)/.exec(text)?.[1];
		if (symbolic !== undefined)
			return depth > 0 && symbolic.startsWith('refs/') && !symbolic.includes('..') ? await this.resolve(symbolic, depth - 1) : null;
		const oid = /^([0-9a-f]{64}|[0-9a-f]{40})(?:\s|$)/.exec(text)?.[1];
		if (oid !== undefined) return oid;
		throw new NightlogError('repository/corrupt', `The repository is damaged: ${this.pathOf(ref)} holds no object id.`, {
			data: { ref, packed: await this.packed.read(ref) },
		});
	}

	/** A ref that holds no id, as after a power cut, keeps nobody from the others, and who says that it has none may write over it. */
	private async resolveUnlessBroken(ref: string): Promise<ObjectId | null> {
		try {
			return await this.resolve(ref);
		} catch (error) {
			if (!isNightlogError(error, 'repository/corrupt')) throw error;
			this.options.onBroken?.(ref);
			return null;
		}
	}

	private async readLoose(ref: string): Promise<string | null> {
		try {
			return (await readRegularFile(this.pathOf(ref), 4096, this.calls))?.toString('utf8') ?? null;
		} catch (error) {
			// A folder of that name: there is no loose ref.
			if (systemCode(error) === 'EISDIR') return null;
			throw error;
		}
	}

	private pathOf(ref: string): string {
		const isPerTree = !ref.startsWith('refs/') || /^refs\/(?:bisect|worktree|rewritten)\//.test(ref);
		return join(isPerTree ? this.options.gitDir : this.options.commonDir, ref);
	}

	private async collectLoose(prefix: string, names: Set<string>): Promise<void> {
		let entries: { readonly name: string; isDirectory(): boolean }[];
		try {
			entries = await readdir(join(this.options.commonDir, prefix), { withFileTypes: true });
		} catch (error) {
			if (isMissing(error)) return;
			throw error;
		}
		for (const entry of entries) {
			if (entry.name.startsWith('.') || entry.name.endsWith('.lock')) continue;
			if (entry.isDirectory()) await this.collectLoose(`${prefix}${entry.name}/`, names);
			else names.add(prefix + entry.name);
		}
	}

	/** Makes the folders of a ref below `refs/`. @throws NightlogError `repository/ref-conflict` when a ref stands where a folder must be */
	private async makeFolders(ref: string, touched: Set<string>): Promise<void> {
		const parts = ref.split('/').slice(0, -1);
		for (let count = 2; count <= parts.length; count++) {
			const name = parts.slice(0, count).join('/');
			const path = join(this.options.commonDir, name);
			try {
				await mkdir(path);
				await applySharedMode(path, this.options.shared);
				touched.add(dirname(path));
			} catch (error) {
				const code = systemCode(error);
				if (code === 'EEXIST') {
					if ((await this.readLoose(name)) !== null) throw refConflict(ref, name);
				} else if (code === 'ENOTDIR') throw refConflict(ref, parts.slice(0, count - 1).join('/'));
				// Somebody removed an empty folder on the way: `acquire` comes again.
				else if (code === 'ENOENT') return;
				else throw error;
			}
		}
	}

	/** A link planted below `refs/nightlog` must not lead our writes elsewhere. `refs` itself may be one (git-new-workdir). */
	private async assertInPlace(folder: string): Promise<void> {
		const refs = join(this.options.commonDir, 'refs');
		let actual: string;
		try {
			actual = await this.calls.realpath(folder);
		} catch (error) {
			if (systemCode(error) === 'ENOENT' && folder !== refs) return await this.assertInPlace(dirname(folder));
			if (systemCode(error) === 'ENOTDIR') return;
			throw error;
		}
		if (actual === join(await this.calls.realpath(refs), relative(refs, folder))) return;
		throw new NightlogError('repository/bad-ref', `A link inside the repository leads out of it: ${folder}. Nothing was written there.`, {
			status: 409,
		});
	}

	private async assertNoConflict(ref: string, created: readonly string[]): Promise<void> {
		for (const other of [...(await this.packed.ownRefs()).keys(), ...created]) {
			if (other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`)) throw refConflict(ref, other);
		}
		const below = new Set<string>();
		await this.collectLoose(`${ref}/`, below);
		for (const other of below) throw refConflict(ref, other);
		await removeEmptyTree(this.pathOf(ref));
	}

	/** Folders that hold no ref any more are taken away, up to `refs/nightlog`, as Git does. */
	private async removeEmptyFolders(from: string): Promise<void> {
		const root = join(this.options.commonDir, refNamespace);
		for (let folder = from; folder.startsWith(root.endsWith(sep) ? root : root + sep) && folder.length > root.length; folder = dirname(folder)) {
			if (!(await removeFolderIfEmpty(folder))) return;
		}
	}
}

async function removeFolderIfEmpty(folder: string): Promise<boolean> {
	try {
		await rmdir(folder);
		return true;
	} catch (error) {
		const code = systemCode(error);
		if (code === 'ENOENT') return true;
		if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR' || code === 'EBUSY') return false;
		throw error;
	}
}

/** Removes a folder that holds nothing but folders; anything else stays. */
async function removeEmptyTree(folder: string): Promise<void> {
	let entries: { readonly name: string; isDirectory(): boolean }[];
	try {
		entries = await readdir(folder, { withFileTypes: true });
	} catch (error) {
		if (isMissing(error)) return;
		throw error;
	}
	for (const entry of entries) if (entry.isDirectory()) await removeEmptyTree(join(folder, entry.name));
	await removeFolderIfEmpty(folder);
}

async function syncFolderIfThere(folder: string, calls: FileCalls): Promise<void> {
	try {
		await syncFolder(folder, calls);
	} catch (error) {
		if (!isMissing(error)) throw error;
	}
}
