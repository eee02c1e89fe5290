import { jsonPointer } from '../base/json-pointer.ts';
import { explainJsonError, type JsonErrorKind } from './explain-json-error.ts';
import { type JsonDocument, JsonNode } from './json-node.ts';
import { endOfNumber, endOfString } from './json-tokens.ts';
import { type NotebookProblem, placesOf } from './notebook-problem.ts';

/** Deepest nesting that is read. Python's own reader gives up at about the same depth, and no notebook comes near it. */
export const maximumJsonDepth = 1000;

/** What is expected at a place of the text. */
type Expected = 'value' | 'first-item' | 'first-key' | 'key' | 'next';

/** The nodes read so far, kept in one growing array. */
class Tape {
	nodes: Int32Array;
	count = 0;

	constructor(textLength: number) {
		// A guess that fits notebooks with images at once, and others after a few doublings.
		this.nodes = new Int32Array(3 * Math.max(256, Math.min(textLength, 4096 + (textLength >> 6))));
	}

	open(start: number): number {
		if (this.count * 3 === this.nodes.length) {
			const larger = new Int32Array(this.nodes.length * 2);
			larger.set(this.nodes);
			this.nodes = larger;
		}
		this.nodes[this.count * 3] = start;
		return this.count++;
	}

	close(node: number, end: number): void {
		this.nodes[node * 3 + 1] = end;
		this.nodes[node * 3 + 2] = this.count - node;
	}
}

/**
 * Reads a JSON text (RFC 8259) without losing anything of it: the order of members, names that occur twice, the spelling of numbers and strings. A byte
 * order mark at the start is passed over; NaN, Infinity and -Infinity are read as numbers, since Python writes them into notebooks.
 *
 * `value` is null exactly when there is a problem; there is one at most, `notebook/not-json`, `notebook/empty`, `notebook/merge-conflict` or
 * `notebook/too-deep`.
 */
export function parseJsonText(text: string): { readonly value: JsonNode | null; readonly problems: readonly NotebookProblem[] } {
	const tape = new Tape(text.length);
	const containers = new Int32Array(maximumJsonDepth);
	let depth = 0;
	let hasNonFinite = false;
	let expected: Expected = 'value';
	let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;

	const fail = (kind: JsonErrorKind, offset: number) => {
		const open = Array.from(containers.subarray(0, depth));
		const path = pathOfOpen(text, tape, open, expected === 'next');
		const start = open.length === 0 ? null : tape.nodes[open[open.length - 1]! * 3]!;
		const { code, message } = explainJsonError(kind, text, offset, start);
		const problem: NotebookProblem = { code, severity: 'error', message, path, ...placesOf(text)(offset) };
		return { value: null, problems: [problem] };
	};

	for (;;) {
		let code = text.charCodeAt(at);
		while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);

		if (expected === 'next') {
			const container = containers[depth - 1]!;
			const isObject = text.charCodeAt(tape.nodes[container * 3]!) === 0x7b;
			if (code === 0x2c) {
				at++;
				expected = isObject ? 'key' : 'value';
				continue;
			}
			if (code !== (isObject ? 0x7d : 0x5d)) return fail(isObject ? 'comma-or-brace' : 'comma-or-bracket', at);
			tape.close(container, ++at);
			if (--depth === 0) break;
			continue;
		}
		if ((expected === 'first-item' && code === 0x5d) || (expected === 'first-key' && code === 0x7d)) {
			tape.close(containers[depth - 1]!, ++at);
			if (--depth === 0) break;
			expected = 'next';
			continue;
		}
		if (expected === 'key' || expected === 'first-key') {
			if (code !== 0x22) return fail('key', at);
			const end = endOfString(text, at);
			if (end < 0) return fail('string', -end);
			tape.close(tape.open(at), end);
			at = end;
			code = text.charCodeAt(at);
			while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);
			if (code !== 0x3a) return fail('colon', at);
			at++;
			expected = 'value';
			continue;
		}

		// A value.
		if (code === 0x7b || code === 0x5b) {
			if (depth === maximumJsonDepth) return fail('too-deep', at);
			containers[depth++] = tape.open(at++);
			expected = code === 0x7b ? 'first-key' : 'first-item';
			continue;
		}
		let end: number;
		if (code === 0x22) {
			end = endOfString(text, at);
			if (end < 0) return fail('string', -end);
		} else if (code === 0x74 && text.startsWith('true', at)) end = at + 4;
		else if (code === 0x66 && text.startsWith('false', at)) end = at + 5;
		else if (code === 0x6e && text.startsWith('null', at)) end = at + 4;
		else if (text.startsWith('NaN', at) || text.startsWith('Infinity', at) || text.startsWith('-Infinity', at)) {
			end = at + (code === 0x4e ? 3 : code === 0x49 ? 8 : 9);
			hasNonFinite = true;
		} else {
			end = endOfNumber(text, at);
			if (end < 0) return fail(depth > 0 && (code === 0x5d || code === 0x7d) ? 'trailing-comma' : 'value', -end - 1);
		}
		tape.close(tape.open(at), end);
		at = end;
		if (depth === 0) break;
		expected = 'next';
	}

	const behind = /[^ \t\r\n]/g;
	behind.lastIndex = at;
	const rest = behind.exec(text);
	if (rest !== null) return fail('behind', rest.index);
	const document: JsonDocument = { text, nodes: tape.nodes.subarray(0, tape.count * 3), hasNonFinite };
	return { value: new JsonNode(document, 0), problems: [] };
}

/** Where in the document the reader stood, from the containers that were open. */
function pathOfOpen(text: string, tape: Tape, open: readonly number[], betweenItems: boolean): string {
	const segments: (string | number)[] = [];
	open.forEach((container, level) => {
		const until = open[level + 1] ?? tape.count;
		const isObject = text.charCodeAt(tape.nodes[container * 3]!) === 0x7b;
		let position = 0;
		let key: number | null = null;
		for (let node = container + 1; node < until; ) {
			if (isObject && position % 2 === 0) key = node;
			node += tape.nodes[node * 3 + 2]!;
			position++;
		}
		// Between two items or members none of them is at fault.
		if (level === open.length - 1 && betweenItems) return;
		if (!isObject) segments.push(position);
		else if (key !== null && position % 2 === 1) segments.push(JSON.parse(text.slice(tape.nodes[key * 3]!, tape.nodes[key * 3 + 1]!)) as string);
	});
	return jsonPointer(segments);
}
