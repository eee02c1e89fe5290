import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { hasCode, isMissing } from '../durable/file-errors.ts';

// Where somebody else writes, a pipe may lie in place of a file: opening it would wait for ever. A link could lead anywhere.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** Opens a file to be read; null where none of that name is there or may be read, or a link, a pipe, a folder or a device lies in its place. */
export async function openRegularFile(file: string): Promise<FileHandle | null> {
	let handle: FileHandle;
	try {
		handle = await open(file, flags);
	} catch (error) {
		if (isNoFile(error)) return null;
		throw error;
	}
	const isFile = await handle.stat().then(
		(found) => found.isFile(),
		() => false,
	);
	if (isFile) return handle;
	await handle.close();
	return null;
}

/** The same at once. Whoever calls this closes what it gives. */
export function openRegularFileSync(file: string): number | null {
	let descriptor: number;
	try {
		descriptor = openSync(file, flags);
	} catch (error) {
		if (isNoFile(error)) return null;
		throw error;
	}
	if (fstatSync(descriptor).isFile()) return descriptor;
	closeSync(descriptor);
	return null;
}

/** The bytes of a file, or `too-large` where it has more than `mostBytes`; null where there is none, as for `openRegularFile`. */
export async function readRegularFile(file: string, mostBytes: number): Promise<Buffer | 'too-large' | null> {
	const handle = await openRegularFile(file);
	if (handle === null) return null;
	try {
		const { size } = await handle.stat();
		return size > mostBytes ? 'too-large' : await handle.readFile();
	} finally {
		await handle.close();
	}
}

/** SHA-256 of a file in hexadecimal digits; null where there is none, as for `openRegularFile`. */
export async function hashRegularFile(file: string): Promise<string | null> {
	const handle = await openRegularFile(file);
	if (handle === null) return null;
	const hash = createHash('sha256');
	// The stream closes the file.
	await pipeline(handle.createReadStream(), hash);
	return hash.digest('hex');
}

/** The first `mostBytes` bytes of a file at once; null where there is none, as for `openRegularFile`. */
export function readStartSync(file: string, mostBytes: number): Buffer | null {
	const descriptor = openRegularFileSync(file);
	if (descriptor === null) return null;
	try {
		const buffer = Buffer.alloc(mostBytes);
		return buffer.subarray(0, readSync(descriptor, buffer, 0, mostBytes, 0));
	} finally {
		closeSync(descriptor);
	}
}

/** ELOOP: it is a link; ENXIO: a socket, or a device without its driver; EACCES: closed against its own person. */
function isNoFile(error: unknown): boolean {
	return isMissing(error) || hasCode(error, 'ELOOP') || hasCode(error, 'EACCES') || hasCode(error, 'ENXIO');
}
