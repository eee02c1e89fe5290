import { formatJson, nbformatStyle, type WritableJson } from './format-json.ts';
import type { JsonNode } from './json-node.ts';
import { itemsOf, membersOf, multiline, textOf, withMultilineBundle, withMultilineOutput } from './multiline-fields.ts';

/**
 * A notebook in nbformat's writer form: byte for byte what Python's `nbformat.write` makes of the same document once it has read it. Names sorted, one space
 * of indentation, texts as lists of lines, a newline at the end, and without what nbformat holds to be transient (`trusted` of cells; `signature`,
 * `orig_nbformat` and `orig_nbformat_minor` of the notebook). Nothing is repaired.
 *
 * @param document a notebook as plain data, or a piece of a text, which keeps integers of any length and floats that are whole
 * Source: nbformat 5.11.1, v4/nbjson.py and v4/rwbase.py.
 */
export function writeNotebook(document: JsonNode | object): string {
	const notebook = membersOf(document as WritableJson);
	if (notebook === undefined) throw new TypeError('a notebook is an object');
	const metadata = membersOf(notebook.get('metadata'));
	if (metadata !== undefined) {
		for (const name of ['orig_nbformat', 'orig_nbformat_minor', 'signature']) metadata.delete(name);
		notebook.set('metadata', metadata);
	}
	const cells = itemsOf(notebook.get('cells'));
	if (cells !== undefined) notebook.set('cells', cells.map(writtenCell));
	return `${formatJson(notebook, nbformatStyle)}\n`;
}

function writtenCell(cell: WritableJson): WritableJson {
	const members = membersOf(cell);
	if (members === undefined) return cell;
	const source = textOf(members.get('source'));
	if (source !== undefined) members.set('source', multiline(source, 'lines'));
	const attachments = membersOf(members.get('attachments'));
	if (attachments !== undefined) {
		for (const [name, bundle] of attachments) attachments.set(name, withMultilineBundle(bundle, 'lines'));
		members.set('attachments', attachments);
	}
	const metadata = membersOf(members.get('metadata'));
	if (metadata?.delete('trusted')) members.set('metadata', metadata);
	const outputs = itemsOf(members.get('outputs'));
	if (outputs !== undefined && textOf(members.get('cell_type')) === 'code') {
		members.set(
			'outputs',
			outputs.map((output) => withMultilineOutput(output, 'lines')),
		);
	}
	return members;
}
