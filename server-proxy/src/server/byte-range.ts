/** A part of a file: from `start` to `end`, both included. */
export interface ByteRange {
	readonly start: number;
	readonly end: number;
}

/**
 * What a `Range` header asks of `sizeBytes` bytes: a part, `whole` where it asks nothing that we serve in parts (another unit, several parts, not
 * readable), `unsatisfiable` where nothing of it is there. Source: RFC 9110, 14.1.2 and 14.2.
 */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteRange | 'whole' | 'unsatisfiable' {
	const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(header ?? '');
	if (match === null) return 'whole';
	const [, first = '', last = ''] = match;
	if (first === '') {
		if (last === '') return 'whole';
		const length = Math.min(Number(last), sizeBytes);
		return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, end: sizeBytes - 1 };
	}
	const start = Number(first);
	if (last !== '' && Number(last) < start) return 'whole';
	if (start >= sizeBytes) return 'unsatisfiable';
	return { start, end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}
