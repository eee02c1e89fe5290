import { isAbsolute, relative, sep } from 'node:path';

/** A file's path in the tree of a folder that it lies in. */
export function treePath(folder: string, file: string): string {
	return relative(folder, file).split(sep).join('/');
}

/** Whether a file lies in a folder, at any depth. */
export function isBelow(folder: string, file: string): boolean {
	const path = treePath(folder, file);
	return path !== '' && path !== '..' && !path.startsWith('../') && !isAbsolute(path);
}
