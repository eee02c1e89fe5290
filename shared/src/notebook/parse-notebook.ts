import { jsonPointer } from '../base/json-pointer.ts';
import { cellIdsOf } from './cell-id.ts';
import { decodeNotebook } from './decode-notebook.ts';
import type { JsonNode } from './json-node.ts';
import { joinedText } from './multiline-text.ts';
import type { Notebook, NotebookCell } from './notebook.ts';
import { type NotebookProblem, placesOf } from './notebook-problem.ts';
import { parseJsonText } from './parse-json-text.ts';

/** The newest minor number of nbformat 4 that there is a schema for. */
export const newestMinor = 5;

/** A notebook, or everything that keeps the text from being one. With warnings only, `value` is there all the same. */
export interface ParsedNotebook {
	readonly value: Notebook | null;
	/** In the order of the text. */
	readonly problems: readonly NotebookProblem[];
}

/** Collects what is wrong, with its place in the text. */
class Problems {
	readonly list: NotebookProblem[] = [];
	readonly #placeOf: (offset: number) => { line: number; column: number };

	constructor(text: string) {
		this.#placeOf = placesOf(text);
	}

	add(severity: 'error' | 'warning', code: string, segments: readonly (string | number)[], node: JsonNode, message: string): void {
		this.list.push({ code, severity, message, path: jsonPointer(segments), ...this.#placeOf(node.start) });
	}

	hasError(): boolean {
		return this.list.some(({ severity }) => severity === 'error');
	}
}

/**
 * Reads a notebook of nbformat 4.
 *
 * Ids of cells: the nbformat id; where there is none, or a cell before has it too, `i<index>-<8 hex digits of the source's SHA-256>`, so that within one
 * notebook no id means two cells. Ids that occur twice are the warning `notebook/duplicate-id`; cells without an id, where the format asks for one, are
 * together one warning, `notebook/missing-id`.
 *
 * What Jupyter opens is read, also where the schema is not met to the letter (`validateNotebook` tells that); errors are a text that is not JSON
 * (`parseJsonText`), not a notebook (`notebook/not-a-notebook`), of another format (`notebook/old-format`, `notebook/unknown-format`) or broken in its
 * cells (`notebook/invalid-cell`), each with its path.
 */
export function parseNotebook(text: string): ParsedNotebook {
	const { value: root, problems: syntax } = parseJsonText(text);
	if (root === null) return { value: null, problems: syntax };
	const problems = new Problems(text);
	const cellsNode = readFormat(root, problems);
	if (cellsNode === null) return { value: null, problems: problems.list };
	const minor = readMinor(root, problems);

	const unnamed = cellsNode.items().flatMap((node, index) => readCell(node, index, minor, problems) ?? []);
	if (problems.hasError()) return { value: null, problems: problems.list };
	const ids = cellIdsOf(unnamed);
	const cells = unnamed.map((cell, index): NotebookCell => ({ ...cell, id: ids[index]! }));
	const known = new Set<string>(ids);
	const nameless = cells.filter((cell) => lacksId(cell, minor));
	for (const cell of cells) {
		if (cell === nameless[0]) problems.add('warning', 'notebook/missing-id', ['cells', cell.index], cell.node, namelessMessage(nameless));
		if (cell.ownId === null || cell.ownId === cell.id) continue;
		const node = cell.node.get('id') ?? cell.node;
		const again = known.has(cell.ownId);
		const message = again
			? `Cell ${cell.index + 1} has the id of a cell above it (${JSON.stringify(cell.ownId)}); it goes by ${cell.id} here. Jupyter gives it a new id when it saves.`
			: `The id of cell ${cell.index + 1} has ${cell.ownId.length} characters; 1 to 64 are allowed. It goes by ${cell.id} here.`;
		problems.add('warning', again ? 'notebook/duplicate-id' : 'notebook/invalid-id', ['cells', cell.index, 'id'], node, message);
	}

	const metadata = objectOf(root.get('metadata'));
	const kernelspec = metadata?.get('kernelspec');
	const value: Notebook = {
		text,
		root,
		minor,
		cells,
		cellsNode,
		metadata,
		// An empty name names nothing.
		kernelName: kernelspec?.get('name')?.asString() || null,
		kernelDisplayName: kernelspec?.get('display_name')?.asString() || null,
		language: metadata?.get('language_info')?.get('name')?.asString() || kernelspec?.get('language')?.asString() || null,
	};
	return { value, problems: problems.list };
}

/** Reads a notebook from its bytes: `decodeNotebook`, then `parseNotebook`. */
export function readNotebook(bytes: Uint8Array): ParsedNotebook {
	const { value: text, problems } = decodeNotebook(bytes);
	return text === null ? { value: null, problems } : parseNotebook(text);
}

/** Whether a cell has no id though its format asks for one: from 4.5 on. Programs that put cells together by hand leave it out; Jupyter reads them all the same. */
export function lacksId({ node, type }: NotebookCell, minor: number): boolean {
	return minor >= 5 && ['code', 'markdown', 'raw'].includes(type) && node.get('id') === undefined;
}

function namelessMessage([first, ...others]: readonly NotebookCell[]): string {
	const which = others.length === 0 ? `Cell ${first!.index + 1} has` : `Cell ${first!.index + 1} and ${others.length} more have`;
	const names = others.length === 0 ? `it goes by ${first!.id} here` : `they go by place and text here (${first!.id})`;
	return `${which} no id, which nbformat asks for from 4.5 on; ${names}. Save the notebook in Jupyter, which gives ids.`;
}

function objectOf(node: JsonNode | undefined): JsonNode | undefined {
	return node?.kind === 'object' ? node : undefined;
}

/** A whole number, undefined for everything else. */
function integerOf(node: JsonNode | undefined): number | undefined {
	if (node === undefined || node.kind !== 'number') return undefined;
	const value = Number(node.literal);
	return Number.isSafeInteger(value) ? value : undefined;
}

/** The array of cells, or null where this is no notebook of format 4. */
function readFormat(root: JsonNode, problems: Problems): JsonNode | null {
	if (root.kind !== 'object') {
		problems.add('error', 'notebook/not-a-notebook', [], root, `This is JSON, but no notebook: it holds ${article(root.kind)}, not an object.`);
		return null;
	}
	const formatNode = root.get('nbformat');
	const format = integerOf(formatNode);
	const cells = root.get('cells');
	if (formatNode === undefined) {
		const message = root.get('worksheets')
			? 'This notebook is older than format 4. Open it in Jupyter and save it there.'
			: 'This is JSON, but no notebook: "nbformat" is missing.';
		problems.add('error', root.get('worksheets') ? 'notebook/old-format' : 'notebook/not-a-notebook', [], root, message);
		return null;
	}
	if (format === undefined) {
		const message = `"nbformat" must be the number 4, not ${formatNode.literal.slice(0, 20)}.`;
		problems.add('error', 'notebook/not-a-notebook', ['nbformat'], formatNode, message);
		return null;
	}
	if (format !== 4) {
		const message =
			format < 4
				? `This notebook is in format ${format}, which Jupyter no longer writes. Open it in Jupyter and save it there, or run "jupyter nbconvert --to notebook".`
				: `This notebook is in format ${format}, which is newer than this program knows.`;
		problems.add('error', format < 4 ? 'notebook/old-format' : 'notebook/unknown-format', ['nbformat'], formatNode, message);
		return null;
	}
	const metadata = root.get('metadata');
	if (metadata !== undefined && metadata.kind !== 'object') {
		problems.add('error', 'notebook/not-a-notebook', ['metadata'], metadata, `"metadata" must be an object, not ${article(metadata.kind)}.`);
	}
	if (cells?.kind !== 'array') {
		const message = cells === undefined ? 'The notebook has no "cells".' : `"cells" must be an array, not ${article(cells.kind)}.`;
		problems.add('error', 'notebook/not-a-notebook', cells === undefined ? [] : ['cells'], cells ?? root, message);
		return null;
	}
	return cells;
}

function readMinor(root: JsonNode, problems: Problems): number {
	const node = root.get('nbformat_minor');
	const minor = integerOf(node);
	if (minor === undefined || minor < 0) {
		const message = '"nbformat_minor" must be a number from 0 on; 0 is taken, as Jupyter does.';
		problems.add('warning', 'notebook/no-minor', node === undefined ? [] : ['nbformat_minor'], node ?? root, message);
		return 0;
	}
	if (minor > newestMinor) {
		const message = `This notebook is in format 4.${minor}; what is newer than 4.${newestMinor} in it is kept and not looked at.`;
		problems.add('warning', 'notebook/newer-minor', ['nbformat_minor'], node ?? root, message);
	}
	return minor;
}

function readCell(node: JsonNode, index: number, minor: number, problems: Problems): Omit<NotebookCell, 'id'> | null {
	const invalid = (member: string | null, at: JsonNode, message: string) => {
		problems.add('error', 'notebook/invalid-cell', member === null ? ['cells', index] : ['cells', index, member], at, message);
	};
	const before = problems.list.length;
	const name = `Cell ${index + 1}`;
	if (node.kind !== 'object') {
		invalid(null, node, `${name} must be an object, not ${article(node.kind)}.`);
		return null;
	}
	const typeNode = node.get('cell_type');
	const type = typeNode?.asString();
	if (type === undefined) {
		invalid(typeNode === undefined ? null : 'cell_type', typeNode ?? node, `${name} has no "cell_type" that says code, markdown or raw.`);
	}
	const sourceNode = node.get('source');
	// A kind of cell that only a newer format knows may have no source.
	const isUnrecognized = minor > newestMinor && type !== undefined && !['code', 'markdown', 'raw'].includes(type);
	const source = sourceNode === undefined && isUnrecognized ? '' : joinedText(sourceNode);
	if (source === undefined) {
		const message = sourceNode === undefined ? `${name} has no "source".` : `The source of cell ${index + 1} must be a text or a list of texts.`;
		invalid(sourceNode === undefined ? null : 'source', sourceNode ?? node, message);
	}
	const metadata = node.get('metadata');
	if (metadata !== undefined && metadata.kind !== 'object') {
		invalid('metadata', metadata, `The metadata of cell ${index + 1} must be an object, not ${article(metadata.kind)}.`);
	}
	const outputs = node.get('outputs');
	if (outputs !== undefined && outputs.kind !== 'array') {
		invalid('outputs', outputs, `The outputs of cell ${index + 1} must be an array, not ${article(outputs.kind)}.`);
	}
	const outputNodes = outputs?.items() ?? [];
	outputNodes.forEach((output, position) => {
		if (output.kind === 'object') return;
		const message = `Output ${position + 1} of cell ${index + 1} must be an object, not ${article(output.kind)}.`;
		problems.add('error', 'notebook/invalid-cell', ['cells', index, 'outputs', position], output, message);
	});
	if (problems.list.length > before || type === undefined || source === undefined) return null;
	return {
		ownId: node.get('id')?.asString() ?? null,
		index,
		type,
		source,
		tags:
			metadata
				?.get('tags')
				?.items()
				.flatMap((tag) => tag.asString() ?? []) ?? [],
		metadata,
		outputs: outputNodes,
		executionCount: integerOf(node.get('execution_count')) ?? null,
		node,
	};
}

function article(kind: string): string {
	return kind === 'null' ? 'null' : /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}
