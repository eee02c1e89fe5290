import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readStartSync } from '../../files/regular-file.ts';
import { type ProcessIdentity, parseStat } from './process-identity.ts';

/**
 * `process` in a job's folder. Whoever creates it (O_EXCL) decides, once and for all, whether this job begins: the start script with its own number
 * before it becomes the runner, or the server when the job is cancelled while it waits.
 */
export type ProcessFile =
	/** Nothing has begun. */
	| { readonly kind: 'none' }
	| {
			readonly kind: 'begun';
			readonly identity: ProcessIdentity;
			readonly host: string;
			/** When it began, as `awakeSeconds` counts; null where it was cut off there. */
			readonly begunAwakeSeconds: number | null;
	  }
	| { readonly kind: 'cancelled' }
	/** Created and never filled: what created it was killed in between. */
	| { readonly kind: 'unreadable' };

const cancelledWord = 'cancelled';
/** Five short lines. */
const mostBytes = 8192;

/** Absolute path of the process file of the job in this folder. */
export function processFilePath(folder: string): string {
	return path.join(folder, 'process');
}

/** What became of the job in this folder. */
export function readProcessFile(folder: string): ProcessFile {
	const bytes = readStartSync(processFilePath(folder), mostBytes);
	return bytes === null ? { kind: 'none' } : parseProcessFile(bytes.toString('latin1'));
}

/** Reads the text of a process file: number, boot id, host, the line of /proc/PID/stat and when it began, a line each; or one word. */
export function parseProcessFile(text: string): Exclude<ProcessFile, { kind: 'none' }> {
	const [first = '', bootId = '', host = '', line = '', begun, end] = text.split('\n');
	if (first === cancelledWord) return { kind: 'cancelled' };
	const stat = parseStat(line);
	if (begun === undefined || stat === null || String(stat.pid) !== first || bootId === '') return { kind: 'unreadable' };
	return {
		kind: 'begun',
		identity: { pid: stat.pid, startTime: stat.startTime, bootId },
		host,
		begunAwakeSeconds: end !== undefined && /^\d+(\.\d+)?$/.test(begun) ? Number(begun) : null,
	};
}

/** Keeps the job in this folder from ever beginning. False where it has begun, or was cancelled before. */
export function claimCancelled(folder: string): boolean {
	try {
		writeFileSync(processFilePath(folder), `${cancelledWord}\n`, { flag: 'wx', mode: 0o600 });
		return true;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
		throw error;
	}
}
