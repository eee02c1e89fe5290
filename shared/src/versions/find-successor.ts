import type { CommitOid } from '../base/ids.ts';
import { parentOf } from './list-versions.ts';
import { type ObjectReader, readWholeVersion } from './object-reader.ts';

/** As many versions are looked at: an older one was replaced, if at all, by a store that knows it. */
const mostLooked = 500;

/**
 * The version that took the place of another, as the history itself says it: for a store that lost what it knew, and where another store replaced it.
 * Null where the history holds the version, or does not tell.
 *
 * @param tip the notebook's newest version
 * @param number of the version that is looked for; null where it cannot be read any more
 */
export async function findSuccessor(reader: ObjectReader, tip: CommitOid, id: CommitOid, number: number | null): Promise<CommitOid | null> {
	let current: CommitOid | null = tip;
	for (let looked = 0; current !== null && looked < mostLooked; looked++) {
		if (current === id) return null;
		const version = await readWholeVersion(reader, current);
		if (version === null || (number !== null && version.document.number < number)) return null;
		if (version.document.replaces.includes(id)) return version.id;
		current = parentOf(version);
	}
	return null;
}
