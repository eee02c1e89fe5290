import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isMissing } from '../durable/file-errors.ts';
import { rest, TimeSlice } from '../durable/time-slice.ts';

/** Where reading a file of lines stands. */
export interface LinePlace {
	/** Bytes that were read as whole lines. */
	readonly offset: number;
}

const chunkBytes = 256 * 1024;
const newline = 10;

/**
 * The lines that were appended since `place`, each parsed as JSON. A last line without its newline is not yet written and is left for the next time;
 * a line that is no JSON is left out. A file that became shorter is read from its start.
 */
export async function readNewLines(file: string, place: LinePlace): Promise<{ lines: unknown[]; place: LinePlace }> {
	const descriptor = openIfThere(file);
	if (descriptor === null) return { lines: [], place };
	try {
		const slice = new TimeSlice();
		const { size } = fstatSync(descriptor);
		let offset = size < place.offset ? 0 : place.offset;
		const lines: unknown[] = [];
		let pending: Uint8Array = new Uint8Array();
		let at = offset;
		while (at < size) {
			const buffer = new Uint8Array(Math.min(chunkBytes, size - at));
			const bytesRead = readSync(descriptor, buffer, 0, buffer.length, at);
			if (bytesRead === 0) break;
			at += bytesRead;
			const bytes = Buffer.concat([pending, buffer.subarray(0, bytesRead)]);
			const end = bytes.lastIndexOf(newline) + 1;
			for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) {
				const value = parseLine(line);
				if (value !== undefined) lines.push(value);
			}
			offset += end;
			pending = bytes.subarray(end);
			if (slice.isOver()) await rest(slice);
		}
		return { lines, place: { offset } };
	} finally {
		closeSync(descriptor);
	}
}

function openIfThere(file: string): number | null {
	try {
		return openSync(file, 'r');
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
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
