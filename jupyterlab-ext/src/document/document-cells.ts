import type { ISharedCell, ISharedCodeCell } from '@jupyter/ydoc';
import type { INotebookModel } from '@jupyterlab/notebook';
import { cellIdsOf } from '@nightlog/shared/notebook/cell-id';
import type { Output, ShownCell } from '@nightlog/shared/workflows/plan-outputs';
import { idOfPlace } from '@nightlog/shared/workflows/read-ran-cells';

/** Whether the document's cells have ids of their own: from nbformat 4.5 on. JupyterLab makes up ids for the others, anew each time. */
export function hasCellIds(model: INotebookModel): boolean {
	return model.nbformat > 4 || model.nbformatMinor >= 5;
}

function isInjected(cell: ISharedCell): boolean {
	const tags: unknown = cell.getMetadata('tags');
	return Array.isArray(tags) && tags.includes('injected-parameters');
}

/** A code cell of the document, with the id under which a job's result knows it. */
export interface DocumentCell {
	readonly id: string;
	/** See `ShownCell`. */
	readonly place: string;
	readonly cell: ISharedCodeCell;
}

/** The code cells of the document, in its order. */
export function codeCellsOf(model: INotebookModel): DocumentCell[] {
	const withIds = hasCellIds(model);
	const cells: DocumentCell[] = [];
	const taken = new Set<string>();
	let index = 0;
	for (const cell of model.sharedModel.cells) {
		if (isInjected(cell)) continue;
		const place = idOfPlace(index++);
		// Of cells with the same id the first has it.
		const isOwn = withIds && !taken.has(cell.getId());
		taken.add(cell.getId());
		if (cell.cell_type === 'code') cells.push({ id: isOwn ? cell.getId() : place, place, cell: cell as ISharedCodeCell });
	}
	return cells;
}

/** A cell of the document as a plan compares it. */
export function shownCell({ id, place, cell }: DocumentCell): ShownCell {
	return { id, place, source: cell.getSource(), outputs: cell.getOutputs() as readonly Output[], executionCount: cell.execution_count ?? null };
}

/**
 * Ids, as a job's request has them, of a code cell and the code cells above it.
 *
 * @param index the cell's place among all cells of the document, counted from 0
 */
export function cellAndThoseAbove(model: INotebookModel, index: number): string[] {
	const { cells } = model.sharedModel;
	const withIds = hasCellIds(model);
	const ids = cellIdsOf(cells.map((cell) => ({ ownId: withIds ? cell.getId() : null, source: cell.getSource() })));
	return ids.filter((_, place) => place <= index && cells[place]?.cell_type === 'code');
}
