import { formatPythonFloat } from '../base/format-python-float.ts';
import type { ParameterType } from './parameter-schema.ts';

/** How texts are written: papermill escapes all but printable ASCII and uses double quotes; a person's own cell keeps her letters. */
export interface PythonTextStyle {
	readonly quote: '"' | "'";
	readonly asciiOnly: boolean;
}

const injectedStyle: PythonTextStyle = { quote: '"', asciiOnly: true };

/** What cannot be seen in a source, or ends a line in some editor: written as escapes in every style. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** A text as a Python string literal, with escapes as Python's codec `unicode_escape` writes them. */
export function pythonText(text: string, style: PythonTextStyle = injectedStyle): string {
	let written = '';
	for (const character of text) {
		const code = character.codePointAt(0)!;
		if (character === '\\' || character === style.quote) written += `\\${character}`;
		else if (code >= 0x20 && code < 0x7f) written += character;
		else if (character === '\n') written += '\\n';
		else if (character === '\r') written += '\\r';
		else if (character === '\t') written += '\\t';
		else if (!style.asciiOnly && !unseen.test(character)) written += character;
		else if (code < 0x100) written += `\\x${code.toString(16).padStart(2, '0')}`;
		else if (code < 0x10000) written += `\\u${code.toString(16).padStart(4, '0')}`;
		else written += `\\U${code.toString(16).padStart(8, '0')}`;
	}
	return style.quote + written + style.quote;
}

/**
 * A value as a Python expression on one line, by papermill's rules (papermill 2.7.0, translators.py, PythonTranslator).
 *
 * @param type the parameter's: with `integer` a text of digits is an integer; with `number` the words `NaN`, `Infinity` and `-Infinity` are floats and
 * a whole number is written with its point, since a float must not turn into an integer only because JSON does not tell them apart
 * @param innerType the same for what a list or a dictionary holds, at every depth
 */
export function pythonValue(
	value: unknown,
	type: ParameterType = 'unknown',
	innerType: ParameterType = 'unknown',
	style: PythonTextStyle = injectedStyle,
): string {
	if (value === null || value === undefined) return 'None';
	if (typeof value === 'boolean') return value ? 'True' : 'False';
	if (typeof value === 'number') return pythonNumber(value, type);
	if (typeof value === 'string') {
		// Leading zeros are no integer literal in Python.
		if (type === 'integer' && /^[+-]?\d+$/.test(value)) return BigInt(value.replace(/^\+/, '')).toString();
		if (type === 'number' && /^[+-]?(?:nan|inf|infinity)$/i.test(value)) return pythonNumber(numberOfWord(value), type);
		return pythonText(value, style);
	}
	const inner = (item: unknown) => pythonValue(item, innerType, innerType, style);
	if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`;
	if (typeof value !== 'object') throw new TypeError(`no JSON value: ${typeof value}`);
	const items = Object.entries(value).map(([name, item]) => `${pythonText(name, style)}: ${inner(item)}`);
	return `{${items.join(', ')}}`;
}

/** The float that a word such as `-inf` means. */
export function numberOfWord(word: string): number {
	if (/nan/i.test(word)) return Number.NaN;
	return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function pythonNumber(value: number, type: ParameterType): string {
	if (!Number.isFinite(value)) return `float('${formatPythonFloat(value)}')`;
	// Beyond 2^53 a whole JavaScript number is written like a float, in 22 digits or an exponent: it was one.
	if (type !== 'number' && Number.isSafeInteger(value)) return Object.is(value, -0) ? '0' : String(value);
	return formatPythonFloat(value);
}
