import { statfs } from 'node:fs/promises';
import { type FileSystemKind, fileSystemKind } from './file-system-kind.ts';

/** Which kind of file system holds a folder. */
export async function fileSystemOf(folder: string): Promise<FileSystemKind> {
	return fileSystemKind((await statfs(folder)).type);
}
