/** An output as nbformat has it. */
export type Output = Readonly<Record<string, unknown>>;

/** A code cell that a job ran, as its result holds it. */
export interface RanCell {
	/** Its id in the document; see `readRanCells`. */
	readonly id: string;
	readonly source: string;
	readonly outputs: readonly Output[];
	readonly executionCount: number | null;
}

/** A code cell of the document on the screen. */
export interface ShownCell {
	readonly id: string;
	/** Its place, by `idOfPlace`: an editor gives ids to cells that have none in the file, and the job knows nothing of them. */
	readonly place: string;
	readonly source: string;
	readonly outputs: readonly Output[];
	readonly executionCount: number | null;
}

/** Where a job's outputs go. Every cell that ran is in exactly one list, with the id of the document's cell where it has one. */
export interface OutputPlan {
	/** The cell's text is what was run: its outputs can take the place of those shown. */
	readonly fill: readonly RanCell[];
	/** The text was changed since: the outputs belong to the text that was run. */
	readonly changed: readonly RanCell[];
	/** The document has no such cell any more. */
	readonly missing: readonly RanCell[];
	/** These outputs are shown already. */
	readonly shown: readonly RanCell[];
}

/** Compares what a job ran with what is on the screen. Changes nothing. */
export function planOutputs(ran: readonly RanCell[], shown: readonly ShownCell[]): OutputPlan {
	const byId = new Map([...shown.map((cell) => [cell.place, cell] as const), ...shown.map((cell) => [cell.id, cell] as const)]);
	const plan = { fill: [] as RanCell[], changed: [] as RanCell[], missing: [] as RanCell[], shown: [] as RanCell[] };
	for (const executed of ran) {
		const target = byId.get(executed.id);
		const cell = target === undefined ? executed : { ...executed, id: target.id };
		if (target === undefined) plan.missing.push(cell);
		else if (sameOutputs(cell, target)) plan.shown.push(cell);
		else if (target.source === cell.source) plan.fill.push(cell);
		else plan.changed.push(cell);
	}
	return plan;
}

function sameOutputs(ran: RanCell, shown: ShownCell): boolean {
	return ran.executionCount === shown.executionCount && canonical(ran.outputs) === canonical(shown.outputs);
}

const canonical = (value: unknown): string => JSON.stringify(sorted(value));

function sorted(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.sort(([first], [second]) => (first < second ? -1 : 1))
			.map(([key, child]) => [key, sorted(child)]),
	);
}
