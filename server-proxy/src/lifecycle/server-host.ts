import { randomBytes } from 'node:crypto';
import os from 'node:os';
import type { FileSystemKind } from '../store/file-system-kind.ts';
import { fileSystemOf } from '../store/file-system-of.ts';
import { type ProcessTable, systemProcessTable } from './process-identity.ts';
import type { Surroundings } from './state-folder.ts';

/** What a server needs of the machine; tests give it another. */
export interface ServerHost {
	readonly surroundings: Surroundings;
	readonly processes: ProcessTable;
	/** Which kind of file system holds a folder. */
	fileSystemOf(folder: string): Promise<FileSystemKind>;
	now(): Date;
	/** Only ever goes on. */
	monotonicMs(): number;
	random(bytes: number): Uint8Array;
	/** Calls `run` once after `delayMs`; the result stops it. Keeps no process alive. */
	startTimer(delayMs: number, run: () => void): () => void;
	/** Calls `run` every `everyMs`; the result stops it. Keeps no process alive. */
	startInterval(everyMs: number, run: () => void): () => void;
}

/** This machine. */
export function systemHost(): ServerHost {
	return {
		surroundings: { env: process.env, home: os.homedir(), uid: process.getuid?.() ?? null },
		processes: systemProcessTable(),
		fileSystemOf,
		now: () => new Date(),
		monotonicMs: () => performance.now(),
		random: (bytes) => randomBytes(bytes),
		startTimer(delayMs, run) {
			const timer = setTimeout(run, delayMs).unref();
			return () => clearTimeout(timer);
		},
		startInterval(everyMs, run) {
			const timer = setInterval(run, everyMs).unref();
			return () => clearInterval(timer);
		},
	};
}
