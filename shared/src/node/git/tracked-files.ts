import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoryLayout, TrackedFiles } from '../../versions/repository.ts';
import { decodeGitText } from '../../versions/repository-text.ts';
import { isMissing } from './disk-errors.ts';
import { type GitProgram, type GitResult, gitFailed } from './run-git.ts';
import { withShadowGitDir } from './shadow-git-dir.ts';

/** What the person's `git` says of a working tree; nothing of the repository's configuration is run, and the index is not refreshed. */
export async function trackedFilesByGit(git: GitProgram, layout: RepositoryLayout, head: string | null, signal: AbortSignal): Promise<TrackedFiles> {
	const { workTree } = layout;
	if (workTree === null) return { changed: [], deleted: [], untracked: async () => [], note: null };
	const args = ['status', '--porcelain=v2', '-z', '--no-renames', '--untracked-files=no', '--ignore-submodules=all'];
	const result = await withShadowGitDir(git, layout, head, signal, async (run) => await run(args));
	const untracked = async (folder: string): Promise<readonly string[]> => {
		const list = [
			'--literal-pathspecs',
			'ls-files',
			'-z',
			'--others',
			'--exclude-standard',
			'--',
			...(folder === '' ? [] : [`${folder.replace(/\/+$/, '')}/`]),
		];
		const answer = await withShadowGitDir(git, layout, head, signal, async (run) => await run(list));
		if (answer.exitCode !== 0) throw gitFailed(list, `it ended with ${answer.exitCode}`, answer.stderr);
		// What ends in a slash is another repository.
		return fieldsOf(answer)
			.filter((path) => path !== '' && !path.endsWith('/'))
			.sort();
	};
	if (result.exitCode !== 0) {
		const note = `Changed files could not be found: ${gitFailed(args, `it ended with ${result.exitCode}`, result.stderr).message}`;
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
