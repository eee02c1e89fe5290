import { NightlogError } from '../base/nightlog-error.ts';
import type { Receipt } from '../jobs/runner-protocol.ts';
import { cellIdsOf } from '../notebook/cell-id.ts';
import { joinLines, joinOutput } from './join-lines.ts';
import type { RanCell } from './plan-outputs.ts';

/** Statuses with which a cell leaves outputs behind. */
const ranStatuses: ReadonlySet<string> = new Set(['ok', 'error', 'expected-error', 'interrupted']);

/** Ids of the cells that ran, by the run record. */
export function ranByReceipt(receipt: Pick<Receipt, 'cells'>): Set<string> {
	return new Set(receipt.cells.filter((cell) => ranStatuses.has(cell.status)).map((cell) => cell.id));
}

/** Ids of the cells that ran, by the runner's events, for a job that left no run record. A cell that began and never ended counts: what it wrote is kept. */
export function ranByEvents(events: readonly Readonly<Record<string, unknown>>[]): Set<string> {
	const ran = new Set<string>();
	for (const event of events) {
		if (typeof event.cell !== 'string') continue;
		if (event.kind === 'cell-started') ran.add(event.cell);
		if (event.kind === 'cell-ended' && typeof event.status === 'string' && !ranStatuses.has(event.status)) ran.delete(event.cell);
	}
	return ran;
}

/** The id under which a cell without an id of its own is known here: its place, counted from 0, injected parameters left out. */
export function idOfPlace(index: number): string {
	return `#${index}`;
}

/**
 * The code cells of an executed notebook that ran.
 *
 * @param text the executed notebook
 * @param ran their ids as run record or events have them, which are those of `cellIdsOf` for the notebook that was submitted
 * @returns in the notebook's order; the cell with the injected parameters is left out. Cells that go by a derived id have `idOfPlace` as theirs
 * @throws NightlogError `notebook/invalid` when `text` is no notebook
 */
export function readRanCells(text: string, ran: ReadonlySet<string>): RanCell[] {
	const submitted = withoutInserted(cellsOf(text), ran);
	const ids = idsOf(submitted);
	const result: RanCell[] = [];
	let place = 0;
	submitted.forEach((cell, index) => {
		if (isInjected(cell)) return;
		const id = ids[index]!;
		const here = idOfPlace(place++);
		if (cell.cell_type !== 'code' || !ran.has(id)) return;
		result.push({
			id: id === ownIdOf(cell) ? id : here,
			source: joinLines(cell.source),
			outputs: Array.isArray(cell.outputs) ? cell.outputs.map(joinOutput) : [],
			executionCount: typeof cell.execution_count === 'number' ? cell.execution_count : null,
		});
	});
	return result;
}

/**
 * The cells as they were submitted: a cell that the runner put in had no place among them, and one that it replaced had (`cells.py`). One that an
 * earlier job put in, and that was submitted again, looks as if this job had: then the ids of the cells behind it tell.
 */
function withoutInserted(cells: readonly Loose[], ran: ReadonlySet<string>): Loose[] {
	const inserted = cells.findIndex((cell) => {
		const id = ownIdOf(cell);
		return isInjected(cell) && (id === null ? ran.has('injected-parameters') : /^parameters-[0-9a-f]{8}(-\d+)?$/.test(id));
	});
	if (inserted < 0) return [...cells];
	const without = cells.filter((_, index) => index !== inserted);
	const found = (ids: readonly string[]) => ids.filter((id) => ran.has(id)).length;
	const isSubmitted = found(idsOf(cells).filter((_, index) => index !== inserted)) > found(idsOf(without));
	return isSubmitted ? [...cells] : without;
}

const idsOf = (cells: readonly Loose[]) => cellIdsOf(cells.map((cell) => ({ ownId: ownIdOf(cell), source: joinLines(cell.source) })));

type Loose = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);

const ownIdOf = (cell: Loose): string | null => (typeof cell.id === 'string' ? cell.id : null);

function cellsOf(text: string): Loose[] {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (cause) {
		throw new NightlogError('notebook/invalid', 'The result is not a notebook: it is no JSON.', { cause });
	}
	if (!isObject(value) || !Array.isArray(value.cells)) throw new NightlogError('notebook/invalid', 'The result is not a notebook: it has no cells.');
	return value.cells.filter(isObject);
}

function isInjected(cell: Loose): boolean {
	return isObject(cell.metadata) && Array.isArray(cell.metadata.tags) && cell.metadata.tags.includes('injected-parameters');
}
