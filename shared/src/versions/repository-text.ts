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

/** So many code units at a time become text. */
const unitsAtOnce = 8192;

/** One pass over the bytes: there may be millions of which each second is none of UTF-8. */
function decodeEscaped(bytes: Uint8Array): string {
	const units = new Uint16Array(unitsAtOnce + 2);
	let text = '';
	let count = 0;
	for (let offset = 0; offset < bytes.length; ) {
		const length = characterLength(bytes, offset);
		const code = length === 0 ? 0xdc00 + (bytes[offset] ?? 0) : codeAt(bytes, offset, length);
		offset += Math.max(1, length);
		units[count++] = code < 0x1_0000 ? code : 0xd7c0 + (code >> 10);
		if (code >= 0x1_0000) units[count++] = 0xdc00 + (code & 0x3ff);
		if (count < unitsAtOnce && offset < bytes.length) continue;
		text += String.fromCharCode(...units.subarray(0, count));
		count = 0;
	}
	return text;
}

/** How many bytes the character at an offset has; 0 where what is there is none. Source: the Unicode Standard, table 3-7. */
function characterLength(bytes: Uint8Array, offset: number): number {
	const first = bytes[offset] ?? 0;
	if (first < 0x80) return 1;
	if (first < 0xc2 || first > 0xf4) return 0;
	const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	const second = bytes[offset + 1] ?? 0;
	const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
	const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
	if (second < least || second > most) return 0;
	for (let at = 2; at < length; at++) if (((bytes[offset + at] ?? 0) & 0xc0) !== 0x80) return 0;
	return length;
}

/** The code point of a character of so many bytes. */
function codeAt(bytes: Uint8Array, offset: number, length: number): number {
	const first = bytes[offset] ?? 0;
	let code = length === 1 ? first : first & (0x7f >> length);
	for (let at = 1; at < length; at++) code = code * 64 + ((bytes[offset + at] ?? 0) & 0x3f);
	return code;
}
