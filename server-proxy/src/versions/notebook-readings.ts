import type { BigIntStats } from 'node:fs';
import { commonPrefix, cutNotebook, type ReadNotebook } from './cut-notebook.ts';
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
	dispose(): void;
}

interface Remembered {
	reading: Reading | null;
	/** Memory to read into; never that of `reading`. */
	spare: Buffer | null;
	timer: NodeJS.Timeout | null;
}

/** As much is remembered of all notebooks together. */
const mostRememberedBytes = 64_000_000;
/** So long after it was read last a notebook is forgotten: longer than editors wait from one automatic save to the next. */
const forgetAfterMs = 150_000;
/** Smaller pieces may lie in memory that Node shares among many. */
const leastReusedBytes = 65_536;

export function createNotebookReadings(): NotebookReadings {
	const remembered = new Map<string, Remembered>();

	function recall(path: string): Remembered {
		const known = remembered.get(path) ?? { reading: null, spare: null, timer: null };
		if (known.timer !== null) clearTimeout(known.timer);
		known.timer = setTimeout(() => forget(path), forgetAfterMs);
		known.timer.unref();
		// The one that was asked for last stands last.
		remembered.delete(path);
		remembered.set(path, known);
		return known;
	}

	function forget(path: string): void {
		const timer = remembered.get(path)?.timer ?? null;
		if (timer !== null) clearTimeout(timer);
		remembered.delete(path);
	}

	function look(known: Remembered, bytes: Buffer): Reading {
		const before = known.reading;
		const prefix = before === null ? 0 : commonPrefix(before.bytes, bytes);
		if (before !== null && prefix === bytes.length && prefix === before.bytes.length) return before;
		const reading = { ...cutNotebook(bytes, before?.memo ?? null, prefix), bytes };
		known.reading = reading;
		known.spare = before === null ? null : memoryOf(before.bytes);
		let total = 0;
		for (const entry of remembered.values()) total += sizeOf(entry);
		for (const [path, entry] of remembered) {
			if (total <= mostRememberedBytes) break;
			total -= sizeOf(entry);
			forget(path);
		}
		return reading;
	}

	return {
		async readFile(path, signal) {
			const known = recall(path);
			const reuse = (length: number): Buffer => {
				if (known.spare === null || known.spare.length < length) known.spare = Buffer.allocUnsafeSlow(Math.ceil(length * 1.02) + leastReusedBytes);
				return known.spare;
			};
			const { bytes, facts } = await readWholeFile(path, signal, reuse, path);
			return { ...look(known, bytes), facts };
		},
		readContent: (path, bytes) => look(recall(path), bytes),
		dispose() {
			for (const path of [...remembered.keys()]) forget(path);
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
