import { closeSync, fstatSync, readSync } from 'node:fs';
import { rest, TimeSlice } from '../durable/time-slice.ts';
import { openRegularFileSync } from '../files/regular-file.ts';

/** Where reading a file of lines stands. */
export interface LinePlace {
	/** Bytes that were read as whole lines. */
	readonly offset: number;
}

const chunkBytes = 256 * 1024;
/** Nothing that the runner says is longer. */
const longestLineBytes = 16_000_000;
/** Nor is all of it, for any number of cells that a notebook can have. A file of more is not the runner's. */
const mostBytes = 500_000_000;
const newline = 10;

/**
 * The lines that were appended since `place`, each parsed as JSON. A last line without its newline is not yet written and is left for the next time;
 * a line that is no JSON, or longer than any that the runner writes, is left out. A file that became shorter is read from its start.
 */
export async function readNewLines(file: string, place: LinePlace): Promise<{ lines: unknown[]; place: LinePlace }> {
	const descriptor = openRegularFileSync(file);
	if (descriptor === null) return { lines: [], place };
	try {
		const slice = new TimeSlice();
		const { size } = fstatSync(descriptor);
		if (size > mostBytes) return { lines: [], place };
		let offset = size < place.offset ? 0 : place.offset;
		const lines: unknown[] = [];
		let pending: Uint8Array[] = [];
		let at = offset;
		while (at < size) {
			const buffer = new Uint8Array(Math.min(chunkBytes, size - at));
			const bytesRead = readSync(descriptor, buffer, 0, buffer.length, at);
			if (bytesRead === 0) break;
			at += bytesRead;
			const bytes = buffer.subarray(0, bytesRead);
			const end = bytes.lastIndexOf(newline) + 1;
			if (end > 0) {
				for (const line of Buffer.concat([...pending, bytes.subarray(0, end)])
					.toString('utf8')
					.split('\n')) {
					const value = parseLine(line);
					if (value !== undefined) lines.push(value);
				}
				offset = at - bytesRead + end;
				pending = [];
			}
			pending.push(bytes.subarray(end));
			if (at - offset > longestLineBytes) {
				// Its end will be no JSON.
				offset = at;
				pending = [];
			}
			if (slice.isOver()) await rest(slice);
		}
		return { lines, place: { offset } };
	} finally {
		closeSync(descriptor);
	}
}

function parseLine(line: string): unknown {
	if (line.trim() === '') return undefined;
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}
