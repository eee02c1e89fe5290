import type { ISharedCodeCell } from '@jupyter/ydoc';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { Output, RanCell } from '@nightlog/shared/workflows/plan-outputs';
import { codeCellsOf } from '../document/document-cells.ts';
import { inOneUndoStep } from '../document/one-undo-step.ts';

/** What a cell shows below its text. */
interface Shown {
	readonly outputs: readonly Output[];
	readonly executionCount: number | null;
}

/** What a cell showed before outputs came into it, so that it can come back. */
export interface FilledCell {
	readonly cell: ISharedCodeCell;
	readonly before: Shown;
	readonly after: Shown;
}

const current = (cell: ISharedCodeCell): Shown => ({
	outputs: cell.getOutputs() as readonly Output[],
	executionCount: cell.execution_count ?? null,
});

function write(model: INotebookModel, cells: readonly { readonly cell: ISharedCodeCell; readonly shown: Shown }[]): void {
	inOneUndoStep(model, [
		() => {
			for (const { cell } of cells) cell.setOutputs([]);
		},
		() => {
			for (const { cell, shown } of cells) {
				cell.setOutputs(shown.outputs as unknown as Parameters<ISharedCodeCell['setOutputs']>[0]);
				cell.execution_count = shown.executionCount;
			}
		},
	]);
}

/** Puts outputs into the cells with their ids. Cells' trust is left as it is: Jupyter shows the outputs as it would its own. */
export function fillCells(model: INotebookModel, ran: readonly RanCell[]): FilledCell[] {
	const byId = new Map(codeCellsOf(model).map((entry) => [entry.id, entry.cell]));
	const targets = ran.flatMap((shown) => {
		const cell = byId.get(shown.id);
		return cell === undefined ? [] : [{ cell, shown, before: current(cell) }];
	});
	write(model, targets);
	return targets.map(({ cell, before }) => ({ cell, before, after: current(cell) }));
}

/** Shows again what cells showed before; those that show something else by now are left alone. Returns how many came back. */
export function takeBack(model: INotebookModel, filled: readonly FilledCell[]): number {
	const present = new Set(codeCellsOf(model).map((entry) => entry.cell));
	const unchanged = filled.filter(({ cell, after }) => present.has(cell) && JSON.stringify(current(cell)) === JSON.stringify(after));
	write(
		model,
		unchanged.map(({ cell, before }) => ({ cell, shown: before })),
	);
	return unchanged.length;
}
