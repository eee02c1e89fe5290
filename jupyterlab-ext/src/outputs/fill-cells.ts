import { type ISharedCodeCell, YDocument } from '@jupyter/ydoc';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { Output, RanCell } from '@nightlog/shared/workflows/plan-outputs';
import { codeCellsOf } from '../document/document-cells.ts';

/** What cells showed before outputs came into them, so that it can come back. */
export interface FilledCell {
	readonly cell: ISharedCodeCell;
	readonly before: { readonly outputs: readonly Output[]; readonly executionCount: number | null };
	readonly after: { readonly outputs: readonly Output[]; readonly executionCount: number | null };
}

/** Changes the document in one step, which *Undo* takes back as one. */
function inOneStep(model: INotebookModel, change: () => void): void {
	const { sharedModel } = model;
	// Without this it would be one step with whatever was done half a second before.
	const separate = () => {
		if (sharedModel instanceof YDocument) sharedModel.undoManager.stopCapturing();
	};
	separate();
	sharedModel.transact(change, true);
	separate();
}

function write(cell: ISharedCodeCell, outputs: readonly Output[], executionCount: number | null): void {
	cell.setOutputs(outputs as unknown as Parameters<ISharedCodeCell['setOutputs']>[0]);
	cell.execution_count = executionCount;
}

const current = (cell: ISharedCodeCell): FilledCell['before'] => ({
	outputs: cell.getOutputs() as readonly Output[],
	executionCount: cell.execution_count ?? null,
});

/** Puts outputs into the cells with their ids. Cells' trust is left as it is: Jupyter shows the outputs as it would its own. */
export function fillCells(model: INotebookModel, ran: readonly RanCell[]): FilledCell[] {
	const byId = new Map(codeCellsOf(model).map((entry) => [entry.id, entry.cell]));
	const filled: FilledCell[] = [];
	inOneStep(model, () => {
		for (const { id, outputs, executionCount } of ran) {
			const cell = byId.get(id);
			if (cell === undefined) continue;
			const before = current(cell);
			write(cell, outputs, executionCount);
			filled.push({ cell, before, after: current(cell) });
		}
	});
	return filled;
}

/** Shows again what cells showed before; those that show something else by now are left alone. Returns how many came back. */
export function takeBack(model: INotebookModel, filled: readonly FilledCell[]): number {
	const present = new Set(codeCellsOf(model).map((entry) => entry.cell));
	const unchanged = filled.filter(({ cell, after }) => present.has(cell) && JSON.stringify(current(cell)) === JSON.stringify(after));
	inOneStep(model, () => {
		for (const { cell, before } of unchanged) write(cell, before.outputs, before.executionCount);
	});
	return unchanged.length;
}
