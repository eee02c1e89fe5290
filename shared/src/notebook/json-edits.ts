import type { TextEdit } from './apply-text-edits.ts';
import { compareCodePoints, formatJson, formatString, type JsonStyle, type WritableJson } from './format-json.ts';
import type { JsonNode } from './json-node.ts';
import { isSorted } from './json-style.ts';

/** Where a child of an object (name and value) or an array stands. */
interface Span {
	readonly start: number;
	readonly end: number;
}

/** Puts another value in the place of a node. */
export function replaceValue(node: JsonNode, value: WritableJson, style: JsonStyle): TextEdit[] {
	const { text } = node.document;
	const written = formatJson(value, localStyle(node, style), indentOfLine(text, node.start));
	return written === node.literal ? [] : [{ start: node.start, end: node.end, text: written }];
}

/** Gives an object's member a value: in its place where it is there, else in order where the names are sorted, else at the end. */
export function setMember(object: JsonNode, name: string, value: WritableJson, style: JsonStyle): TextEdit[] {
	const members = object.members();
	const existing = members.findLast((member) => member.name === name);
	if (existing !== undefined) return replaceValue(existing.value, value, style);
	const behind = style.sortKeys && isSorted(object) ? members.findIndex((member) => compareCodePoints(member.name, name) > 0) : -1;
	const first = members[0];
	const colon = first === undefined ? style.colon : object.document.text.slice(first.key.end, first.value.start);
	return insertChild(object, spansOf(object), behind < 0 ? members.length : behind, style, (childStyle, indent) => {
		return formatString(name, childStyle) + colon + formatJson(value, childStyle, indent);
	});
}

/** Takes a member out of an object, as often as it is in it; nothing where it is not. */
export function removeMember(object: JsonNode, name: string): TextEdit[] {
	const indexes = object.members().flatMap((member, index) => (member.name === name ? [index] : []));
	return removeChildren(object, spansOf(object), indexes);
}

/** Puts an item into an array, before the one that has this index; at the end where the index is the number of items. */
export function insertItem(array: JsonNode, index: number, value: WritableJson, style: JsonStyle): TextEdit[] {
	return insertChild(array, spansOf(array), index, style, (childStyle, indent) => formatJson(value, childStyle, indent));
}

/** Takes one item out of an array. */
export function removeItem(array: JsonNode, index: number): TextEdit[] {
	return removeChildren(array, spansOf(array), [index]);
}

function spansOf(container: JsonNode): Span[] {
	if (container.kind === 'array') return container.items().map(({ start, end }) => ({ start, end }));
	return container.members().map(({ key, value }) => ({ start: key.start, end: value.end }));
}

function insertChild(
	container: JsonNode,
	spans: readonly Span[],
	index: number,
	style: JsonStyle,
	write: (style: JsonStyle, indent: string) => string,
): TextEdit[] {
	const { text } = container.document;
	const [first, second] = spans;
	if (first === undefined) {
		const outer = indentOfLine(text, container.start);
		const [open, close] = [text.charAt(container.start), text.charAt(container.end - 1)];
		const inner = outer + (style.indent ?? '');
		const child = write(style, inner);
		const filled = style.indent === null ? open + child + close : open + style.newline + inner + child + style.newline + outer + close;
		return [{ start: container.start, end: container.end, text: filled }];
	}
	const gap = text.slice(container.start + 1, first.start);
	const onLines = gap.includes('\n');
	const childStyle = onLines ? style : { ...style, indent: null, separator: separatorOnLine(style) };
	const child = write(childStyle, onLines ? gap.slice(gap.lastIndexOf('\n') + 1) : indentOfLine(text, first.start));
	const separator = second === undefined ? (onLines ? style.separator + gap : separatorOnLine(style)) : text.slice(first.end, second.start);
	const next = spans[index];
	if (next !== undefined) return [{ start: next.start, end: next.start, text: child + separator }];
	const last = spans[spans.length - 1]!;
	return [{ start: last.end, end: last.end, text: separator + child }];
}

/** The comma between two things on one line, in a text that otherwise takes a line for each. */
function separatorOnLine(style: JsonStyle): string {
	return style.indent === null ? style.separator : ', ';
}

function removeChildren(container: JsonNode, spans: readonly Span[], indexes: readonly number[]): TextEdit[] {
	if (indexes.length === 0) return [];
	if (indexes.length === spans.length) return [{ start: container.start + 1, end: container.end - 1, text: '' }];
	const removed = new Set(indexes);
	const firstKept = spans.findIndex((_, index) => !removed.has(index));
	return indexes.map((index) => {
		// Each goes with the comma before it; those before the first that stays, with the comma behind.
		if (index < firstKept) return { start: spans[index]!.start, end: spans[index + 1]!.start, text: '' };
		return { start: spans[index - 1]!.end, end: spans[index]!.end, text: '' };
	});
}

/** The style for what stands in the place of a node: on one line where the node does so with something in it. */
function localStyle(node: JsonNode, style: JsonStyle): JsonStyle {
	const isFilled = (node.kind === 'object' || node.kind === 'array') && node.next > node.index + 1;
	return isFilled && !node.literal.includes('\n') ? { ...style, indent: null, separator: separatorOnLine(style) } : style;
}

/** The white space that the line of this offset begins with. */
function indentOfLine(text: string, offset: number): string {
	const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
	return /^[ \t]*/.exec(text.slice(lineStart, offset))?.[0] ?? '';
}
