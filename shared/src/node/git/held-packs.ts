import { join } from 'node:path';
import type { ObjectId } from '../../versions/repository.ts';
import { removeIfThere } from './durable-files.ts';
import type { FileCalls } from './file-calls.ts';
import { readRegularFile } from './read-regular-file.ts';
import { namesIn, statOrNull } from './small-packs.ts';

/** What our `.keep` files say; others are not ours. */
export const heldNote = 'nightlog: until a ref leads to what is in here';
/** After so long, whoever held a pack was killed, or never came to the ref. */
const heldForMs = 60 * 60 * 1000;

interface HeldPack {
	/** What is in it, and of the sessions that took up its version after a ref could not be moved to that. */
	readonly oids: Set<ObjectId>;
	isToBeTakenUp: boolean;
}

/**
 * Packs with a new version in them to which no ref leads yet, each with a `.keep` beside it: a `git repack -ad` that began before the ref moved would
 * otherwise take the pack away after it. Git's fetch does the same (git-index-pack(1), `--keep`). Loose objects need no such thing.
 */
export class HeldPacks {
	private readonly folder: string;
	private readonly calls: FileCalls;
	private readonly held = new Map<string, HeldPack>();

	/** @param folder `objects/pack` */
	constructor(folder: string, calls: FileCalls) {
		this.folder = folder;
		this.calls = calls;
	}

	/** Before the pack with this name becomes visible. It need not be durable: a machine that crashes moves no ref. */
	async hold(name: string, oids: Iterable<ObjectId>): Promise<void> {
		const file = await this.calls.open(this.pathOf(name), 'wx', 0o444);
		try {
			const note = Buffer.from(`${heldNote}\n`);
			await this.calls.write(file, note, 0, note.length, 0);
		} finally {
			await this.calls.close(file);
			this.add(name, oids);
		}
	}

	/** Notes that the pack with this name was made with its `.keep`. */
	add(name: string, oids: Iterable<ObjectId>): void {
		this.held.set(name, { oids: new Set(oids), isToBeTakenUp: false });
	}

	/** A session begins to write these: it may be one that tries again, and finds most of it in a pack that is held. */
	takeUp(oids: readonly ObjectId[]): void {
		for (const pack of this.held.values()) {
			if (!pack.isToBeTakenUp || !oids.some((oid) => pack.oids.has(oid))) continue;
			for (const oid of oids) pack.oids.add(oid);
			pack.isToBeTakenUp = false;
		}
	}

	/** See `ObjectStore.settle`. */
	async settle(tips: readonly ObjectId[], isMoved: boolean): Promise<void> {
		for (const [name, pack] of this.held) {
			if (!tips.some((tip) => pack.oids.has(tip))) continue;
			if (isMoved) await this.letGo(name);
			else pack.isToBeTakenUp = true;
		}
	}

	/** Lets go what others, who did not come to it, have held for an hour. */
	async sweep(nowMs: number): Promise<void> {
		for (const file of await namesIn(this.folder)) {
			if (!file.endsWith('.keep')) continue;
			const name = file.slice(0, -'.keep'.length);
			const path = this.pathOf(name);
			const found = await statOrNull(path);
			if (found === null || nowMs - found.mtimeMs < heldForMs) continue;
			if ((await readRegularFile(path, 1024).catch(() => null))?.toString('latin1').startsWith(heldNote) === true) await this.letGo(name);
		}
	}

	/** Lets the pack with this name go. */
	async letGo(name: string): Promise<void> {
		this.held.delete(name);
		// What stays is swept later: no version fails because of it.
		await removeIfThere(this.pathOf(name), this.calls).catch(() => {});
	}

	private pathOf(name: string): string {
		return join(this.folder, `${name}.keep`);
	}
}
