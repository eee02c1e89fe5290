import { readdir, realpath, utimes } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { isNightlogError } from '../../base/nightlog-error.ts';
import { isMissing, systemCode } from './disk-errors.ts';
import { forEachLimited } from './durable-files.ts';
import { type FileCalls, patientCalls } from './file-calls.ts';
import { type GitObject, hasLoose, isFreshLoose, readLoose } from './loose-objects.ts';
import { readPacked } from './pack-file.ts';
import { PackIndex } from './pack-index.ts';
import { readRegularFile } from './read-regular-file.ts';

interface Pack {
	readonly path: string;
	readonly index: PackIndex;
	/** A pack of unreachable objects (`.mtimes`): what is in it may go at any time. */
	readonly isCruft: boolean;
	freshenedAtMs: number;
}

/** One folder of objects: the repository's own, or one that it borrows from (alternates). */
export class ObjectFolder {
	readonly path: string;
	private readonly idBytes: number;
	private readonly calls: FileCalls;
	private packs: ReadonlyMap<string, Pack> = new Map();
	private packsKey = '';

	constructor(path: string, idBytes: number, calls: FileCalls = patientCalls) {
		this.path = path;
		this.idBytes = idBytes;
		this.calls = calls;
	}

	/**
	 * Reads an object; null where it is not here.
	 *
	 * @throws NightlogError `repository/corrupt`, also where it has more than `mostBytes`, or is nowhere and may be in a pack whose index cannot be read
	 */
	async read(oid: string, mostBytes: number): Promise<GitObject | null> {
		const loose = await readLoose(this.path, oid, mostBytes, this.calls);
		if (loose !== null) return loose;
		await this.scanPacks(false);
		const damage: unknown[] = [];
		const packed = await this.readPacked(oid, mostBytes, damage);
		if (packed !== null) return packed;
		// A `git gc` may have moved it between the two looks: look at the packs anew, and at the loose ones once more.
		await this.scanPacks(true);
		const found = (await this.readPacked(oid, mostBytes, damage)) ?? (await readLoose(this.path, oid, mostBytes, this.calls));
		if (found === null && damage.length > 0) throw damage[0];
		return found;
	}

	/** Whether an object is here. */
	async has(oid: string): Promise<boolean> {
		if (await hasLoose(this.path, oid, this.calls)) return true;
		await this.scanPacks(false);
		if ((await this.findPack(oid, true)) !== null) return true;
		await this.scanPacks(true);
		return (await this.findPack(oid, true)) !== null || (await hasLoose(this.path, oid, this.calls));
	}

	/** To be begun before a row of questions to `isFresh`. Indexes are read at the same time, which on a slow disk would else be waited for one by one. */
	async refresh(): Promise<void> {
		await this.scanPacks(false);
		// What cannot be read is said by whoever asks it.
		await forEachLimited([...this.packs.values()], 16, async ({ index }) => void (await index.count().catch(() => 0)));
	}

	/** Whether an object is here and will stay though nothing refers to it yet, see `isFreshLoose`. False when in doubt. */
	async isFresh(oid: string, nowMs: number, refreshed: Promise<unknown>): Promise<boolean> {
		if (await isFreshLoose(this.path, oid, nowMs, this.calls)) return true;
		await refreshed;
		const pack = await this.findPack(oid, false);
		if (pack === null) return false;
		if (nowMs - pack.freshenedAtMs < 60 * 60 * 1000) return true;
		try {
			await utimes(pack.path, nowMs / 1000, nowMs / 1000);
		} catch (error) {
			const code = systemCode(error);
			if (isMissing(error) || code === 'EPERM' || code === 'EACCES' || code === 'EROFS') return false;
			throw error;
		}
		pack.freshenedAtMs = nowMs;
		return true;
	}

	/** Which of these a pack, other than one of unreachable objects, holds now. */
	async packedOf(oids: readonly string[]): Promise<string[]> {
		await this.scanPacks(true);
		const found: string[] = [];
		for (const oid of oids) if ((await this.findPack(oid, false)) !== null) found.push(oid);
		return found;
	}

	/** What is damaged is passed over, as Git does, and told of in `damage`: another pack may have the object, too. */
	private async readPacked(oid: string, mostBytes: number, damage: unknown[]): Promise<GitObject | null> {
		for (const pack of this.packs.values()) {
			try {
				const object = await readPacked(pack.path, pack.index, oid, this.idBytes, mostBytes);
				if (object !== null) return object;
			} catch (error) {
				if (isNightlogError(error, 'repository/corrupt')) damage.push(error);
				else if (!isMissing(error)) throw error;
			}
		}
		return null;
	}

	/** A pack whose index cannot be read counts as holding nothing, as for Git: what it may hold is written once more. */
	private async findPack(oid: string, cruftToo: boolean): Promise<Pack | null> {
		for (const pack of this.packs.values()) {
			if (pack.isCruft && !cruftToo) continue;
			try {
				if (await pack.index.has(oid)) return pack;
			} catch (error) {
				if (!isMissing(error) && !isNightlogError(error, 'repository/corrupt')) throw error;
			}
		}
		return null;
	}

	private async scanPacks(force: boolean): Promise<void> {
		const folder = join(this.path, 'pack');
		try {
			const found = await this.calls.stat(folder);
			if (found === null) {
				this.packs = new Map();
				this.packsKey = '';
				return;
			}
			const key = `${found.ino}:${found.mtimeNs}`;
			if (!force && key === this.packsKey) return;
			const names = new Set(await readdir(folder));
			const packs = new Map<string, Pack>();
			for (const name of names) {
				if (!name.endsWith('.idx')) continue;
				const base = name.slice(0, -4);
				if (!names.has(`${base}.pack`)) continue;
				const isCruft = names.has(`${base}.mtimes`);
				const known = this.packs.get(base);
				packs.set(
					base,
					known !== undefined && known.isCruft === isCruft
						? known
						: { path: join(folder, `${base}.pack`), index: new PackIndex(join(folder, name), this.idBytes), isCruft, freshenedAtMs: 0 },
				);
			}
			this.packs = packs;
			this.packsKey = key;
		} catch (error) {
			if (!isMissing(error)) throw error;
			this.packs = new Map();
			this.packsKey = '';
		}
	}
}

/** Git follows no longer row of folders that borrow from each other. Source: object-file.c, `link_alt_odb_entries`. */
const longestRow = 5;
/** So many folders are looked at in all: a stranger's repository may name a million, or itself. */
const mostFolders = 1000;

/**
 * The folders that a folder of objects borrows from, and they in turn, each once. What cannot be reached is passed over, as Git does.
 * Source: gitrepository-layout(5), "objects/info/alternates".
 */
export async function readAlternates(objectsFolder: string): Promise<string[]> {
	const found = new Map<string, string>();
	let looked = 0;
	async function follow(folder: string, row: number): Promise<void> {
		for (const path of await readBorrowed(folder)) {
			if (found.size === 0) found.set(await realpath(objectsFolder), objectsFolder);
			looked += 1;
			if (looked > mostFolders) return;
			const actual = await realpath(path).catch(() => null);
			if (actual === null || found.has(actual)) continue;
			found.set(actual, path);
			if (row < longestRow) await follow(path, row + 1);
		}
	}
	await follow(objectsFolder, 1);
	return [...found.values()].slice(1);
}

/** The folders that one names. */
async function readBorrowed(objectsFolder: string): Promise<string[]> {
	const text = await readRegularFile(join(objectsFolder, 'info', 'alternates'), 1024 * 1024);
	return (text?.toString('utf8') ?? '')
		.split('\n')
		.filter((line) => line !== '' && !line.startsWith('#'))
		.map((line) => (line.startsWith('"') ? unquote(line) : line))
		.map((path) => (isAbsolute(path) ? path : resolve(objectsFolder, path)));
}

/** A path as Git quotes it (quote.c): C escapes and octal bytes. */
function unquote(line: string): string {
	const bytes: number[] = [];
	const plain: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };
	const source = Buffer.from(line.slice(1, line.lastIndexOf('"')), 'utf8');
	for (let index = 0; index < source.length; index++) {
		if (source[index] !== 0x5c) {
			bytes.push(source[index] ?? 0);
			continue;
		}
		const octal = /^[0-3][0-7]{2}/.exec(source.toString('latin1', index + 1, index + 4));
		const letter = String.fromCharCode(source[index + 1] ?? 0);
		bytes.push(octal === null ? (plain[letter] ?? source[index + 1] ?? 0) : Number.parseInt(octal[0], 8));
		index += octal === null ? 1 : 3;
	}
	return Buffer.from(bytes).toString('utf8');
}
