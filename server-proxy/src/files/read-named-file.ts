import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { hasCode } from '../durable/file-errors.ts';
import { isOpenWithin } from './is-open-within.ts';

/** How a file is read that somebody named, or that has to stand in a place. */
export interface NamedFileOptions {
	readonly mostBytes: number;
	/** A folder, absolute, links resolved: what a link leads out of it is not read. Null where the file is the person's own word. */
	readonly within: string | null;
}

/**
 * The bytes of a file, or why there are none, as the end of a sentence. Links are followed, but a pipe is not waited for, a device not read, and no more than
 * `mostBytes` are taken.
 *
 * @throws the system's error where it is not there or cannot be looked at
 */
export async function readNamedFile(file: string, { mostBytes, within }: NamedFileOptions): Promise<Buffer | string> {
	const resolved = within === null ? file : await realpath(file);
	const noLink = within === null ? 0 : (constants.O_NOFOLLOW ?? 0);
	let handle: FileHandle;
	try {
		// A pipe or a link that was put in the file's place meanwhile is not waited for nor followed.
		handle = await open(resolved, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | noLink);
	} catch (error) {
		// A socket, or a device without its driver.
		if (hasCode(error, 'ENXIO') || hasCode(error, 'ENODEV')) return noFile;
		throw error;
	}
	try {
		const found = await handle.stat({ bigint: true });
		if (found.isDirectory()) return 'it is a folder';
		if (!found.isFile()) return noFile;
		if (within !== null && !(await isOpenWithin(handle, found, resolved, within))) return `it is a link that leads out of ${within}`;
		const bytes = await readUpTo(handle, mostBytes);
		return bytes === 'too-large' ? `it is larger than ${sizeText(mostBytes)}` : bytes;
	} finally {
		await handle.close();
	}
}

const noFile = 'it is a pipe or a device and no file';
const pieceBytes = 1_000_000;

/** All that an open file or pipe gives; `too-large` when that is more than `mostBytes`, whatever its size was said to be. */
export async function readUpTo(handle: FileHandle, mostBytes: number): Promise<Buffer | 'too-large'> {
	const { size } = await handle.stat();
	if (size > mostBytes) return 'too-large';
	const pieces: Buffer[] = [];
	let length = 0;
	// One byte more than it had shows its end.
	for (let next = size + 1; ; next = pieceBytes) {
		const piece = Buffer.allocUnsafe(Math.min(next, mostBytes + 1 - length));
		const { bytesRead } = await handle.read(piece, 0, piece.length, null);
		if (bytesRead === 0) return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
		pieces.push(piece.subarray(0, bytesRead));
		length += bytesRead;
		if (length > mostBytes) return 'too-large';
	}
}

function sizeText(bytes: number): string {
	return bytes >= 1_000_000 ? `${bytes / 1_000_000} MB` : `${bytes / 1_000} kB`;
}
