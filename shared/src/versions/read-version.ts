import type { CommitOid } from '../base/ids.ts';
import { NightlogError } from '../base/nightlog-error.ts';
import type { ObjectReader, StoredVersion } from './object-reader.ts';
import { listOutputs } from './output-paths.ts';
import type { ObjectId } from './repository.ts';

/** Puts outputs back into the text of a notebook; `payload` gives those of a SHA-256. */
export type RestoreOutputs = (text: Uint8Array, payload: (sha256: string) => Uint8Array | null) => Uint8Array;

/** A file of a version. */
export interface StoredFile {
	readonly path: string;
	readonly mode: '100644' | '100755' | '120000';
	readonly oid: ObjectId;
}

/**
 * The notebook of a version as it was kept, byte for byte.
 *
 * @throws NightlogError `version/damaged` when something of it is missing or has another length than what was kept
 */
export async function readVersionNotebook(reader: ObjectReader, version: StoredVersion, restore: RestoreOutputs): Promise<Uint8Array> {
	const { notebook } = version.document;
	const text = await readVersionCode(reader, version);
	const bytes = notebook.form === 'cut' ? await putBack(reader, version, text, restore) : text;
	if (bytes.length !== notebook.sizeBytes) throw damaged(version.id, `its notebook has ${bytes.length} bytes and not ${notebook.sizeBytes}`);
	return bytes;
}

/**
 * The notebook of a version without its large outputs: in their place stands what `cutOutputs` put there, where the version holds it so. Sources,
 * parameters and metadata of cells are those that were kept, and a hundredth of the bytes is read.
 *
 * @throws NightlogError `version/damaged` when it is missing
 */
export async function readVersionCode(reader: ObjectReader, version: StoredVersion): Promise<Uint8Array> {
	const entry = await reader.findEntry(version.commit.tree, version.document.notebook.path);
	if (entry === null || entry.mode === '40000' || entry.mode === '160000') throw damaged(version.id, 'its notebook is not there');
	return await reader.repository.readBlob(entry.oid);
}

/** So many outputs are read at once: on a slow disk each takes some calls. */
const mostReads = 16;

async function putBack(reader: ObjectReader, version: StoredVersion, text: Uint8Array, restore: RestoreOutputs): Promise<Uint8Array> {
	const payloads = await readVersionOutputs(reader, version, null);
	return restore(text, (sha256) => payloads.get(sha256) ?? null);
}

/**
 * Outputs that were cut from a version's notebook, by their SHA-256; what the version does not hold is not among them.
 *
 * @param wanted which; null for all
 */
export async function readVersionOutputs(
	reader: ObjectReader,
	version: StoredVersion,
	wanted: ReadonlySet<string> | null,
): Promise<Map<string, Uint8Array>> {
	const payloads = new Map<string, Uint8Array>();
	if (wanted?.size === 0) return payloads;
	const outputs = [...(await listOutputs(reader, version.commit.tree))]
		.map(([path, file]) => ({ name: path.slice(path.lastIndexOf('/') + 1), oid: file.oid }))
		.filter(({ name }) => wanted?.has(name) ?? true)
		.values();
	const read = async (): Promise<void> => {
		for (const { name, oid } of outputs) payloads.set(name, await reader.repository.readBlob(oid));
	};
	// All take from the same row of outputs, one after the other.
	await Promise.all(Array.from({ length: mostReads }, read));
	return payloads;
}

/** All files of a version but the notebook and what lies in `.nightlog/`, sorted by path. Submodules are no files and are passed over. */
export async function listVersionFiles(reader: ObjectReader, version: StoredVersion): Promise<StoredFile[]> {
	const files: StoredFile[] = [];
	async function walk(tree: ObjectId, prefix: string): Promise<void> {
		for (const entry of await reader.readTree(tree)) {
			const path = prefix + entry.name;
			if (path === '.nightlog' || path === version.document.notebook.path) continue;
			if (entry.mode === '40000') await walk(entry.oid, `${path}/`);
			else if (entry.mode !== '160000') files.push({ path, mode: entry.mode, oid: entry.oid });
		}
	}
	await walk(version.commit.tree, '');
	return files.sort((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
}

function damaged(id: CommitOid, what: string): NightlogError {
	return new NightlogError('version/damaged', `This version cannot be read whole: ${what}. Run git fsck in its repository to see more.`, {
		data: { version: id },
	});
}
