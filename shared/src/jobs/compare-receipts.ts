import type { Receipt } from './runner-protocol.ts';

type ReceiptCell = Receipt['cells'][number];

/** What became of a cell when it ran again. */
export interface CellComparison {
	readonly id: string;
	/** Place among the notebook's cells, from 0. */
	readonly index: number;
	/**
	 * `same`: every output is the same to the byte in canonical form. `differs`: one is not. `failed`: it ended with an error, was stopped or was not reached
	 * now, and that was not so before.
	 */
	readonly verdict: 'same' | 'differs' | 'failed';
	/** Whether the text of its outputs is the same, where their other forms (pictures, HTML) may differ. */
	readonly sameText: boolean;
	/** In words, why it is not the same; null where it is. */
	readonly why: string | null;
}

/**
 * Compares the cells of two runs of the same version, in the order of the first. A cell that the second run does not know has failed.
 * Cells that did not run in the first are left out: there is nothing to compare with.
 */
export function compareReceipts(before: Pick<Receipt, 'cells'>, after: Pick<Receipt, 'cells'>): readonly CellComparison[] {
	const again = new Map(after.cells.map((cell) => [cell.id, cell]));
	return before.cells
		.filter((cell) => cell.status !== 'not-run' && cell.status !== 'skipped')
		.map((cell) => ({ id: cell.id, index: cell.index, ...compareCell(cell, again.get(cell.id)) }));
}

function compareCell(before: ReceiptCell, after: ReceiptCell | undefined): Pick<CellComparison, 'verdict' | 'sameText' | 'why'> {
	if (after === undefined) return { verdict: 'failed', sameText: false, why: 'it did not run' };
	if (after.status !== before.status)
		return { verdict: after.status === 'ok' ? 'differs' : 'failed', sameText: false, why: statusInWords(after.status) };
	const sameText = sameList(before, after, (output) => output.textSha256 ?? output.type);
	if (sameList(before, after, (output) => output.sha256)) return { verdict: 'same', sameText, why: null };
	const why =
		before.outputs.length === after.outputs.length
			? 'an output is not the same'
			: `${after.outputs.length} outputs where there were ${before.outputs.length}`;
	return { verdict: 'differs', sameText, why: sameText ? `${why}, its text is` : why };
}

function sameList(before: ReceiptCell, after: ReceiptCell, key: (output: ReceiptCell['outputs'][number]) => string): boolean {
	return (
		before.outputs.length === after.outputs.length &&
		before.outputs.every((output, index) => key(output) === key(after.outputs[index] as ReceiptCell['outputs'][number]))
	);
}

function statusInWords(status: ReceiptCell['status']): string {
	switch (status) {
		case 'ok':
			return 'it ran, which it did not before';
		case 'error':
			return 'it raised an error';
		case 'expected-error':
			return 'it raised an error, as its tag allows';
		case 'interrupted':
			return 'it was interrupted';
		case 'skipped':
		case 'not-run':
			return 'it did not run';
	}
}
