import { NightlogError } from '../../base/nightlog-error.ts';

/** The system's code of a failed call, like `ENOENT`; null where it is no such failure. */
export function systemCode(error: unknown): string | null {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** Whether a call failed because the file or a folder on the way to it is not there. */
export function isMissing(error: unknown): boolean {
	const code = systemCode(error);
	return code === 'ENOENT' || code === 'ENOTDIR';
}

/** What a failed call on a repository's files means for the person; errors that say that already pass through. */
export function repositoryError(error: unknown, path: string): NightlogError {
	if (error instanceof NightlogError) return error;
	const code = systemCode(error);
	switch (code) {
		case 'ENOSPC':
		case 'EDQUOT':
			return diskFull(path, error);
		case 'EACCES':
		case 'EPERM':
		case 'EROFS':
			return new NightlogError('repository/not-writable', `This repository cannot be written: ${path}. Ask its owner for the right to write.`, {
				status: 403,
				data: { path },
				cause: error,
			});
		default:
			return new NightlogError(
				'repository/io-failed',
				`A file of the repository could not be read or written: ${path} (${code ?? 'unknown reason'}).`,
				{
					retryable: true,
					data: { path },
					cause: error,
				},
			);
	}
}

/** There is no room, or no right to more room. */
export function diskFull(path: string, cause?: unknown): NightlogError {
	return new NightlogError('repository/disk-full', 'The disk or your quota is full, so no version was kept; make room and save again.', {
		status: 507,
		retryable: true,
		data: { path },
		...(cause === undefined ? {} : { cause }),
	});
}
