import type { BigIntStats } from 'node:fs';
import { cutNotebook, type ReadNotebook } from './cut-notebook.ts';
import { readWholeFile } from './notebook-file.ts';

/** A notebook's bytes at one moment, and what they are. They are only to be used before the next reading of the same path. */
export interface Reading extends ReadNotebook {
	readonly bytes: Buffer;
}

/** Reads notebooks and remembers what was read last, so that the next reading of one costs what changed. */
export interface NotebookReadings {
	/** What is on disk. @throws as `readWholeFile` */
	readFile(path: string, signal: AbortSignal): Promise<Reading & { readonly facts: BigIntStats }>;
	/** What somebody has on the screen. */
	readContent(path: string, bytes: Buffer): Reading;
	/** Forgets notebooks that were not read since a time, and the memory that they took. */
	forgetBefore(timeMs: number): void;
}

interface Remembered {
	reading: Reading | null;
	/** Memory to read into; never that of `reading`. */
	spare: Buffer | null;
	usedAtMs: number;
}

/** As much is remembered of all notebooks together. */
const mostRememberedBytes = 96_000_000;
/** Smaller pieces may lie in memory that Node shares among many. */
const leastReusedBytes = 65_536;

/** @param clock milliseconds since 1970 */
export function createNotebookReadings(clock: () => number): NotebookReadings {
	const remembered = new Map<string, Remembered>();

	function recall(path: string): Remembered {
		const known = remembered.get(path) ?? { reading: null, spare: null, usedAtMs: 0 };
		known.usedAtMs = clock();
		// The one that was asked for last stands last.
		remembered.delete(path);
		remembered.set(path, known);
		return known;
	}

	function look(known: Remembered, bytes: Buffer): Reading {
		const before = known.reading;
		if (before?.bytes.equals(bytes)) return before;
		const reading = { ...cutNotebook(bytes, before?.memo ?? null), bytes };
		known.reading = reading;
		known.spare = before === null ? null : memoryOf(before.bytes);
		let total = 0;
		for (const entry of remembered.values()) total += sizeOf(entry);
		for (const [path, entry] of remembered) {
			if (total <= mostRememberedBytes) break;
			total -= sizeOf(entry);
			remembered.delete(path);
		}
		return reading;
	}

	return {
		async readFile(path, signal) {
			const known = recall(path);
			const { bytes, facts } = await readWholeFile(path, signal, (length) => {
				if (known.spare === null || known.spare.length < length) known.spare = Buffer.allocUnsafeSlow(Math.ceil(length * 1.02) + leastReusedBytes);
				return known.spare;
			});
			return { ...look(known, bytes), facts };
		},
		readContent: (path, bytes) => look(recall(path), bytes),
		forgetBefore(timeMs) {
			for (const [path, entry] of remembered) if (entry.usedAtMs < timeMs) remembered.delete(path);
		},
	};
}

/** All of the memory that a buffer lies in; null where it shares it with others. */
function memoryOf(bytes: Buffer): Buffer | null {
	const { buffer } = bytes;
	return bytes.byteOffset === 0 && buffer instanceof ArrayBuffer && buffer.byteLength >= leastReusedBytes ? Buffer.from(buffer) : null;
}

function sizeOf(entry: Remembered): number {
	return (entry.reading?.bytes.length ?? 0) * (entry.reading?.memo === null ? 2 : 1) + (entry.spare?.length ?? 0);
}
