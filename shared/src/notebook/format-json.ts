import { formatPythonFloat } from '../base/format-python-float.ts';
import { JsonNode } from './json-node.ts';

/** A value to be written: plain data, a piece of another JSON text, or both mixed. A member that is undefined is left out. */
export type WritableJson =
	| JsonNode
	| null
	| undefined
	| boolean
	| number
	| string
	| readonly WritableJson[]
	| ReadonlyMap<string, WritableJson>
	| { readonly [name: string]: WritableJson };

/** How a JSON text is laid out. */
export interface JsonStyle {
	/** One step of indentation; null where everything stands on one line. */
	readonly indent: string | null;
	readonly newline: '\n' | '\r\n';
	/** Between two items, before the newline if there is one. */
	readonly separator: string;
	/** Between a name and its value. */
	readonly colon: string;
	/** Whether letters beyond ASCII are written as escapes. */
	readonly asciiOnly: boolean;
	/** Whether names are written in the order of their code points. */
	readonly sortKeys: boolean;
	/** Whether numbers of other texts keep their spelling, or get the one that Python's json gives them. */
	readonly numbers: 'as-they-are' | 'as-python';
}

/** How nbformat writes: `json.dumps(indent=1, sort_keys=True, separators=(',', ': '), ensure_ascii=False)`. */
export const nbformatStyle: JsonStyle = {
	indent: ' ',
	newline: '\n',
	separator: ',',
	colon: ': ',
	asciiOnly: false,
	sortKeys: true,
	numbers: 'as-python',
};

/**
 * A value as JSON text in that style.
 *
 * @param lineIndent the white space that the line begins with on which the text will start
 */
export function formatJson(value: WritableJson, style: JsonStyle, lineIndent = ''): string {
	if (value === null || value === undefined) return 'null';
	if (value instanceof JsonNode) return formatNode(value, style, lineIndent);
	switch (typeof value) {
		case 'boolean':
			return String(value);
		case 'number':
			return formatNumber(value, style);
		case 'string':
			return formatString(value, style);
		default:
			break; // an array, a map or an object
	}
	if (Array.isArray(value)) {
		return enclosed(
			'[',
			(value as readonly WritableJson[]).map((item) => (inner: string) => formatJson(item, style, inner)),
			']',
			style,
			lineIndent,
		);
	}
	const entries = value instanceof Map ? [...(value as ReadonlyMap<string, WritableJson>)] : Object.entries(value as Record<string, WritableJson>);
	return formatMembers(entries, style, lineIndent);
}

/** The order of names that Python sorts by: code points, where JavaScript's own compares halves of them. */
export function compareCodePoints(one: string, other: string): number {
	const length = Math.min(one.length, other.length);
	for (let index = 0; index < length; index++) {
		const left = one.charCodeAt(index);
		const right = other.charCodeAt(index);
		if (left === right) continue;
		// Halves of a pair belong behind every single unit.
		const leftIsPair = left >= 0xd800 && left <= 0xdfff;
		const rightIsPair = right >= 0xd800 && right <= 0xdfff;
		return leftIsPair === rightIsPair ? left - right : leftIsPair ? 1 : -1;
	}
	return one.length - other.length;
}

function formatNode(node: JsonNode, style: JsonStyle, lineIndent: string): string {
	switch (node.kind) {
		case 'object': {
			// Of equal names the last counts, in the place of the first, as in Python and JavaScript.
			const members = new Map(node.members().map(({ name, value }) => [name, value]));
			return formatMembers([...members], style, lineIndent);
		}
		case 'array':
			return enclosed(
				'[',
				node.items().map((item) => (inner: string) => formatNode(item, style, inner)),
				']',
				style,
				lineIndent,
			);
		case 'string': {
			const literal = node.literal;
			// Megabytes of an image are copied as they are.
			if (!literal.includes('\\') && !(style.asciiOnly && !isAscii(literal))) return literal;
			return formatString(node.asString() ?? '', style);
		}
		case 'number':
			return style.numbers === 'as-python' ? pythonNumberLiteral(node.literal) : node.literal;
		default:
			return node.literal;
	}
}

function formatMembers(entries: readonly (readonly [string, WritableJson])[], style: JsonStyle, lineIndent: string): string {
	const present = entries.filter(([, value]) => value !== undefined);
	if (style.sortKeys) present.sort(([one], [other]) => compareCodePoints(one, other));
	const parts = present.map(
		([name, value]) =>
			(inner: string) =>
				formatString(name, style) + style.colon + formatJson(value, style, inner),
	);
	return enclosed('{', parts, '}', style, lineIndent);
}

function enclosed(open: string, parts: readonly ((inner: string) => string)[], close: string, style: JsonStyle, lineIndent: string): string {
	if (parts.length === 0) return open + close;
	const isOneLine = style.indent === null;
	const inner = isOneLine ? lineIndent : lineIndent + style.indent;
	const between = isOneLine ? style.separator : style.separator + style.newline + inner;
	// Added up, not joined: engines hold a sum as its parts until it is read, where joining would copy megabytes of images once a level.
	let text = isOneLine ? open : open + style.newline + inner;
	parts.forEach((part, index) => {
		text += index === 0 ? part(inner) : between + part(inner);
	});
	return isOneLine ? text + close : text + style.newline + lineIndent + close;
}

/** A text as a JSON string. */
export function formatString(text: string, style: Pick<JsonStyle, 'asciiOnly'>): string {
	const literal = JSON.stringify(text);
	if (!style.asciiOnly || isAscii(literal)) return literal;
	return literal.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function isAscii(text: string): boolean {
	return !/[\u007f-\uffff]/.test(text);
}

function formatNumber(value: number, style: JsonStyle): string {
	if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
	const literal = String(value);
	return style.numbers === 'as-python' ? pythonNumberLiteral(literal) : literal;
}

/** A JSON number as Python's json writes it once it has read it: integers in digits, floats as `repr` does. */
export function pythonNumberLiteral(literal: string): string {
	if (/^-?\d+$/.test(literal)) return literal === '-0' ? '0' : literal;
	if (/^-?(?:NaN|Infinity)$/.test(literal)) return literal;
	const value = Number(literal);
	return Number.isFinite(value) ? formatPythonFloat(value) : value > 0 ? 'Infinity' : '-Infinity';
}
