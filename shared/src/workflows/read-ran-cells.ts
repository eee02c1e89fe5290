import { NightlogError } from '../base/nightlog-error.ts';
import type { Receipt } from '../jobs/runner-protocol.ts';
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

/** The id under which a cell of a notebook without ids is known here: its place, counted from 0, injected parameters left out. */
export function idOfPlace(index: number): string {
	return `#${index}`;
}

/**
 * The code cells of an executed notebook that ran.
 *
 * @param text the executed notebook
 * @param ran their ids as run record or events have them: an nbformat id, or `i<index>-<hash>` where there is none
 * @returns in the notebook's order; the cell with the injected parameters is left out. Cells without an id have `idOfPlace` as theirs
 * @throws NightlogError `notebook/invalid` when `text` is no notebook
 */
export function readRanCells(text: string, ran: ReadonlySet<string>): RanCell[] {
	const places = new Set([...ran].map((id) => /^i(\d+)-[0-9a-f]{8}$/.exec(id)?.[1]).filter((place) => place !== undefined));
	const result: RanCell[] = [];
	let place = 0;
	for (const cell of cellsOf(text)) {
		if (hasTag(cell, 'injected-parameters')) continue;
		const index = place++;
		if (cell.cell_type !== 'code') continue;
		const id = typeof cell.id === 'string' ? cell.id : null;
		if (id === null ? !places.has(String(index)) : !ran.has(id)) continue;
		result.push({
			id: id ?? idOfPlace(index),
			source: joinLines(cell.source),
			outputs: Array.isArray(cell.outputs) ? cell.outputs.map(joinOutput) : [],
			executionCount: typeof cell.execution_count === 'number' ? cell.execution_count : null,
		});
	}
	return result;
}

type Loose = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);

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

function hasTag(cell: Loose, tag: string): boolean {
	return isObject(cell.metadata) && Array.isArray(cell.metadata.tags) && cell.metadata.tags.includes(tag);
}
