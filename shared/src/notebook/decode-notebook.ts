import type { NotebookProblem } from './notebook-problem.ts';

/** Offset of the first byte that begins no character of UTF-8 (RFC 3629: no surrogates, no overlong forms); -1 where all is well. */
export function firstByteNotUtf8(bytes: Uint8Array): number {
	for (let at = 0; at < bytes.length; ) {
		const first = bytes[at]!;
		if (first < 0x80) {
			at++;
			continue;
		}
		const following = first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0;
		if (following === 0 || at + following >= bytes.length) return at;
		const second = bytes[at + 1]!;
		const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
		const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
		if (second < least || second > most) return at;
		for (let index = 2; index <= following; index++) if ((bytes[at + index]! & 0xc0) !== 0x80) return at;
		at += following + 1;
	}
	return -1;
}

/**
 * The text of a notebook's bytes. A byte order mark stays in the text as U+FEFF, so `encodeNotebook` gives back the very bytes.
 *
 * `value` is null exactly when there is a problem: `notebook/not-utf-8`, with the offset of the first wrong byte in its message.
 */
export function decodeNotebook(bytes: Uint8Array): { readonly value: string | null; readonly problems: readonly NotebookProblem[] } {
	try {
		return { value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), problems: [] };
	} catch (error) {
		const offset = firstByteNotUtf8(bytes);
		// A text too long for this machine is refused by the decoder, too, and is no fault of the bytes.
		if (offset < 0) throw error;
		const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
		let line = 1;
		let lineStart = 0;
		for (let at = 0; at < offset; at++) {
			if (bytes[at] === 0x0a) {
				line++;
				lineStart = at + 1;
			}
		}
		const before = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(lineStart, offset));
		const what = wide
			? 'The file is UTF-16. Save it as UTF-8.'
			: `Byte ${offset} (0x${bytes[offset]!.toString(16).padStart(2, '0')}, in line ${line}) is no UTF-8. Save the file as UTF-8, or restore an earlier version.`;
		const place = wide ? { line: 1, column: 1 } : { line, column: before.length + 1 };
		return { value: null, problems: [{ code: 'notebook/not-utf-8', severity: 'error', message: what, path: '', ...place }] };
	}
}

/** The bytes of a notebook's text. */
export function encodeNotebook(text: string): Uint8Array<ArrayBuffer> {
	return new TextEncoder().encode(text);
}
