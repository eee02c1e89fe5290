import type { CellId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';

/** What choosing needs of a cell. */
export interface ChoosableCell {
	readonly id: CellId;
	readonly type: string;
	readonly source: string;
}

/**
 * Ids of a cell and of the code cells above it, in the notebook's order. Code cells without any code are left out, but for the chosen one.
 *
 * @param choice a cell's id, else its place counted from 1 over all cells
 * @throws NightlogError `command/unknown-cell` (400)
 */
export function cellsUpTo(cells: readonly ChoosableCell[], choice: string): CellId[] {
	const byId = cells.findIndex((cell) => cell.id === choice);
	const index = byId !== -1 ? byId : /^[1-9]\d{0,8}$/.test(choice) ? Number(choice) - 1 : -1;
	const chosen = cells[index];
	if (chosen === undefined) {
		throw new NightlogError(
			'command/unknown-cell',
			`The notebook has no cell "${choice}"; give a cell's id, or its place from 1 to ${cells.length}.`,
			{
				status: 400,
			},
		);
	}
	if (chosen.type !== 'code') {
		throw new NightlogError('command/unknown-cell', `Cell ${choice} is no code cell but ${chosen.type}; choose one that runs.`, { status: 400 });
	}
	return cells
		.slice(0, index + 1)
		.filter((cell) => cell === chosen || (cell.type === 'code' && cell.source.trim() !== ''))
		.map(({ id }) => id);
}
