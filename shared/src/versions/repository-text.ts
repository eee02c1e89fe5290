/**
 * Text of a Git object. Git promises no encoding: a byte that is not part of UTF-8 becomes U+DC80 + (byte - 0x80), as in Python's `surrogateescape`,
 * so that `encodeGitText` gives the same bytes back.
 */
export function decodeGitText(bytes: Uint8Array): string {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		return decodeEscaped(bytes);
	}
}

/** The bytes of a text, see `decodeGitText`; any other lone surrogate becomes U+FFFD. */
export function encodeGitText(text: string): Uint8Array<ArrayBuffer> {
	const encoder = new TextEncoder();
	if (!/[\udc80-\udcff]/.test(text)) return encoder.encode(text);
	const parts: Uint8Array[] = [];
	for (const character of text) {
		const code = character.codePointAt(0) ?? 0;
		parts.push(code >= 0xdc80 && code <= 0xdcff ? Uint8Array.of(code - 0xdc00) : encoder.encode(character));
	}
	return concatenate(parts);
}

/** One array of several. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	let length = 0;
	for (const part of parts) length += part.length;
	const whole = new Uint8Array(length);
	let offset = 0;
	for (const part of parts) {
		whole.set(part, offset);
		offset += part.length;
	}
	return whole;
}

function decodeEscaped(bytes: Uint8Array): string {
	const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
	let text = '';
	for (let offset = 0; offset < bytes.length; ) {
		const first = bytes[offset] ?? 0;
		const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
		try {
			text += strict.decode(bytes.subarray(offset, offset + length));
			offset += length;
		} catch {
			text += String.fromCharCode(0xdc00 + first);
			offset += 1;
		}
	}
	return text;
}
