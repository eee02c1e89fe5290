import type { Finding } from '../base/finding.ts';
import { jsonPointer } from '../base/json-pointer.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { ParameterValues } from '../base/parameter-values.ts';
import type { FoundParameters } from './find-parameters.ts';
import type { Parameter, ParameterType } from './parameter-schema.ts';

/** Deepest nesting of a value: Python's own parser stops at 100 in old versions. */
export const maximumValueDepth = 64;

/** More digits than this Python refuses to read (3.11, sys.int_info.default_max_str_digits). */
const maximumDigits = 4300;

/** Floats that JSON does not have, by the words that they travel as. */
const nonFiniteWord = /^[+-]?(?:nan|inf|infinity)$/i;

const typeWords: Readonly<Record<ParameterType, string>> = {
	string: 'text',
	integer: 'a whole number',
	number: 'a number',
	boolean: 'true or false',
	list: 'a list',
	dictionary: 'a dictionary',
	none: 'nothing',
	unknown: 'any value',
};

/**
 * Checks values against the parameters of a notebook: names (`parameter/unknown-name`, with the nearest name), types (`parameter/wrong-type`), choices
 * (`parameter/not-a-choice`) and bounds (`parameter/out-of-range`). Every finding is an error with the path `/parameters/<name>`; none at all means that the values fit.
 *
 * A number takes an integer and the words `NaN`, `Infinity` and `-Infinity`; an integer takes a whole number and a text of digits, which is how an integer beyond 2^53
 * travels. None (null) fits only where the default is None or the annotation allows it. A parameter whose type is not known, or whose
 * default is None and that has no annotation, takes anything. Where the notebook could not be looked at, all values pass.
 */
export function checkParameters(values: ParameterValues, found: Pick<FoundParameters, 'parameters' | 'inspected' | 'nullable' | 'cell'>): Finding[] {
	if (!found.inspected) return [];
	const byName = new Map(found.parameters.map((parameter) => [parameter.name, parameter]));
	return Object.entries(values).flatMap(([name, value]): Finding[] => {
		const path = jsonPointer(['parameters', name]);
		const parameter = byName.get(name);
		if (parameter === undefined) {
			const finding = { code: 'parameter/unknown-name', severity: 'error', cell: found.cell, path } as const;
			return [{ ...finding, message: unknownName(name, [...byName.keys()], found.cell !== null) }];
		}
		const problem = problemOf(value, parameter, found.nullable.has(name));
		return problem === null ? [] : [{ ...problem, severity: 'error', cell: parameter.cell, path }];
	});
}

function unknownName(name: string, names: readonly string[], hasCell: boolean): string {
	const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
	if (!hasCell) return `This notebook takes no parameter ${shown}: none of its cells is tagged "parameters".`;
	if (names.length === 0) return `This notebook takes no parameter ${shown}: its parameters cell assigns nothing.`;
	const nearest = nearestName(name, names);
	if (nearest !== null) return `This notebook has no parameter ${shown}. Did you mean "${nearest}"?`;
	const some = names.slice(0, 8).join(', ');
	return `This notebook has no parameter ${shown}. It has ${some}${names.length > 8 ? ` and ${names.length - 8} more` : ''}.`;
}

function problemOf(value: unknown, parameter: Parameter, nullable: boolean): Pick<Finding, 'code' | 'message'> | null {
	const { name, type, choices, minimum, maximum } = parameter;
	if (!isJson(value, maximumValueDepth)) {
		return { code: 'parameter/wrong-type', message: `"${name}" must be plain data, nested at most ${maximumValueDepth} levels deep.` };
	}
	if (value === null && (nullable || type === 'none' || type === 'unknown')) return null;
	if (!fits(value, type)) {
		const or = nullable && type !== 'none' ? ' or nothing (null)' : '';
		return { code: 'parameter/wrong-type', message: `"${name}" must be ${typeWords[type]}${or}, not ${describe(value)}.` };
	}
	if (choices !== null && !choices.some((choice) => choice === value || (type === 'integer' && String(choice) === String(value)))) {
		return { code: 'parameter/not-a-choice', message: `"${name}" must be one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}.` };
	}
	const number = typeof value === 'string' && (type === 'integer' || type === 'number') ? Number(value) : value;
	if (typeof number === 'number' && ((minimum !== null && !(number >= minimum)) || (maximum !== null && !(number <= maximum)))) {
		const range = minimum === null ? `at most ${maximum}` : maximum === null ? `at least ${minimum}` : `from ${minimum} to ${maximum}`;
		return { code: 'parameter/out-of-range', message: `"${name}" must be ${range}.` };
	}
	return null;
}

function fits(value: unknown, type: ParameterType): boolean {
	switch (type) {
		case 'string':
			return typeof value === 'string';
		case 'integer':
			// Beyond 2^53 a JSON number is no longer the one that was written.
			if (typeof value === 'string') return /^[+-]?\d+$/.test(value) && value.length <= maximumDigits;
			return Number.isSafeInteger(value);
		case 'number':
			return typeof value === 'number' || (typeof value === 'string' && nonFiniteWord.test(value));
		case 'boolean':
			return typeof value === 'boolean';
		case 'list':
			return Array.isArray(value);
		case 'dictionary':
			return typeof value === 'object' && value !== null && !Array.isArray(value);
		case 'none':
		case 'unknown':
			return true;
	}
}

/** Whether this is data as JSON has it, not nested deeper than that. NaN and Infinity pass: they come from programs, not from JSON. */
function isJson(value: unknown, levels: number): boolean {
	if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return true;
	if (typeof value !== 'object' || levels === 0) return false;
	return Object.values(value).every((item) => isJson(item, levels - 1));
}

/** A value in words, for a sentence. */
function describe(value: unknown): string {
	if (value === null) return 'nothing (null)';
	if (Array.isArray(value)) return 'a list';
	if (typeof value === 'object') return 'a dictionary';
	// JSON would say null.
	if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
	if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
		return `${value}, which JSON cannot carry exactly: write it as a text of digits`;
	}
	const text = JSON.stringify(value) ?? String(value);
	return typeof value === 'string' ? `the text ${text.length > 60 ? `${text.slice(0, 60)}…` : text}` : text;
}
