import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { isNightlogError, NightlogError } from '../../base/nightlog-error.ts';
import type { RepositoryLayout, TrackedFiles } from '../../versions/repository.ts';
import { decodeGitText } from '../../versions/repository-text.ts';
import { isMissing } from './disk-errors.ts';
import { type GitProgram, type GitResult, gitFailed } from './run-git.ts';
import { type ShadowRun, withShadowGitDir } from './shadow-git-dir.ts';

const notFound = 'Changed files could not be found';

/** What asking `git` about a working tree needs. */
export interface AskGit {
	readonly git: GitProgram;
	readonly layout: RepositoryLayout;
	/** The commit that HEAD has; null for none yet. */
	readonly head: Promise<string | null>;
	/** As `withShadowGitDir` takes it. */
	readonly findFilters?: (run: ShadowRun) => Promise<readonly string[]>;
	/** Default two minutes. */
	readonly statusTimeoutMs?: number;
}

/**
 * What the person's `git` says of a working tree; nothing of the repository's configuration is run, and the index is not refreshed.
 *
 * @param untrackedIn a folder whose untracked files are listed while the status is found
 * @throws NightlogError `repository/git-too-slow`
 */
export async function trackedFilesByGit(ask: AskGit, signal: AbortSignal, untrackedIn: string | null): Promise<TrackedFiles> {
	const { workTree } = ask.layout;
	if (workTree === null) return { changed: [], deleted: [], untracked: async () => [], note: null };
	const inShadow = async <T>(use: (run: ShadowRun) => Promise<T>): Promise<T> =>
		await withShadowGitDir(ask.git, ask.layout, ask.head, signal, use, ask.findFilters);
	const args = ['status', '--porcelain=v2', '-z', '--no-renames', '--untracked-files=no', '--ignore-submodules=all'];
	const [result, listed] = await inShadow(
		// Both are waited for, whatever becomes of the other: the folder that they look at is removed afterwards.
		async (run) =>
			await Promise.allSettled([
				run(args, { timeoutMs: ask.statusTimeoutMs ?? 120_000 }),
				untrackedIn === null ? null : listUntracked(run, untrackedIn),
			] as const),
	);
	const untracked = async (folder: string): Promise<readonly string[]> => {
		if (folder !== untrackedIn) return await inShadow(async (run) => await listUntracked(run, folder));
		if (listed.status === 'rejected') throw listed.reason;
		return listed.value ?? [];
	};
	if (result.status === 'fulfilled') return await readStatus(result.value, args, workTree, untracked);
	if (!isNightlogError(result.reason, 'repository/git-too-slow')) throw result.reason;
	throw tooSlow(result.reason, workTree);
}

/**
 * We never write the index, so in a working tree that was copied with other times `git` reads every file again and again. Without what it finds, a job would
 * run with files as they were committed, and nobody would know.
 */
function tooSlow(cause: NightlogError, workTree: string): NightlogError {
	const way = `Run git status once in ${workTree}: it notes down what it found, and is quick from then on. Then try again.`;
	return new NightlogError(cause.code, `${notFound}: ${cause.message} ${way}`, { status: 503, cause });
}

/** @throws NightlogError `repository/git-failed` */
async function listUntracked(run: ShadowRun, folder: string): Promise<readonly string[]> {
	const list = [
		'--literal-pathspecs',
		'ls-files',
		'-z',
		'--others',
		'--exclude-standard',
		'--',
		...(folder === '' ? [] : [`${folder.replace(/\/+$/, '')}/`]),
	];
	const answer = await run(list);
	if (answer.exitCode !== 0) throw gitFailed(list, `it ended with ${answer.exitCode}`, answer.stderr);
	// What ends in a slash is another repository.
	return fieldsOf(answer)
		.filter((path) => path !== '' && !path.endsWith('/'))
		.sort();
}

async function readStatus(result: GitResult, args: readonly string[], workTree: string, untracked: TrackedFiles['untracked']): Promise<TrackedFiles> {
	if (result.exitCode !== 0) {
		const note = `${notFound}: ${gitFailed(args, `it ended with ${result.exitCode}`, result.stderr).message}`;
		return { changed: [], deleted: [], untracked, note };
	}
	const changed: string[] = [];
	const deleted: string[] = [];
	for (const line of parseStatus(fieldsOf(result))) {
		const isThere = line.mayBeGone ? await exists(join(workTree, line.path)) : true;
		(isThere ? changed : deleted).push(line.path);
	}
	return { changed: changed.sort(), deleted: deleted.sort(), untracked, note: null };
}

/** Reads `git status --porcelain=v2 -z --no-renames` (git-status(1), "Porcelain Format Version 2"). Submodules are passed over. */
export function parseStatus(fields: readonly string[]): { readonly path: string; readonly mayBeGone: boolean }[] {
	const found: { readonly path: string; readonly mayBeGone: boolean }[] = [];
	for (const field of fields) {
		const match = /^(?:1 (\S\S) (\S{4})(?: \S+){5}|u (\S\S) (\S{4})(?: \S+){7}) (.+)$/s.exec(field);
		if (match === null || (match[2] ?? match[4] ?? '').startsWith('S')) continue;
		const isUnmerged = match[3] !== undefined;
		found.push({ path: match[5] ?? '', mayBeGone: isUnmerged || (match[1] ?? '').includes('D') });
	}
	return found;
}

function fieldsOf(result: GitResult): string[] {
	return decodeGitText(result.stdout).split('\0');
}

async function exists(path: string): Promise<boolean> {
	try {
		await lstat(path);
		return true;
	} catch (error) {
		if (isMissing(error)) return false;
		throw error;
	}
}
