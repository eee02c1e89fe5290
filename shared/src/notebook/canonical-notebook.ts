import { formatJson, type JsonStyle, type WritableJson } from './format-json.ts';
import { JsonNode } from './json-node.ts';
import { isJsonMime, membersOf, textOf, withMultilineBundle, withMultilineOutput } from './multiline-fields.ts';
import type { Notebook, NotebookCell } from './notebook.ts';

/*
 * The canonical form: two notebooks have the same one exactly when they say the same, however their files are written. It is for comparing and hashing, and
 * never written to a disk. What does not count:
 *
 * - white space, the order of names, escapes, the byte order mark, how numbers are spelled (1.50 and 1.5; but 1.0 is not 1, as Python tells them apart);
 * - whether a source or a text of an output is one string or a list of lines;
 * - white space in base64 (`image/*` but SVG, `audio/*`, `video/*`, `application/pdf`, `application/octet-stream`): VS Code drops it, most often one newline;
 * - whether a stream came in one piece or in several one after another: JupyterLab joins them when it opens a notebook;
 * - what nbformat holds to be transient: `trusted` of a cell; `signature`, `orig_nbformat` and `orig_nbformat_minor` of the notebook;
 * - with `executionCounts: 'ignore'` also the numbers of executions: VS Code sets those of edited cells to null.
 *
 * All else counts: ids, metadata (empty is not missing), formats, outputs and their order, the newline at the end of a source or a text.
 */

const canonicalStyle: JsonStyle = { indent: null, newline: '\n', separator: ',', colon: ':', asciiOnly: false, sortKeys: true, numbers: 'as-python' };

/** What of a notebook counts beside what always does. */
export interface CanonicalOptions {
	/** `compare` where left out. */
	readonly executionCounts?: 'compare' | 'ignore';
}

/** The canonical form of a whole notebook. */
export function canonicalNotebook(notebook: Notebook, options: CanonicalOptions = {}): string {
	const cells = notebook.cells.map((cell) => canonicalCell(cell, options));
	return `{"cells":[${cells.join(',')}],"rest":${canonicalRest(notebook)}}`;
}

/** The canonical form of a cell with its outputs. */
export function canonicalCell(cell: NotebookCell, options: CanonicalOptions = {}): string {
	const members = membersOf(cell.node) ?? new Map<string, WritableJson>();
	members.set('source', cell.source);
	const metadata = membersOf(cell.metadata);
	if (metadata?.delete('trusted')) members.set('metadata', metadata);
	const attachments = membersOf(members.get('attachments'));
	if (attachments !== undefined) {
		for (const [name, bundle] of attachments) attachments.set(name, canonicalBundle(bundle));
		members.set('attachments', attachments);
	}
	if (options.executionCounts === 'ignore') members.delete('execution_count');
	if (members.has('outputs')) {
		const outputs = joinStreams(cell.outputs.map((output) => canonicalMembers(output, options)));
		members.set('outputs', outputs);
	}
	return formatJson(members, canonicalStyle);
}

/** The canonical form of one output. */
export function canonicalOutput(output: WritableJson, options: CanonicalOptions = {}): string {
	return formatJson(canonicalMembers(output, options), canonicalStyle);
}

/** Whether two notebooks say the same. */
export function isSameNotebook(one: Notebook, other: Notebook, options: CanonicalOptions = {}): boolean {
	if (one.text === other.text) return true;
	if (one.cells.length !== other.cells.length || canonicalRest(one) !== canonicalRest(other)) return false;
	return one.cells.every((cell, index) => isSameCell(cell, other.cells[index]!, options));
}

/** Whether two cells say the same. */
export function isSameCell(one: NotebookCell, other: NotebookCell, options: CanonicalOptions = {}): boolean {
	if (one.source !== other.source || one.type !== other.type) return false;
	return one.node.literal === other.node.literal || canonicalCell(one, options) === canonicalCell(other, options);
}

/** Everything but the cells. */
function canonicalRest(notebook: Notebook): string {
	const members = membersOf(notebook.root) ?? new Map<string, WritableJson>();
	members.delete('cells');
	const metadata = membersOf(notebook.metadata);
	if (metadata !== undefined) {
		for (const name of ['orig_nbformat', 'orig_nbformat_minor', 'signature']) metadata.delete(name);
		members.set('metadata', metadata);
	}
	return formatJson(members, canonicalStyle);
}

function canonicalMembers(output: WritableJson, options: CanonicalOptions): WritableJson {
	const members = membersOf(withMultilineOutput(output, 'text'));
	if (members === undefined) return output;
	if (options.executionCounts === 'ignore') members.delete('execution_count');
	const data = members.get('data');
	if (data !== undefined) members.set('data', canonicalBundle(data));
	return members;
}

function canonicalBundle(bundle: WritableJson): WritableJson {
	const members = membersOf(withMultilineBundle(bundle, 'text'));
	if (members === undefined) return bundle;
	for (const [mime, value] of members) {
		if (!isBase64Mime(mime)) continue;
		// Without a backslash there can be no newline, and without that, in base64, hardly a blank: the literal is looked through, not decoded.
		if (value instanceof JsonNode && !/[\s\\]/.test(value.literal)) continue;
		const text = textOf(value);
		if (text !== undefined) members.set(mime, text.replace(/\s+/g, ''));
	}
	return members;
}

function isBase64Mime(mime: string): boolean {
	if (mime === 'application/pdf' || mime === 'application/octet-stream') return true;
	return /^(?:image|audio|video)\//.test(mime) && mime !== 'image/svg+xml' && !isJsonMime(mime);
}

/** Pieces of the same stream that follow each other, as one. */
function joinStreams(outputs: readonly WritableJson[]): WritableJson[] {
	const joined: WritableJson[] = [];
	for (const output of outputs) {
		const last = joined[joined.length - 1];
		const [before, after] = [streamOf(last), streamOf(output)];
		if (before === undefined || after === undefined || before.name !== after.name) joined.push(output);
		else joined[joined.length - 1] = new Map([...membersOf(last)!, ['text', before.text + after.text]]);
	}
	return joined;
}

/** A stream that has nothing but what streams have. */
function streamOf(output: WritableJson): { readonly name: string; readonly text: string } | undefined {
	const members = membersOf(output);
	if (members === undefined || members.size !== 3 || textOf(members.get('output_type')) !== 'stream') return undefined;
	const name = textOf(members.get('name'));
	const text = textOf(members.get('text'));
	return name === undefined || text === undefined ? undefined : { name, text };
}
