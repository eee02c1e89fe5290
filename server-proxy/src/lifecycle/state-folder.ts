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
 * @throws NightlogError `state/not-private` where it belongs to somebody else, or is no folder; `state/no-folder` where it cannot be made
 */
export async function ensurePrivateFolder(folder: string, uid: number | null, where: 'own' | 'shared' = 'own'): Promise<void> {
	await makeFolder(folder);
	const found = await (where === 'own' ? stat(folder) : lstat(folder)).catch((cause: unknown) => {
		throw noFolder(folder, cause);
	});
	if (!found.isDirectory() || (uid !== null && found.uid !== uid)) {
		throw new NightlogError('state/not-private', `${folder} must be a folder of your own; it belongs to somebody else.`, { status: 500 });
	}
	if (uid !== null && (found.mode & 0o077) !== 0) await chmod(folder, 0o700);
}

/**
 * Makes a folder and those above it, for their owner only, where they are not there. Node's own way does not return where one cannot be made below `/proc`.
 *
 * @throws NightlogError `state/no-folder` (503), which names it and the reason
 */
export async function makeFolder(folder: string): Promise<void> {
	const missing: string[] = [];
	for (let at = folder; !(await isThere(at)) && path.dirname(at) !== at; at = path.dirname(at)) missing.unshift(at);
	try {
		for (const each of missing) {
			await mkdir(each, { mode: 0o700 }).catch((error: unknown) => {
				// Somebody else made it meanwhile.
				if (!hasCode(error, 'EEXIST')) throw error;
			});
		}
	} catch (cause) {
		throw noFolder(folder, cause);
	}
}

/** A folder that is needed and cannot be made or written to. */
export function noFolder(folder: string, cause: unknown): NightlogError {
	const why = cause instanceof Error ? cause.message : String(cause);
	const message = `The folder ${folder} cannot be made or written to (${why}). Set XDG_STATE_HOME to a folder of your own that can.`;
	return new NightlogError('state/no-folder', message, { status: 503, data: { folder }, cause });
}

async function isThere(name: string): Promise<boolean> {
	return await stat(name).then(
		() => true,
		() => false,
	);
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
