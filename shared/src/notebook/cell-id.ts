import type { CellId } from '../base/ids.ts';
import { sha256OfText } from '../base/sha256.ts';

/** Longest id that a job's selection of cells can carry; nbformat allows 64. */
const longestId = 128;

/** The id of a cell that has none of its own: `i<index>-<first 8 hex digits of the SHA-256 of the source as UTF-8>`. */
export function derivedCellId(index: number, source: string): CellId {
	return `i${index}-${sha256OfText(source).slice(0, 8)}` as CellId;
}

/**
 * Ids for all cells of a notebook, in their order, no two alike. A cell keeps its own id where that is 1 to 128 characters and no cell before it has it;
 * every other cell gets the derived one (with `-2`, `-3`... behind it in the unheard-of case that somebody gave that very id to another cell).
 */
export function cellIdsOf(cells: readonly { readonly ownId: string | null; readonly source: string }[]): CellId[] {
	const taken = new Set<string>();
	const kept = cells.map(({ ownId }) => {
		if (ownId === null || ownId.length < 1 || ownId.length > longestId || taken.has(ownId)) return undefined;
		taken.add(ownId);
		return ownId as CellId;
	});
	return kept.map((id, index) => {
		if (id !== undefined) return id;
		const derived = derivedCellId(index, cells[index]!.source);
		let unique = derived;
		for (let count = 2; taken.has(unique); count++) unique = `${derived}-${count}` as CellId;
		taken.add(unique);
		return unique;
	});
}
