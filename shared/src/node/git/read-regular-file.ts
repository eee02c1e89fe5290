import { constants } from 'node:fs';
import { isMissing } from './disk-errors.ts';
import { type FileCalls, patientCalls } from './file-calls.ts';

/** So much is asked for together with what kind of file it is: most files of a repository are no longer, and on a network each call is a wait. */
const firstBytes = 8192;

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
		const look = calls.fstat(descriptor);
		if (calls.isQuick && !(await look).isFile()) return null;
		const first = Buffer.allocUnsafe(Math.min(firstBytes, maximumBytes));
		const [found, count] = await Promise.allSettled([look, calls.read(descriptor, first, 0, first.length, 0)]);
		if (found.status === 'rejected') throw found.reason;
		if (!found.value.isFile()) return null;
		if (count.status === 'rejected') throw count.reason;
		const size = Math.min(found.value.size, maximumBytes);
		if (size <= count.value) return first.subarray(0, size);
		const bytes = Buffer.allocUnsafe(size);
		first.copy(bytes, 0, 0, count.value);
		let length = count.value;
		while (length < bytes.length) {
			const more = await calls.read(descriptor, bytes, length, bytes.length - length, length);
			if (more === 0) break;
			length += more;
		}
		return bytes.subarray(0, length);
	} finally {
		const closed = calls.close(descriptor);
		// What was only read has nothing to say when it is closed; Windows would keep others from the file meanwhile.
		if (process.platform === 'win32') await closed;
		else closed.catch(() => {});
	}
}
