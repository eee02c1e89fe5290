/**
 * What stands in a notebook's text in place of an output that was cut: a JSON string of exactly this form. The quote that opens a JSON string never
 * follows a backslash, and one inside a string always does, so in JSON the pattern meets whole strings only, and never a part of somebody's text.
 */
const placeholderSource = '(?<!\\\\)"nightlog:output:([0-9a-f]{64})"';

/** A fresh pattern that finds every placeholder of a text; its first group is the SHA-256 of the literal that was there. */
export function placeholderPattern(): RegExp {
	return new RegExp(placeholderSource, 'g');
}

/** The placeholder, with its quotes, of the literal whose UTF-8 bytes have this SHA-256. */
export function outputPlaceholder(sha256: string): string {
	return `"nightlog:output:${sha256}"`;
}
