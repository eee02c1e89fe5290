import type { ParameterValues } from '../base/parameter-values.ts';

const longest = 40;

const shorten = (text: string): string => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);

/** A value on one short line: strings as they are where that cannot be mistaken, all else as JSON. */
export function describeValue(value: unknown): string {
	if (typeof value !== 'string') return shorten(JSON.stringify(value) ?? 'null');
	return shorten(/^[^\s"',=]+$/.test(value) ? value : JSON.stringify(value));
}

/** Parameter values on one line, in the order given: `alpha = 0.2, name = "a b"`; empty where there are none. */
export function describeParameters(values: ParameterValues): string {
	return Object.entries(values)
		.map(([name, value]) => `${name} = ${describeValue(value)}`)
		.join(', ');
}
