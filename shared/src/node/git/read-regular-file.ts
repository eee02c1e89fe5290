import { constants } from 'node:fs';
import { isMissing } from './disk-errors.ts';
import { type FileCalls, patientCalls } from './file-calls.ts';

/**
 * The bytes of a plain file; null where there is none of that name. A stranger's repository may hold a pipe or a device in place of a file: it is not
 * waited for, and reads as absent. At most `maximumBytes` are read.
 */
export async function readRegularFile(path: string, maximumBytes: number, calls: FileCalls = patientCalls): Promise<Buffer | null> {
	let descriptor: number;
	try {
		descriptor = await calls.open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
	try {
		const found = await calls.fstat(descriptor);
		if (!found.isFile()) return null;
		const bytes = Buffer.allocUnsafe(Math.min(found.size, maximumBytes));
		let length = 0;
		while (length < bytes.length) {
			const count = await calls.read(descriptor, bytes, length, bytes.length - length, length);
			if (count === 0) break;
			length += count;
		}
		return bytes.subarray(0, length);
	} finally {
		await calls.close(descriptor);
	}
}
