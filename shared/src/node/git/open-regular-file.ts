import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { NightlogError } from '../../base/nightlog-error.ts';

/**
 * Opens a file of a repository to be read in stretches; whoever opens it closes it. A stranger's repository may hold a pipe or a device in its place: it is
 * not waited for.
 *
 * @throws NightlogError `repository/corrupt` where it is no file; the system's error where it is not there
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
	const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
	try {
		if ((await handle.stat()).isFile()) return handle;
	} catch (error) {
		await handle.close();
		throw error;
	}
	await handle.close();
	throw unreadable(path);
}

/** What says that a file of the repository is not what Git writes. */
export function unreadable(path: string): NightlogError {
	return new NightlogError('repository/corrupt', `The repository is damaged: ${path} cannot be read. Run git fsck to see more.`, { data: { path } });
}
