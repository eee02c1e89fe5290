import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the checkout, without a slash at its end. */
export const checkout = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Where what is built once for the machine lies: `NIGHTLOG_CACHE`, else `~/.cache/nightlog`. */
export function cacheFolder(environment = process.env) {
	return path.resolve(environment.NIGHTLOG_CACHE || path.join(homedir(), '.cache', 'nightlog'));
}

/** Folder of programs in a Python environment. */
export const programsFolder = process.platform === 'win32' ? 'Scripts' : 'bin';
