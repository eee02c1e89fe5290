import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { hasCode, isMissing } from '../durable/file-errors.ts';

/** What is asked of the surroundings. */
export interface Surroundings {
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly home: string;
	/** The person's number; null where the system has none. */
	readonly uid: number | null;
}

/** Where the state of this person lies. A relative `XDG_STATE_HOME` is no place, and is passed over (XDG Base Directory Specification). */
export function stateFolderPath({ env, home }: Surroundings): string {
	const base = env.XDG_STATE_HOME;
	return path.join(base !== undefined && path.isAbsolute(base) ? base : path.join(home, '.local', 'state'), 'nightlog');
}

/**
 * Makes a folder that only the person can enter, or sees that it is one.
 * @param where in a place that others can write to, a link is somebody's trap
 * @throws NightlogError `state/not-private` where it belongs to somebody else, or is no folder
 */
export async function ensurePrivateFolder(folder: string, uid: number | null, where: 'own' | 'shared' = 'own'): Promise<void> {
	await mkdir(folder, { recursive: true, mode: 0o700 });
	const found = await (where === 'own' ? stat(folder) : lstat(folder));
	if (!found.isDirectory() || (uid !== null && found.uid !== uid)) {
		throw new NightlogError('state/not-private', `${folder} must be a folder of your own; it belongs to somebody else.`, { status: 500 });
	}
	if (uid !== null && (found.mode & 0o077) !== 0) await chmod(folder, 0o700);
}

/**
 * Whether what lies in a folder is the person's own word: it is theirs, and nobody else can write to it. What others left there is not believed.
 * @param where in a place that others can write to, a link is somebody's trap
 */
export async function isPrivateFolder(folder: string, uid: number | null, where: 'own' | 'shared'): Promise<boolean> {
	try {
		const found = await (where === 'own' ? stat(folder) : lstat(folder));
		return found.isDirectory() && (uid === null || (found.uid === uid && (found.mode & 0o022) === 0));
	} catch (error) {
		if (isMissing(error) || hasCode(error, 'EACCES')) return false;
		throw error;
	}
}
