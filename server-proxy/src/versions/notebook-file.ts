import type { BigIntStats } from 'node:fs';
import { constants, type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, normalize } from 'node:path';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { isOpenWithin } from '../files/is-open-within.ts';
import { mostNotebookBytes } from '../files/most-notebook-bytes.ts';

/** Where a notebook is, links resolved. */
export interface NotebookFile {
	readonly path: string;
	/** Null where there is no file any more. */
	readonly facts: BigIntStats | null;
}

/** As much of a file is asked for at once, and so often side by side. */
const pieceBytes = 1_000_000;
const mostPieces = 6;
/** How often a file is read again that changed while it was read. */
const mostReads = 5;

/**
 * Finds a notebook by the path that a client gave.
 *
 * @throws NightlogError `notebook/not-found` (404) for what can be no notebook on this machine; a file that is gone is no error
 */
export async function findNotebookFile(path: string): Promise<NotebookFile> {
	if (!isAbsolute(path) || path.includes('\0') || extname(path).toLowerCase() !== '.ipynb') throw notFound(path);
	try {
		const resolved = await realpath(path);
		const facts = await stat(resolved, { bigint: true });
		if (!facts.isFile()) throw notFound(path);
		return { path: resolved, facts };
	} catch (error) {
		if (!isMissing(error)) throw error instanceof NightlogError ? error : unreadable(path, error);
	}
	const clean = normalize(path);
	try {
		return { path: join(await realpath(dirname(clean)), basename(clean)), facts: null };
	} catch (error) {
		if (isMissing(error)) return { path: clean, facts: null };
		throw unreadable(path, error);
	}
}

/** What a file held at one moment. */
export interface FileReading {
	readonly bytes: Buffer;
	readonly facts: BigIntStats;
}

/**
 * Reads a whole file at one moment: where it changed meanwhile it is read again, and what was read last is taken.
 *
 * @param reuse memory to read into where it is large enough
 * @param within absolute, links resolved: the file must be this or lie below it. A folder on the way to it may have become a link elsewhere since it was looked at.
 * @throws NightlogError `notebook/not-found`, `notebook/too-large` (413), `notebook/unreadable`
 */
export async function readWholeFile(
	path: string,
	signal: AbortSignal,
	reuse: (length: number) => Buffer = Buffer.allocUnsafe,
	within: string | null = null,
): Promise<FileReading> {
	for (let attempt = 1; ; attempt++) {
		signal.throwIfAborted();
		let handle: FileHandle;
		try {
			// A pipe or a link that was put in the file's place meanwhile is not waited for nor followed.
			handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
		} catch (error) {
			throw isMissing(error) ? notFound(path) : unreadable(path, error);
		}
		try {
			const before = await handle.stat({ bigint: true });
			if (!before.isFile()) throw notFound(path);
			if (within !== null && !(await isOpenWithin(handle, before, path, within))) {
				if (attempt >= mostReads) throw notFound(path);
				continue;
			}
			if (before.size > mostNotebookBytes) {
				throw new NightlogError('notebook/too-large', `${path} is larger than ${mostNotebookBytes / 1_000_000} MB; clear its outputs to keep it.`, {
					status: 413,
				});
			}
			const length = Number(before.size);
			const buffer = reuse(length).subarray(0, length);
			const filled = await fill(buffer, handle);
			const after = await handle.stat({ bigint: true });
			if ((filled === length && sameFacts(before, after)) || attempt >= mostReads) return { bytes: buffer.subarray(0, filled), facts: after };
		} catch (error) {
			throw error instanceof NightlogError ? error : unreadable(path, error);
		} finally {
			await handle.close();
		}
	}
}

/** Reads a file into a buffer, a large one in pieces side by side: a network file system answers each after a while, but many at once. Answers how much was had. */
async function fill(buffer: Buffer, handle: FileHandle): Promise<number> {
	const starts = Array.from({ length: Math.ceil(buffer.length / pieceBytes) }, (_, index) => index * pieceBytes).values();
	let end = buffer.length;
	const work = async (): Promise<void> => {
		for (const start of starts) {
			const stop = Math.min(start + pieceBytes, buffer.length);
			for (let at = start; at < stop; ) {
				const { bytesRead } = await handle.read(buffer, at, stop - at, at);
				// It was cut short meanwhile: what lies behind is not its own.
				if (bytesRead === 0) {
					end = Math.min(end, at);
					break;
				}
				at += bytesRead;
			}
		}
	};
	await Promise.all(Array.from({ length: mostPieces }, work));
	return end;
}

/** Whether two looks at a file saw it unchanged. */
export function sameFacts(left: BigIntStats, right: BigIntStats): boolean {
	return (
		left.size === right.size && left.mtimeNs === right.mtimeNs && left.ctimeNs === right.ctimeNs && left.ino === right.ino && left.dev === right.dev
	);
}

/** Whether an error of the file system says that nothing is there. */
export function isMissing(error: unknown): boolean {
	const code = error instanceof Error && 'code' in error ? error.code : null;
	return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG';
}

/** There is no such notebook. */
export function notFound(path: string): NightlogError {
	return new NightlogError(
		'notebook/not-found',
		`${JSON.stringify(path)} is no notebook on this machine; give the absolute path of an .ipynb file.`,
		{
			status: 404,
		},
	);
}

function unreadable(path: string, cause: unknown): NightlogError {
	const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
	return new NightlogError('notebook/unreadable', `${JSON.stringify(path)} cannot be read (${code}).`, { status: 422, data: { code }, cause });
}
