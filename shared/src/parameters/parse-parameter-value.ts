import { parser } from '@lezer/python';
import type { JsonValue } from '../notebook/json-node.ts';
import type { Parameter } from './parameter-schema.ts';
import { operandsOf, readPythonLiteral } from './read-python-literal.ts';

/** The two halves of `NAME=VALUE`; null where there is no name or no equals sign. Spaces around the name do not count, those of the value do. */
export function parseParameterAssignment(text: string): { readonly name: string; readonly text: string } | null {
	const equals = text.indexOf('=');
	const name = text.slice(0, Math.max(0, equals)).trim();
	return name === '' ? null : { name, text: text.slice(equals + 1) };
}

/** What somebody typed, as a value; or a sentence that says how to write it. */
export type ParsedParameterValue = { readonly value: JsonValue } | { readonly message: string };

/**
 * Reads a value that was typed on a command line or into a field, by the type of its parameter. Text stays text, whatever is in it. Numbers, lists and
 * dictionaries may be written as in JSON or as in Python. An integer beyond 2^53 becomes a text of digits, `nan` and `inf` the words `NaN`, `Infinity`
 * and `-Infinity`. Where the type is not known, or nothing is known of the parameter, what looks like a value is one, and all else is text.
 *
 * @param nullable whether the parameter may be None: then `None` and `null` are, but for texts
 */
export function parseParameterValue(text: string, parameter: Pick<Parameter, 'name' | 'type'> | undefined, nullable = false): ParsedParameterValue {
	const trimmed = text.trim();
	const wrong = (how: string): ParsedParameterValue => ({ message: `${parameter?.name ?? 'The value'} must be ${how}, not ${shown(text)}.` });
	const type = parameter?.type ?? 'unknown';
	if (type === 'string') return { value: text };
	if (nullable && (trimmed === 'None' || trimmed === 'null')) return { value: null };
	switch (type) {
		case 'integer': {
			const value = readNumber(trimmed);
			if (typeof value === 'string' && /\d$/.test(value)) return { value };
			// 1e3 and 1000.0 are whole, too.
			return Number.isSafeInteger(value) ? { value: value ?? null } : wrong('a whole number, like 42');
		}
		case 'number': {
			const value = readNumber(trimmed);
			// An integer too long for a float is near enough for a number.
			if (typeof value === 'string' && /\d$/.test(value)) return { value: Number(value) };
			return value === undefined ? wrong('a number, like 0.5') : { value };
		}
		case 'boolean':
			if (/^true$/i.test(trimmed)) return { value: true };
			return /^false$/i.test(trimmed) ? { value: false } : wrong('true or false');
		case 'list': {
			const value = readValue(trimmed);
			return Array.isArray(value) ? { value } : wrong('a list, like [1, 2] or ["a", "b"]');
		}
		case 'dictionary': {
			const value = readValue(trimmed);
			const isDictionary = typeof value === 'object' && value !== null && !Array.isArray(value);
			return isDictionary ? { value } : wrong('a dictionary, like {"a": 1}');
		}
		case 'none':
		case 'unknown':
			return { value: readValue(trimmed) ?? (trimmed === 'None' || trimmed === 'null' ? null : text) };
	}
}

function shown(text: string): string {
	return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** A number as JSON or Python write it, or one of the words for what is none; integers beyond 2^53 in digits. Undefined for everything else. */
function readNumber(text: string): number | string | undefined {
	const word = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
	if (word !== null) return word[2]!.toLowerCase() === 'nan' ? 'NaN' : word[1] === '-' ? '-Infinity' : 'Infinity';
	// The grammar takes a point before a bracket for the start of a member.
	const value = readPython(text.replace(/\.$/, '.0'));
	return value?.type === 'integer' || value?.type === 'number' ? (value.value as number | string) : undefined;
}

/** Whatever JSON or a Python literal holds; undefined where it is neither, or nothing. */
function readValue(text: string): JsonValue | undefined {
	// Python first: it keeps integers that JSON.parse would round.
	const value = readPython(text)?.value;
	if (value !== undefined && value !== null) return value;
	try {
		return (JSON.parse(text) as JsonValue) ?? undefined;
	} catch {
		return undefined;
	}
}

function readPython(text: string) {
	if (text.length > 1_000_000) return undefined;
	const source = `(${text}\n)`;
	const tree = parser.parse(source);
	const statement = tree.topNode.firstChild;
	const expression = statement?.firstChild;
	if (statement?.name !== 'ExpressionStatement' || statement.nextSibling !== null || expression?.name !== 'ParenthesizedExpression') return undefined;
	const [inner, ...more] = operandsOf(expression);
	return inner === undefined || more.length > 0 ? undefined : readPythonLiteral(inner, source);
}
