import type { WritableJson } from './format-json.ts';
import { JsonNode } from './json-node.ts';
import { joinedText, splitLines } from './multiline-text.ts';

/** Whether texts of several lines are kept as lists of lines, as nbformat writes them, or each as one text. */
export type MultilineForm = 'lines' | 'text';

/** Members of an object that may be a piece of a text or plain data; undefined where it is none. */
export function membersOf(value: WritableJson): Map<string, WritableJson> | undefined {
	if (value instanceof JsonNode) {
		return value.kind === 'object' ? new Map(value.members().map((member) => [member.name, member.value])) : undefined;
	}
	if (value instanceof Map) return new Map(value as ReadonlyMap<string, WritableJson>);
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
	return new Map(Object.entries(value as Record<string, WritableJson>));
}

/** Items of an array that may be a piece of a text or plain data; undefined where it is none. */
export function itemsOf(value: WritableJson): readonly WritableJson[] | undefined {
	if (value instanceof JsonNode) return value.kind === 'array' ? value.items() : undefined;
	return Array.isArray(value) ? (value as readonly WritableJson[]) : undefined;
}

/** The text of a string or a list of strings; undefined where it is neither. */
export function textOf(value: WritableJson): string | undefined {
	if (value instanceof JsonNode) return joinedText(value);
	if (typeof value === 'string') return value;
	const items = itemsOf(value);
	return items?.every((item) => typeof item === 'string') ? items.join('') : undefined;
}

/** A text in that form. */
export function multiline(text: string, form: MultilineForm): WritableJson {
	return form === 'lines' ? splitLines(text) : text;
}

/** Whether a MIME type is JSON by nbformat's rule, so that a list in it is data and no list of lines. */
export function isJsonMime(mime: string): boolean {
	return mime === 'application/json' || (mime.startsWith('application/') && mime.endsWith('+json'));
}

function isSplitMime(mime: string): boolean {
	return mime.startsWith('text/') || mime === 'application/javascript' || mime === 'image/svg+xml';
}

/** A bundle of MIME types: what is text in that form, everything else that is not JSON as one string. */
export function withMultilineBundle(bundle: WritableJson, form: MultilineForm): WritableJson {
	const members = membersOf(bundle);
	if (members === undefined) return bundle;
	for (const [mime, value] of members) {
		if (isJsonMime(mime)) continue;
		// A string that is not split stays the literal that it is: it may be an image of many megabytes.
		const isString = value instanceof JsonNode ? value.kind === 'string' : typeof value === 'string';
		if (isString && !isSplitMime(mime)) continue;
		const text = textOf(value);
		if (text !== undefined) members.set(mime, isSplitMime(mime) ? multiline(text, form) : text);
	}
	return members;
}

/** An output with its texts in that form. */
export function withMultilineOutput(output: WritableJson, form: MultilineForm): WritableJson {
	const members = membersOf(output);
	if (members === undefined) return output;
	const type = textOf(members.get('output_type'));
	if (type === 'execute_result' || type === 'display_data') {
		if (members.has('data')) members.set('data', withMultilineBundle(members.get('data'), form));
	} else if (members.has('text')) {
		const text = textOf(members.get('text'));
		if (text !== undefined) members.set('text', type === 'stream' ? multiline(text, form) : text);
	}
	return members;
}
