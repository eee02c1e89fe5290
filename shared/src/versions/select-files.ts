import { isKeyLikeName } from './key-like-name.ts';
import type { LeftOut } from './version-schema.ts';

/** Untracked files are kept below this size. */
export const untrackedBelowBytes = 10_000_000;
/** As many files and bytes are taken into one version, beside what Git has already. */
export const mostFiles = 2000;
export const mostBytes = 100_000_000;

/** A file that may be kept beside a notebook. */
export interface Candidate {
	/** Relative to the project, with '/'. */
	readonly path: string;
	/** Null where it cannot be looked at. */
	readonly sizeBytes: number | null;
	/**
	 * Why it is one: a parameter set of the notebook; a local module that it imports, tracked or not; a changed file that Git tracks; a file in the notebook's
	 * folder that Git does not track.
	 */
	readonly source: 'parameters' | 'module' | 'tracked' | 'untracked';
}

/** What a version takes and what it leaves. */
export interface Selection<Kind extends Candidate> {
	readonly taken: readonly Kind[];
	/** In the order of the candidates. */
	readonly leftOut: readonly LeftOut[];
}

/**
 * Decides what a version takes. Hidden files and those whose names say that they hold keys are never taken, whatever brought them here; only the name of
 * a module that is imported may speak of tokens, since a tokenizer is code. What comes first is taken first where there is too much.
 */
export function selectFiles<Kind extends Candidate>(candidates: readonly Kind[], isIgnored: (path: string) => boolean): Selection<Kind> {
	const taken: Kind[] = [];
	const leftOut: LeftOut[] = [];
	let bytes = 0;
	for (const candidate of candidates) {
		const { path, sizeBytes } = candidate;
		const reason = judge(candidate, isIgnored);
		if (reason !== null) leftOut.push({ path, sizeBytes, reason });
		else if (taken.length >= mostFiles || bytes + (sizeBytes ?? 0) > mostBytes) leftOut.push({ path, sizeBytes, reason: 'too-many' });
		else {
			taken.push(candidate);
			bytes += sizeBytes ?? 0;
		}
	}
	return { taken, leftOut };
}

function judge({ path, sizeBytes, source }: Candidate, isIgnored: (path: string) => boolean): LeftOut['reason'] | null {
	if (sizeBytes === null || !isKeepable(path)) return 'unreadable';
	if (isHidden(path)) return 'hidden';
	if (source === 'parameters') return null;
	if (source !== 'module' ? isKeyLikeName(path) : !/\.(?:py|ipy|ipynb)$/i.test(path)) return 'key-like';
	if (isIgnored(path)) return 'ignored';
	if (source === 'untracked' && sizeBytes >= untrackedBelowBytes) return 'too-large';
	return null;
}

/** Whether a file or a folder on the way to it is hidden. */
function isHidden(path: string): boolean {
	return path.split('/').some((part) => part.startsWith('.'));
}

/** Whether Git keeps a file of this name on every system; see gitrepository-layout(5) and fsck's `hasDotgit`. */
function isKeepable(path: string): boolean {
	return path.split('/').every((part) => {
		const folded = (part.split(/[:\\]/)[0] ?? '').toLowerCase().replace(/[ .]+$/, '');
		return part !== '' && part !== '.' && part !== '..' && folded !== 'git~1' && !/[\0\ufffd]|\p{Surrogate}/u.test(part);
	});
}

/** Where a folder lies that may be too much of a person's. */
export interface PersonalFolders {
	readonly home: string;
	readonly temporaryFolder: string;
}

/** Whether nothing untracked is taken from a folder: a home, the top of the file system, and where everybody's temporary files lie. */
export function isUnsafeFolder(folder: string, { home, temporaryFolder }: PersonalFolders): boolean {
	const path = folder.length > 1 ? folder.replace(/\/+$/, '') : folder;
	if (path === home || path === temporaryFolder) return true;
	return /^(?:\/|\/tmp|\/var\/tmp|\/dev\/shm|\/root|\/home|\/Users|\/(?:home|Users)\/[^/]+)$/.test(path);
}
