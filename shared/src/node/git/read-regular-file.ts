import { constants, type FileHandle, open } from 'node:fs/promises';
import { isMissing } from './disk-errors.ts';

/**
 * The bytes of a plain file; null where there is none of that name. A stranger's repository may hold a pipe or a device in place of a file: it is not
 * waited for, and reads as absent. At most `maximumBytes` are read.
 */
export async function readRegularFile(path: string, maximumBytes: number): Promise<Buffer | null> {
	let handle: FileHandle;
	try {
		handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
	try {
		const found = await handle.stat();
		if (!found.isFile()) return null;
		const bytes = Buffer.allocUnsafe(Math.min(found.size, maximumBytes));
		let length = 0;
		while (length < bytes.length) {
			const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
			if (bytesRead === 0) break;
			length += bytesRead;
		}
		return bytes.subarray(0, length);
	} finally {
		await handle.close();
	}
}
