import { placeholderPattern } from './output-placeholder.ts';

/** The SHA-256 of every output that was cut from this text, each once, in the order of the text. */
export function cutOutputsOf(text: string): string[] {
	return [...new Set(Array.from(text.matchAll(placeholderPattern()), (match) => match[1]!))];
}

/**
 * Puts outputs back that `cutOutputs` took out: the text is then what it was, byte for byte.
 *
 * @param lookup the literal of a hash, as text or UTF-8; undefined where it is not there
 * @returns `missing` are the hashes that nothing was found for, each once; their placeholders stand, and the text is not the one that was cut
 */
export function restoreOutputs(
	text: string,
	lookup: (sha256: string) => string | Uint8Array | undefined,
): { readonly text: string; readonly missing: readonly string[] } {
	const missing = new Set<string>();
	const restored = text.replace(placeholderPattern(), (placeholder, sha256: string) => {
		const literal = lookup(sha256);
		if (literal === undefined) {
			missing.add(sha256);
			return placeholder;
		}
		return typeof literal === 'string' ? literal : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(literal);
	});
	return { text: restored, missing: [...missing] };
}
