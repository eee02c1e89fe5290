import { formatPythonFloat } from '../base/format-python-float.ts';
import type { ParameterLanguage } from './notebook-language.ts';
import type { ParameterType } from './parameter-schema.ts';
import { numberOfWord, pythonValue } from './python-value.ts';

/** How one language writes an assignment; null where it cannot express that name or value. */
interface Translator {
	/** The name as it is assigned; null where it is none in that language. */
	name(name: string): string | null;
	/** @param innerType the type of what a list or a dictionary holds, where that is known: in Python alone */
	value(value: unknown, type: ParameterType, innerType: ParameterType): string | null;
	readonly assign: string;
}

const pythonKeywords = new Set(
	'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
		' ',
	),
);
const rWords = new Set(
	'if else repeat while function for next break TRUE FALSE NULL Inf NaN NA NA_integer_ NA_real_ NA_complex_ NA_character_ in'.split(' '),
);
const juliaWords = new Set(
	'baremodule begin break catch const continue do else elseif end export false finally for function global if import let local macro module quote return struct true try using while in isa where'.split(
		' ',
	),
);

/** A lone half of a surrogate pair is no character that other languages than Python take. */
const loneSurrogate = /\p{Cs}/u;

/** Joins translated parts, or gives up where one cannot be expressed. */
function joined(parts: readonly (string | null)[], separator: string, open: string, close: string): string | null {
	return parts.includes(null) ? null : open + parts.join(separator) + close;
}

/** What all but text and None have in common: numbers in digits, by type. */
function numberText(value: unknown, type: ParameterType, nan: string, infinity: string): string | null {
	const isWord = typeof value === 'string' && type === 'number' && /^[+-]?(?:nan|inf|infinity)$/i.test(value);
	if (typeof value === 'string' && type === 'integer' && /^[+-]?\d+$/.test(value)) return BigInt(value.replace(/^\+/, '')).toString();
	const number = isWord ? numberOfWord(value as string) : value;
	if (typeof number !== 'number') return null;
	if (Number.isNaN(number)) return nan;
	if (!Number.isFinite(number)) return number < 0 ? `-${infinity}` : infinity;
	return type !== 'number' && Number.isSafeInteger(number) ? String(number + 0) : formatPythonFloat(number);
}

/** Text in double quotes. Letters beyond ASCII as \u escapes: papermill writes some as \x, which mean bytes in R and Julia, and other letters than were given. */
function escapedText(text: string, dollar: string, control: (code: number) => string): string {
	let written = '"';
	for (const character of text) {
		const code = character.codePointAt(0)!;
		if (character === '\\' || character === '"') written += `\\${character}`;
		else if (character === '$') written += dollar;
		else if (character === '\n') written += '\\n';
		else if (character === '\r') written += '\\r';
		else if (character === '\t') written += '\\t';
		else if (code < 0x20 || code === 0x7f) written += control(code);
		else if (code < 0x7f) written += character;
		else written += code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
	}
	return `${written}"`;
}

const python: Translator = {
	assign: ' = ',
	name: (name) => (/^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*$/u.test(name) && !pythonKeywords.has(name) ? name : null),
	value: (value, type, innerType) => pythonValue(value, type, innerType),
};

const r: Translator = {
	assign: ' = ',
	// R has no names that begin with an underscore; papermill drops those.
	name: (name) => {
		const bare = name.replace(/^_+/, '');
		return /^(?:[A-Za-z]|\.(?!\d))[A-Za-z0-9._]*$/.test(bare) && !rWords.has(bare) ? bare : null;
	},
	value: (value, type) => {
		const number = numberText(value, type, 'NaN', 'Inf');
		if (number !== null) return number;
		if (value === null) return 'NULL';
		if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
		// R mixes no \x with \u in one text, and has no NUL.
		const text = (part: string) => {
			if (part.includes('\0') || loneSurrogate.test(part)) return null;
			return escapedText(part, '$', (code) => `\\u${code.toString(16).padStart(4, '0')}`);
		};
		if (typeof value === 'string') return text(value);
		const inner = (item: unknown) => r.value(item, 'unknown', 'unknown');
		if (Array.isArray(value)) return joined(value.map(inner), ', ', 'list(', ')');
		const entries = Object.entries(value as object).map(([name, item]) => (name === '' ? null : joined([text(name), inner(item)], ' = ', '', '')));
		return joined(entries, ', ', 'list(', ')');
	},
};

const julia: Translator = {
	assign: ' = ',
	name: (name) => (/^[A-Za-z_][A-Za-z0-9_!]*$/.test(name) && !juliaWords.has(name) ? name : null),
	value: (value, type) => {
		const number = numberText(value, type, 'NaN', 'Inf');
		if (number !== null) return number;
		if (value === null) return 'nothing';
		if (typeof value === 'boolean') return value ? 'true' : 'false';
		// A dollar sign would run what follows it.
		const text = (part: string) => (loneSurrogate.test(part) ? null : escapedText(part, '\\$', (code) => `\\x${code.toString(16).padStart(2, '0')}`));
		if (typeof value === 'string') return text(value);
		const inner = (item: unknown) => julia.value(item, 'unknown', 'unknown');
		if (Array.isArray(value)) return joined(value.map(inner), ', ', '[', ']');
		const entries = Object.entries(value as object).map(([name, item]) => joined([text(name), inner(item)], ' => ', '', ''));
		return joined(entries, ', ', 'Dict(', ')');
	},
};

const bash: Translator = {
	assign: '=',
	name: (name) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : null),
	value: (value, type) => {
		const number = numberText(value, type, 'nan', 'inf');
		if (number !== null) return number;
		if (value === null) return '';
		if (typeof value === 'boolean') return value ? 'true' : 'false';
		if (typeof value === 'string') return shellQuoted(value);
		if (!Array.isArray(value) || value.some((item) => typeof item === 'object' && item !== null)) return null;
		return joined(
			value.map((item) => bash.value(item, 'unknown', 'unknown')),
			' ',
			'(',
			')',
		);
	},
};

/** A word for a shell, as Python's `shlex.quote` writes it; null where a shell cannot hold it. */
function shellQuoted(text: string): string | null {
	if (text.includes('\0') || loneSurrogate.test(text)) return null;
	if (/^[\w@%+=:,./-]+$/.test(text)) return text;
	return `'${text.replaceAll("'", `'"'"'`)}'`;
}

const translators: Readonly<Record<ParameterLanguage, Translator>> = { python, r, julia, bash };

/** What could not be written, or the line that gives `name` its value. */
export type TranslatedAssignment = { readonly line: string } | { readonly refused: 'name' | 'value' };

/** One assignment in that language. Whatever the name and the value hold, it sets this name to this value and does nothing else. */
export function translateAssignment(
	language: ParameterLanguage,
	name: string,
	value: unknown,
	type: ParameterType,
	innerType: ParameterType,
): TranslatedAssignment {
	const translator = translators[language];
	const written = translator.name(name);
	if (written === null) return { refused: 'name' };
	const expression = translator.value(value, type, innerType);
	return expression === null ? { refused: 'value' } : { line: written + translator.assign + expression };
}
