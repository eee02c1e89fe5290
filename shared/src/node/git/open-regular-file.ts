import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { NightlogError } from '../../base/nightlog-error.ts';

/**
 * Opens a file of a repository to be read in stretches; whoever opens it closes it. A stranger's repository may hold a pipe or a device in its place: it is
 * not waited for.
 *
 * @throws NightlogError `repository/corrupt` where it is no file; the system's error where it is not there
 */
export async function openRegularFile(path: string): Promise<{ readonly handle: FileHandle; readonly sizeBytes: number }> {
	const handle = await openWithoutWaiting(path);
	try {
		const found = await handle.stat();
		if (found.isFile()) return { handle, sizeBytes: found.size };
	} catch (error) {
		await handle.close();
		throw error;
	}
	await handle.close();
	throw unreadable(path);
}

/** Opens what was a file a moment ago; should it be a pipe by now, what is read there is short. */
export function openWithoutWaiting(path: string): Promise<FileHandle> {
	return open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
}

/** What says that a file of the repository is not what Git writes. */
export function unreadable(path: string): NightlogError {
	return new NightlogError('repository/corrupt', `The repository is damaged: ${path} cannot be read. Run git fsck to see more.`, { data: { path } });
}
