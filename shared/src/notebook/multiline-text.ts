import type { JsonNode } from './json-node.ts';

/** What nbformat calls a multi-line string: one string, or a list of strings to be joined. Undefined where the node is neither. */
export function joinedText(node: JsonNode | undefined): string | undefined {
	if (node === undefined) return undefined;
	if (node.kind !== 'array') return node.asString();
	let text = '';
	for (const item of node.items()) {
		const line = item.asString();
		if (line === undefined) return undefined;
		text += line;
	}
	return text;
}

/** Everything that ends a line for Python's `str.splitlines`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they do end lines there.
const pythonLine = /[^\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]*(?:\r\n|[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]|$)/g;

/** The lines of a text with their ends, as nbformat writes them (Python's `str.splitlines(True)`): none for the empty text. */
export function splitLines(text: string): string[] {
	return (text.match(pythonLine) ?? []).filter((line) => line !== '');
}
