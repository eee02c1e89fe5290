import type { SyntaxNode } from '@lezer/common';
import type { JsonValue } from '../notebook/json-node.ts';
import type { ParameterType } from './parameter-schema.ts';
import { readPythonString } from './read-python-string.ts';

/** A Python literal's value as JSON: integers beyond 2^53 are strings of digits, floats that JSON has not are `NaN`, `Infinity` and `-Infinity`. */
export interface PythonLiteral {
	readonly type: Exclude<ParameterType, 'unknown'>;
	readonly value: JsonValue;
	/** Of a list or a dictionary: whether it holds floats, at every depth, and nothing else. JSON does not tell `1.0` from `1`. */
	readonly floatsWithin?: boolean;
}

/** What is nested deeper than this is no literal here: Python itself gives up at about the same depth. */
const deepestLiteral = 100;

/** The children that carry meaning: no brackets, no commas, no comments. What spreads another value (`**`) stays, and is no literal. */
export function operandsOf(node: SyntaxNode): SyntaxNode[] {
	const operands: SyntaxNode[] = [];
	for (let child = node.firstChild; child !== null; child = child.nextSibling) {
		if (!/^[^\w⚠]$/.test(child.name) && child.name !== 'Comment') operands.push(child);
	}
	return operands;
}

/** The literal that a node of a Python tree is, lists and dictionaries of literals included; undefined for everything that has to be computed. */
export function readPythonLiteral(node: SyntaxNode, source: string, levels = deepestLiteral): PythonLiteral | undefined {
	if (levels === 0) return undefined;
	const text = source.slice(node.from, node.to);
	// The grammar takes `1.` and `1.e5` for members of a number.
	if (node.name === 'Number' || node.name === 'MemberExpression') return readNumber(text, '');
	switch (node.name) {
		case 'None':
			return { type: 'none', value: null };
		case 'Boolean':
			return { type: 'boolean', value: text === 'True' };
		case 'UnaryExpression': {
			const signed = /^([+-])\s*([\d.][\s\S]*)$/.exec(text);
			return signed === null ? undefined : readNumber(signed[2]!, signed[1] === '-' ? '-' : '');
		}
		case 'String': {
			const value = readPythonString(text);
			return value === undefined ? undefined : { type: 'string', value };
		}
		case 'ContinuedString': {
			const parts = operandsOf(node).map((part) => (part.name === 'String' ? readPythonString(source.slice(part.from, part.to)) : undefined));
			return parts.includes(undefined) ? undefined : { type: 'string', value: parts.join('') };
		}
		case 'ParenthesizedExpression': {
			const [inner, ...more] = operandsOf(node);
			return inner === undefined || more.length > 0 ? undefined : readPythonLiteral(inner, source, levels - 1);
		}
		case 'ArrayExpression':
		case 'TupleExpression': {
			const items = operandsOf(node).map((item) => readPythonLiteral(item, source, levels - 1));
			if (!items.every((item) => item !== undefined)) return undefined;
			return { type: 'list', value: items.map(({ value }) => value), floatsWithin: areFloats(items) };
		}
		case 'DictionaryExpression':
			return readDictionary(node, source, levels);
		case 'CallExpression': {
			const special = /^float\(\s*(["'])\s*([+-]?)(nan|inf|infinity)\s*\1\s*\)$/i.exec(text);
			if (special === null || !text.startsWith('float')) return undefined;
			return { type: 'number', value: special[3]!.toLowerCase() === 'nan' ? 'NaN' : special[2] === '-' ? '-Infinity' : 'Infinity' };
		}
		default:
			return undefined;
	}
}

function readDictionary(node: SyntaxNode, source: string, levels: number): PythonLiteral | undefined {
	const operands = operandsOf(node);
	if (operands.length % 2 !== 0) return undefined;
	const entries: [string, PythonLiteral][] = [];
	for (let index = 0; index < operands.length; index += 2) {
		const key = readPythonLiteral(operands[index]!, source, levels - 1);
		const value = readPythonLiteral(operands[index + 1]!, source, levels - 1);
		// JSON has no other keys than strings.
		if (key?.type !== 'string' || value === undefined) return undefined;
		entries.push([key.value as string, value]);
	}
	return {
		type: 'dictionary',
		value: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
		floatsWithin: areFloats(entries.map(([, value]) => value)),
	};
}

function areFloats(items: readonly PythonLiteral[]): boolean {
	return items.length > 0 && items.every(({ type, floatsWithin }) => type === 'number' || floatsWithin === true);
}

/** A Python number; complex ones are none here. */
function readNumber(text: string, sign: '' | '-'): PythonLiteral | undefined {
	const plain = text.replaceAll('_', '').toLowerCase();
	if (/^(?:\d+|0x[0-9a-f]+|0o[0-7]+|0b[01]+)$/.test(plain)) {
		// Python refuses 012, and reads 000.
		if (/^0+[1-9]/.test(plain)) return undefined;
		const exact = BigInt(plain) * (sign === '-' ? -1n : 1n);
		const value = Number(exact);
		return { type: 'integer', value: Number.isSafeInteger(value) ? value : exact.toString() };
	}
	if (!/^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/.test(plain)) return undefined;
	const value = Number(sign + plain);
	return { type: 'number', value: Number.isFinite(value) ? value : value > 0 ? 'Infinity' : '-Infinity' };
}
