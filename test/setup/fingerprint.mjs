import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkout } from './checkout.mjs';

const left = new Set(['node_modules', 'lib', 'dist', '__pycache__', '.ipynb_checkpoints', 'labextension']);

function filesBelow(file) {
	const stat = statSync(file, { throwIfNoEntry: false });
	if (stat === undefined) return [];
	if (!stat.isDirectory()) return [file];
	return readdirSync(file)
		.filter((name) => !left.has(name))
		.sort()
		.flatMap((name) => filesBelow(path.join(file, name)));
}

/** SHA-256 over the names and bytes of files and of all files in folders, without what is built. */
export function fingerprint(paths, root = checkout) {
	const hash = createHash('sha256');
	for (const file of paths.flatMap((each) => filesBelow(path.resolve(root, each)))) {
		const bytes = readFileSync(file);
		hash.update(`${path.relative(root, file)}\0${bytes.length}\0`).update(bytes);
	}
	return hash.digest('hex');
}

/**
 * Does the work unless its outputs are there and were made from the same inputs. The stamp is written only after the work succeeded, so that
 * what was interrupted is done again.
 *
 * @param {{name: string, inputs: readonly string[], outputs: readonly string[]}} target paths relative to the checkout, or absolute
 * @param {() => Promise<void>} work
 * @returns {Promise<boolean>} whether the work was done
 */
export async function unlessUpToDate({ name, inputs, outputs }, work) {
	const stamp = path.join(checkout, 'node_modules', '.cache', 'nightlog', name);
	const now = fingerprint(inputs);
	const before = existsSync(stamp) ? readFileSync(stamp, 'utf8') : null;
	if (before === now && outputs.every((output) => existsSync(path.resolve(checkout, output)))) return false;
	await work();
	mkdirSync(path.dirname(stamp), { recursive: true });
	// Whole, and as a file of its own: a checkout may be a copy that shares its files with another one by links.
	writeFileSync(`${stamp}.new`, now);
	renameSync(`${stamp}.new`, stamp);
	return true;
}
