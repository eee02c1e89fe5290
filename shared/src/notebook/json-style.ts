import { compareCodePoints, type JsonStyle } from './format-json.ts';
import type { JsonNode } from './json-node.ts';

/** White space and commas between the nodes of a text tell how it was laid out. */
const lineEnd = /\r?\n/;

/** How the text around this object or array is laid out, so that what is added looks the same. Where the text tells nothing, nbformat's way is taken. */
export function detectJsonStyle(root: JsonNode): JsonStyle {
	const { text } = root.document;
	const members = root.members();
	const [first, second] = members;
	const gap = first === undefined ? '\n ' : text.slice(root.start + 1, first.key.start);
	const end = lineEnd.exec(gap);
	const indent = end === null ? null : gap.slice(end.index + end[0].length);
	const between = first === undefined || second === undefined ? undefined : text.slice(first.value.end, second.key.start);
	return {
		indent,
		newline: end?.[0] === '\r\n' ? '\r\n' : '\n',
		separator: between === undefined ? (indent === null ? ', ' : ',') : indent === null ? between : between.slice(0, between.search(/\r?\n|$/)),
		colon: first === undefined ? ': ' : text.slice(first.key.end, first.value.start),
		asciiOnly: isAsciiOnly(text),
		sortKeys: [root, ...(root.get('cells')?.items().slice(0, 3) ?? [])].every(isSorted),
		numbers: 'as-they-are',
	};
}

/** Whether the names of an object stand in the order of their code points. */
export function isSorted(object: JsonNode): boolean {
	const members = object.members();
	return members.every(({ name }, index) => index === 0 || compareCodePoints(members[index - 1]!.name, name) <= 0);
}

/** Whether whoever wrote the text escaped letters beyond ASCII: there are such escapes, and no such letter. */
function isAsciiOnly(text: string): boolean {
	if (!/\\u(?:00[89a-f]|0[1-9a-f]|[1-9a-f])/i.test(text)) return false;
	return !/[\u0080-\uffff]/.test(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
}
