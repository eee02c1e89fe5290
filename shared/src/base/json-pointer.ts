/** The JSON pointer (RFC 6901) of a way down from the top: `['a/b', 0]` is `/a~1b/0`, the empty way is the empty text, which means the whole. */
export function jsonPointer(segments: readonly (string | number)[]): string {
	return segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
