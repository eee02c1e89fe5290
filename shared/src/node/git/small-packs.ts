import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './disk-errors.ts';
import { PackIndex } from './pack-index.ts';

/** A pack with fewer objects and bytes is small. */
const smallObjects = 500;
const smallBytes = 50 * 1024 * 1024;
/** What an index has before its ids. */
const indexHeadBytes = 8 + 1024;

/** A small pack of ours. */
export interface SmallPack {
	readonly name: string;
	readonly ids: readonly string[];
	/** Whose its file is. */
	readonly uid: number;
}

/**
 * Those of some packs that are small.
 *
 * @param folder `objects/pack`
 * @param names as `OwnRecords.packs` gives them
 * @param files what lies in the folder
 */
export async function listSmallPacks(
	folder: string,
	names: ReadonlySet<string>,
	files: ReadonlySet<string>,
	objectFormat: 'sha1' | 'sha256',
): Promise<SmallPack[]> {
	const idBytes = objectFormat === 'sha1' ? 20 : 32;
	const small: SmallPack[] = [];
	for (const name of names) {
		if (!files.has(`${name}.pack`) || !files.has(`${name}.idx`)) continue;
		const [pack, idx] = await Promise.all(['pack', 'idx'].map((ending) => statOrNull(join(folder, `${name}.${ending}`))));
		if (!pack || !idx || pack.size >= smallBytes || idx.size >= indexHeadBytes + smallObjects * (idBytes + 8)) continue;
		const index = new PackIndex(join(folder, `${name}.idx`), idBytes);
		try {
			if ((await index.count()) < smallObjects) small.push({ name, ids: await index.ids(), uid: pack.uid });
		} catch (error) {
			// A `git gc` took it.
			if (!isMissing(error)) throw error;
		}
	}
	return small;
}

/** Names in a folder; none where it is not there. */
export async function namesIn(folder: string): Promise<ReadonlySet<string>> {
	try {
		return new Set(await readdir(folder));
	} catch (error) {
		if (isMissing(error)) return new Set();
		throw error;
	}
}

/** What is at a path; null where nothing is. */
export async function statOrNull(path: string) {
	try {
		return await stat(path);
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
}
