import type { Output } from './plan-outputs.ts';

type Loose = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text of a notebook in one piece, as editors hold it; nbformat splits it into lines on disk. What is no text is an empty one. */
export function joinLines(text: unknown): string {
	return Array.isArray(text) ? text.join('') : typeof text === 'string' ? text : '';
}

/** An output with each of its texts in one piece. Data of JSON types stays as it is; what is no output becomes one that says so. */
export function joinOutput(value: unknown): Output {
	if (!isObject(value)) return { output_type: 'stream', name: 'stderr', text: 'An output of this cell could not be read.\n' };
	if (value.output_type === 'stream') return { ...value, text: joinLines(value.text) };
	if (!isObject(value.data)) return value;
	return { ...value, data: joinBundle(value.data) };
}

/** A bundle of one thing in several formats, with each of its texts in one piece. Source of what is JSON: nbformat 4, `mimebundle`. */
export function joinBundle(bundle: Loose): Loose {
	const isJson = (type: string) => /^application\/(?:.*\+)?json$/.test(type);
	return Object.fromEntries(
		Object.entries(bundle).map(([type, content]) => [type, !isJson(type) && Array.isArray(content) ? content.join('') : content]),
	);
}
