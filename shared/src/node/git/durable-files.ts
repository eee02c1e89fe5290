import { isMissing, systemCode } from './disk-errors.ts';
import { type FileCalls, patientCalls } from './file-calls.ts';
import { type SharedRepository, sharedMode } from './shared-permissions.ts';

/** Makes a folder's entries durable. Where a file system has no such call (Windows, some network and FUSE mounts) it does nothing. */
export async function syncFolder(path: string, calls: FileCalls = patientCalls): Promise<void> {
	if (process.platform === 'win32') return;
	const descriptor = await calls.open(path, 'r');
	try {
		await calls.fsync(descriptor);
	} catch (error) {
		const code = systemCode(error);
		if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'EISDIR') throw error;
	} finally {
		await calls.close(descriptor);
	}
}

/**
 * Writes a new file durably; fails when it exists. What was begun is removed when the write fails.
 *
 * @param mode as given to open(2), before the umask
 * @param shared what a shared repository adds to the mode that the umask leaves
 */
export async function writeNewFile(
	path: string,
	bytes: Uint8Array,
	mode: number,
	shared: SharedRepository | null,
	calls: FileCalls = patientCalls,
): Promise<void> {
	const descriptor = await calls.open(path, 'wx', mode);
	let isDone = false;
	try {
		for (let offset = 0; offset < bytes.length; ) offset += await calls.write(descriptor, bytes, offset, bytes.length - offset, offset);
		if (shared !== null) await calls.fchmod(descriptor, sharedMode((await calls.fstat(descriptor)).mode, shared, false));
		await calls.fsync(descriptor);
		isDone = true;
	} finally {
		await calls.close(descriptor);
		if (!isDone) await removeIfThere(path, calls);
	}
}

/** Removes a file; it need not be there. */
export async function removeIfThere(path: string, calls: FileCalls = patientCalls): Promise<void> {
	try {
		await calls.unlink(path);
	} catch (error) {
		if (!isMissing(error)) throw error;
	}
}

/** Waits for all; the first failure is thrown after all has ended. */
export async function allDone(work: readonly Promise<unknown>[]): Promise<void> {
	for (const outcome of await Promise.allSettled(work)) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Runs `work` for every item, at most `limit` at a time; the first failure is thrown after all that was begun has ended. */
export async function forEachLimited<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
	let next = 0;
	let failed = false;
	let failure: unknown;
	async function worker(): Promise<void> {
		while (next < items.length && !failed) {
			const item = items[next++] as T;
			try {
				await work(item);
			} catch (error) {
				if (!failed) failure = error;
				failed = true;
			}
		}
	}
	await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
	if (failed) throw failure;
}
