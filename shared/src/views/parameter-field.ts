import type { ParameterValues } from '../base/parameter-values.ts';
import type { Parameter } from '../parameters/parameter-schema.ts';
import { describeValue } from './parameter-words.ts';
import { english, type Translation } from './translation.ts';

/** How a parameter is asked for. `any` takes JSON where it is JSON and a string otherwise. */
export type FieldKind = 'text' | 'integer' | 'number' | 'checkbox' | 'choice' | 'json' | 'any';

/** A plain field of a form. */
export interface ParameterField {
	readonly name: string;
	readonly kind: FieldKind;
	/** What is asked for, in words: `whole number`. */
	readonly typeName: string;
	readonly help: string | null;
	/** What the field shows when nothing was changed: `true` or `false` for a checkbox, the index for a choice. */
	readonly initial: string;
	/** Shown where the field is empty; null for none. */
	readonly placeholder: string | null;
	/** Texts of a choice, by index; null where there is none. */
	readonly choices: readonly string[] | null;
}

/** A value that cannot be taken, and what to do. */
export interface FieldProblem {
	readonly name: string;
	readonly message: string;
}

const kinds: Readonly<Record<Parameter['type'], FieldKind>> = {
	string: 'text',
	integer: 'integer',
	number: 'number',
	boolean: 'checkbox',
	list: 'json',
	dictionary: 'json',
	none: 'any',
	unknown: 'any',
};

function typeNameOf(type: Parameter['type'], translation: Translation): string {
	switch (type) {
		case 'string':
			return translation.__('text');
		case 'integer':
			return translation.__('whole number');
		case 'number':
			return translation.__('number');
		case 'boolean':
			return translation.__('yes or no');
		case 'list':
			return translation.__('list');
		case 'dictionary':
			return translation.__('dictionary');
		case 'none':
		case 'unknown':
			return translation.__('any value');
		default:
			return String(type satisfies never);
	}
}

/** The field of a parameter. */
export function parameterField(parameter: Parameter, translation: Translation = english): ParameterField {
	const kind = parameter.choices === null ? kinds[parameter.type] : 'choice';
	return {
		name: parameter.name,
		kind,
		typeName: typeNameOf(parameter.type, translation),
		help: parameter.help,
		initial: initialText(parameter, kind),
		placeholder: kind === 'any' ? parameter.source : null,
		choices: parameter.choices?.map(describeValue) ?? null,
	};
}

/** What the field of a parameter shows for a value: the text that `readParameterFields` reads back as that value. */
export function fieldText(parameter: Parameter, value: unknown): string {
	if (parameter.choices !== null) return String(parameter.choices.findIndex((choice) => JSON.stringify(choice) === JSON.stringify(value)));
	switch (kinds[parameter.type]) {
		case 'text':
		case 'integer':
		case 'number':
		case 'checkbox':
			return typeof value === 'object' ? JSON.stringify(value) : String(value);
		case 'any':
			return typeof value === 'string' ? value : JSON.stringify(value);
		default:
			return JSON.stringify(value);
	}
}

function initialText(parameter: Parameter, kind: FieldKind): string {
	if (kind === 'any') return '';
	// 1e-3 and 1_000 are shown as she wrote them; hexadecimal and the like as their value.
	if (kind === 'number' && /^[+-]?[\d_.]+(?:e[+-]?\d+)?$/i.test(parameter.source)) return parameter.source;
	return fieldText(parameter, parameter.default);
}

/**
 * Reads what stands in the fields. Only values other than the notebook's own are given back.
 *
 * @param texts what the fields show, by name; a field that is not there counts as unchanged
 */
export function readParameterFields(
	parameters: readonly Parameter[],
	texts: Readonly<Record<string, string>>,
	translation: Translation = english,
): { values: ParameterValues; problems: FieldProblem[] } {
	const values: ParameterValues = {};
	const problems: FieldProblem[] = [];
	for (const parameter of parameters) {
		const field = parameterField(parameter, translation);
		const text = texts[parameter.name];
		if (text === undefined || text === field.initial) continue;
		const read = readText(parameter, field, text, translation);
		if ('message' in read) problems.push({ name: parameter.name, message: read.message });
		else if (field.kind === 'any' || JSON.stringify(read.value) !== JSON.stringify(parameter.default)) values[parameter.name] = read.value;
	}
	return { values, problems };
}

type Read = { readonly value: unknown } | { readonly message: string };

function readText(parameter: Parameter, field: ParameterField, text: string, translation: Translation): Read {
	switch (field.kind) {
		case 'text':
			return { value: text };
		case 'checkbox':
			return { value: text === 'true' };
		case 'choice': {
			const choice = parameter.choices?.[Number(text)];
			return choice === undefined ? { message: translation.__('Choose one of the values.') } : { value: choice };
		}
		case 'integer':
			return inRange(parameter, readInteger(text, translation), translation);
		case 'number':
			return inRange(parameter, readNumber(text, translation), translation);
		case 'json':
			return readJson(parameter, text, translation);
		case 'any':
			return { value: parseJson(text) ?? text };
		default:
			return { value: field.kind satisfies never };
	}
}

function readInteger(text: string, translation: Translation): Read {
	const digits = text.trim().replace(/_/g, '');
	if (!/^[+-]?\d+$/.test(digits)) return { message: translation.__('Type a whole number, for example 10.') };
	const value = Number(digits);
	// Beyond 2^53 JSON's numbers lose digits: it travels as text.
	return { value: Number.isSafeInteger(value) ? value : digits.replace(/^\+/, '') };
}

function readNumber(text: string, translation: Translation): Read {
	const plain = text.trim().replace(/_/g, '');
	const value = Number(plain);
	return plain === '' || !Number.isFinite(value) ? { message: translation.__('Type a number, for example 0.5 or 1e-3.') } : { value };
}

function inRange(parameter: Parameter, read: Read, translation: Translation): Read {
	if ('message' in read) return read;
	const value = Number(read.value);
	if (parameter.minimum !== null && value < parameter.minimum) return { message: translation.__('Type a number of at least %1.', parameter.minimum) };
	if (parameter.maximum !== null && value > parameter.maximum) return { message: translation.__('Type a number of at most %1.', parameter.maximum) };
	return read;
}

function readJson(parameter: Parameter, text: string, translation: Translation): Read {
	const value = parseJson(text);
	if (parameter.type === 'list')
		return Array.isArray(value) ? { value } : { message: translation.__('Type a list in square brackets, for example [1, 2, "three"].') };
	const isDictionary = typeof value === 'object' && value !== null && !Array.isArray(value);
	return isDictionary ? { value } : { message: translation.__('Type a dictionary in curly brackets, for example {"a": 1}.') };
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
