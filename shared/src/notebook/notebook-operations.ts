import { NightlogError } from '../base/nightlog-error.ts';
import { sha256OfText } from '../base/sha256.ts';
import { applyTextEdits, type TextEdit } from './apply-text-edits.ts';
import type { JsonStyle, WritableJson } from './format-json.ts';
import { insertItem, removeItem, removeMember, replaceValue, setMember } from './json-edits.ts';
import { detectJsonStyle } from './json-style.ts';
import { type MultilineForm, multiline, withMultilineOutput } from './multiline-fields.ts';
import type { Notebook, NotebookCell } from './notebook.ts';
import { parseNotebook } from './parse-notebook.ts';

/*
 * Changes of a notebook, each from text to text. Bytes that a change is not about stay what they are; what is new is laid out like what stands around it.
 * Each takes a notebook that was read, or its text, and throws NightlogError `notebook/invalid` (422, with every problem) where the text is none, and
 * `notebook/unknown-cell` (404) where it has no such cell.
 */

/** What a run leaves in a cell. */
export interface CellOutputs {
	/** Pieces of an executed notebook keep their literals; plain data is written as JSON. */
	readonly outputs: readonly WritableJson[];
	/** The cell's number of execution; left out, it stays. */
	readonly executionCount?: number | null;
}

/** A cell to be put into a notebook. */
export interface NewCell {
	readonly type: 'code' | 'markdown' | 'raw';
	readonly source: string;
	/** Where the format has ids (4.5) and none is given, one is made from the source. */
	readonly id?: string;
	readonly metadata?: { readonly [name: string]: WritableJson };
}

/** Gives a code cell new outputs. Throws `notebook/not-code` (422) for other cells. */
export function setCellOutputs(notebook: Notebook | string, cellId: string, outputs: CellOutputs): string {
	return setOutputsOfCells(notebook, new Map([[cellId, outputs]]));
}

/** Gives several code cells new outputs at once. */
export function setOutputsOfCells(notebook: Notebook | string, changes: ReadonlyMap<string, CellOutputs>): string {
	const read = notebookOf(notebook);
	const style = detectJsonStyle(read.root);
	const form = multilineForm(read);
	const cells = new Map<string, NotebookCell>(read.cells.map((cell) => [cell.id, cell]));
	const edits = Array.from(changes, ([id, { outputs, executionCount }]) => {
		const cell = cells.get(id);
		if (cell === undefined) throw unknownCell(id);
		const written = outputs.map((output) => withMultilineOutput(output, form));
		return outputEdits(cell, written, executionCount, style);
	});
	return applyTextEdits(read.text, edits.flat());
}

/** Takes the outputs and numbers of execution out of these code cells, or of all. */
export function clearOutputs(notebook: Notebook | string, cellIds?: readonly string[]): string {
	const read = notebookOf(notebook);
	const style = detectJsonStyle(read.root);
	const cells = cellIds?.map((id) => cellOf(read, id)) ?? read.cells.filter(({ type }) => type === 'code');
	return applyTextEdits(
		read.text,
		cells.flatMap((cell) => outputEdits(cell, [], null, style)),
	);
}

/** Gives a cell another source, as one text or as lines, as it was kept before. */
export function replaceCellSource(notebook: Notebook | string, cellId: string, source: string): string {
	const read = notebookOf(notebook);
	const cell = cellOf(read, cellId);
	if (cell.source === source) return read.text;
	const node = cell.node.get('source');
	if (node === undefined) throw new NightlogError('notebook/no-source', `Cell ${cell.index + 1} is of a kind that has no source.`, { status: 422 });
	return applyTextEdits(read.text, replaceValue(node, multiline(source, node.kind === 'array' ? 'lines' : 'text'), detectJsonStyle(read.root)));
}

/**
 * Puts a cell into a notebook, before the one that has this index; at the end where the index is the number of cells.
 *
 * @throws RangeError when there is no such place
 * @throws NightlogError `notebook/id-taken` (409) when another cell has the id
 */
export function insertCell(notebook: Notebook | string, index: number, cell: NewCell): string {
	const read = notebookOf(notebook);
	if (!Number.isInteger(index) || index < 0 || index > read.cells.length) throw new RangeError(`no place ${index} among ${read.cells.length} cells`);
	const taken = new Set<string>(read.cells.flatMap(({ id, ownId }) => (ownId === null ? [id] : [id, ownId])));
	if (cell.id !== undefined && taken.has(cell.id)) {
		throw new NightlogError('notebook/id-taken', `Another cell has the id ${JSON.stringify(cell.id)}.`, { status: 409 });
	}
	const isCode = cell.type === 'code';
	const written = {
		cell_type: cell.type,
		execution_count: isCode ? null : undefined,
		id: read.minor >= 5 ? (cell.id ?? freeId(cell.source, taken)) : undefined,
		metadata: cell.metadata ?? {},
		outputs: isCode ? [] : undefined,
		source: multiline(cell.source, multilineForm(read)),
	};
	return applyTextEdits(read.text, insertItem(read.cellsNode, index, written, detectJsonStyle(read.root)));
}

/** Takes a cell out of a notebook. */
export function removeCell(notebook: Notebook | string, cellId: string): string {
	const read = notebookOf(notebook);
	return applyTextEdits(read.text, removeItem(read.cellsNode, cellOf(read, cellId).index));
}

/** Gives a cell's metadata a member, or takes it out (undefined). */
export function setCellMetadata(notebook: Notebook | string, cellId: string, name: string, value: WritableJson): string {
	const read = notebookOf(notebook);
	const { node, metadata } = cellOf(read, cellId);
	const style = detectJsonStyle(read.root);
	if (metadata === undefined) return applyTextEdits(read.text, value === undefined ? [] : setMember(node, 'metadata', { [name]: value }, style));
	return applyTextEdits(read.text, value === undefined ? removeMember(metadata, name) : setMember(metadata, name, value, style));
}

/** Gives a cell these tags; without any, the cell has no list of tags. */
export function setCellTags(notebook: Notebook | string, cellId: string, tags: readonly string[]): string {
	return setCellMetadata(notebook, cellId, 'tags', tags.length === 0 ? undefined : tags);
}

/** Gives the notebook's metadata a member, or takes it out (undefined). */
export function setNotebookMetadata(notebook: Notebook | string, name: string, value: WritableJson): string {
	const read = notebookOf(notebook);
	const style = detectJsonStyle(read.root);
	const { metadata, root } = read;
	if (metadata === undefined) return applyTextEdits(read.text, value === undefined ? [] : setMember(root, 'metadata', { [name]: value }, style));
	return applyTextEdits(read.text, value === undefined ? removeMember(metadata, name) : setMember(metadata, name, value, style));
}

function notebookOf(notebook: Notebook | string): Notebook {
	if (typeof notebook !== 'string') return notebook;
	const { value, problems } = parseNotebook(notebook);
	if (value !== null) return value;
	const errors = problems.map(({ path, message }) => ({ path, message }));
	throw new NightlogError('notebook/invalid', errors[0]?.message ?? 'This is no notebook.', { status: 422, errors });
}

function cellOf(notebook: Notebook, id: string): NotebookCell {
	const cell = notebook.cells.find((each) => each.id === id);
	if (cell === undefined) throw unknownCell(id);
	return cell;
}

function unknownCell(id: string): NightlogError {
	return new NightlogError('notebook/unknown-cell', `The notebook has no cell ${JSON.stringify(id)}; it may have been deleted.`, {
		status: 404,
		data: { cell: id },
	});
}

function outputEdits(cell: NotebookCell, outputs: readonly WritableJson[], executionCount: number | null | undefined, style: JsonStyle): TextEdit[] {
	if (cell.type !== 'code')
		throw new NightlogError('notebook/not-code', `Cell ${cell.index + 1} is no code cell, so it has no outputs.`, { status: 422 });
	const counted = executionCount === undefined ? [] : setMember(cell.node, 'execution_count', executionCount, style);
	return [...counted, ...setMember(cell.node, 'outputs', outputs, style)];
}

/** How this notebook keeps texts of several lines: as its first source does that tells, and else as nbformat does. */
function multilineForm(notebook: Notebook): MultilineForm {
	const told = notebook.cells.find(({ source }) => source !== '')?.node.get('source');
	return told?.kind === 'string' ? 'text' : 'lines';
}

/** An id that no cell has, the same for the same notebook and source. */
function freeId(source: string, taken: ReadonlySet<string>): string {
	for (let attempt = 0; ; attempt++) {
		const id = sha256OfText(`${attempt}\n${source}`).slice(0, 8);
		if (!taken.has(id)) return id;
	}
}
