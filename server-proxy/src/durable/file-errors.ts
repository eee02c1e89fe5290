/** Whether an operation failed because the file, or a folder above it, is not there. */
export function isMissing(error: unknown): boolean {
	return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
}

/** Whether an operation failed because the disk, or the person's share of it, is full. */
export function isDiskFull(error: unknown): boolean {
	return hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT') || hasCode(error, 'EFBIG') || isSqliteFull(error);
}

/** Whether an operation failed because this process, or the machine, has as many files open as it may: it says nothing of the file. */
export function isOutOfFiles(error: unknown): boolean {
	return hasCode(error, 'EMFILE') || hasCode(error, 'ENFILE');
}

/** Whether a file operation failed with this code of errno(3). */
export function hasCode(error: unknown, code: string): boolean {
	return error instanceof Error && 'code' in error && error.code === code;
}

function isSqliteFull(error: unknown): boolean {
	// SQLITE_FULL (sqlite.org/rescode.html).
	return hasCode(error, 'ERR_SQLITE_ERROR') && (error as { errcode?: unknown }).errcode === 13;
}
