import type { ObjectReader } from './object-reader.ts';
import type { TreeFile } from './plan-tree.ts';
import type { ObjectId } from './repository.ts';

/** The folder of a version's tree that holds outputs cut from its notebook. */
const outputsFolder = '.nightlog/outputs';
/** The script in a version's tree that puts outputs back without Nightlog. */
export const restoreScriptPath = '.nightlog/restore.py';

/**
 * Where outputs lie in a version's tree: up to 128 beside each other, more in a folder by the first digit of their names, very many by the first two.
 * So a changed output rewrites only a short list of names.
 *
 * @param names SHA-256 of each output, 64 hexadecimal digits
 */
export function outputPaths(names: readonly string[]): Map<string, string> {
	const digits = names.length <= 128 ? 0 : names.length <= 2048 ? 1 : 2;
	return new Map(names.map((name) => [name, digits === 0 ? `${outputsFolder}/${name}` : `${outputsFolder}/${name.slice(0, digits)}/${name}`]));
}

/** Outputs in a tree by their path, in whichever folder they lie. */
export async function listOutputs(reader: Pick<ObjectReader, 'readTree' | 'findEntry'>, tree: ObjectId): Promise<Map<string, TreeFile>> {
	const files = new Map<string, TreeFile>();
	const folder = await reader.findEntry(tree, outputsFolder);
	if (folder?.mode !== '40000') return files;
	for (const entry of await reader.readTree(folder.oid)) {
		const path = `${outputsFolder}/${entry.name}`;
		if (entry.mode === '100644') files.set(path, { mode: entry.mode, oid: entry.oid });
		else if (entry.mode === '40000') {
			for (const inner of await reader.readTree(entry.oid)) {
				if (inner.mode === '100644') files.set(`${path}/${inner.name}`, { mode: inner.mode, oid: inner.oid });
			}
		}
	}
	return files;
}
