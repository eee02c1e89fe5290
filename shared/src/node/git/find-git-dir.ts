import { lstat, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { NightlogError } from '../../base/nightlog-error.ts';
import { isMissing } from './disk-errors.ts';
import { readRegularFile } from './read-regular-file.ts';

/** A Git directory that a folder belongs to. Paths are absolute, without links. */
export interface FoundGitDir {
	readonly gitDir: string;
	readonly commonDir: string;
	/** The folder with `.git` in it; null where the folder is a bare repository. */
	readonly top: string | null;
	/** The file `.git`, where it is one (linked worktree, submodule). */
	readonly gitFile: string | null;
	/** Why it is none after all, though something is there that names one; null where it is one. */
	readonly problem: string | null;
}

/** Where the search upwards ends. */
export interface FindGitDirOptions {
	/** The person's home: never taken for a repository, even where it is one. */
	readonly home: string;
	/** `GIT_CEILING_DIRECTORIES`. */
	readonly ceilings: string;
}

/** The repository of a folder, as Git finds it: upwards, within one file system, not above a ceiling. Null where there is none. */
export async function findGitDir(folder: string, options: FindGitDirOptions, signal: AbortSignal): Promise<FoundGitDir | null> {
	const start = await nearestFolder(folder);
	const device = (await stat(start)).dev;
	const home = await realpathOrSame(options.home);
	const ceilings = await Promise.all(options.ceilings.split(delimiter).filter(isAbsolute).map(realpathOrSame));
	for (let current = start; ; ) {
		signal.throwIfAborted();
		const found = await gitDirAt(current);
		if (found !== null) return found.top !== null && found.top === home ? null : found;
		const parent = dirname(current);
		if (parent === current || ceilings.includes(parent) || (await stat(parent)).dev !== device) return null;
		current = parent;
	}
}

/** The repository whose working tree's top, or whose Git directory, is this very folder. */
async function gitDirAt(folder: string): Promise<FoundGitDir | null> {
	const dotGit = join(folder, '.git');
	const kind = await stat(dotGit).catch((error: unknown) => {
		if (isMissing(error)) return null;
		throw error;
	});
	if (kind?.isFile()) {
		const target = /^gitdir: (.+?)[\r\n]*$/s.exec((await readRegularFile(dotGit, 65_536))?.toString('utf8') ?? '')?.[1];
		const gitDir = target === undefined ? null : await realpath(resolve(folder, target)).catch(() => null);
		const commonDir = gitDir === null ? null : await commonDirOf(gitDir);
		if (gitDir !== null && commonDir !== null) return { gitDir, commonDir, top: folder, gitFile: dotGit, problem: null };
		return { gitDir: dotGit, commonDir: dotGit, top: folder, gitFile: dotGit, problem: `the file ${dotGit} does not lead to a repository` };
	}
	if (kind?.isDirectory()) {
		const gitDir = await realpath(dotGit);
		const commonDir = await commonDirOf(gitDir);
		if (commonDir !== null) return { gitDir, commonDir, top: folder, gitFile: null, problem: null };
	}
	if (basename(folder) === '.git') return null;
	const commonDir = await commonDirOf(folder);
	return commonDir === null ? null : { gitDir: folder, commonDir, top: null, gitFile: null, problem: null };
}

/** The common directory of a Git directory; null where it is none. Source: is_git_directory in Git's setup.c. */
async function commonDirOf(gitDir: string): Promise<string | null> {
	const head = await readHead(gitDir);
	if (head === null || !/^(?:ref:\s*refs\/|[0-9a-f]{40})/.test(head)) return null;
	const pointer = (await readRegularFile(join(gitDir, 'commondir'), 65_536))?.toString('utf8').replace(/[\r\n]+$/, '');
	const commonDir = pointer === undefined ? gitDir : await realpath(resolve(gitDir, pointer)).catch(() => null);
	if (commonDir === null) return null;
	return (await isFolder(join(commonDir, 'objects'))) && (await isFolder(join(commonDir, 'refs'))) ? commonDir : null;
}

async function readHead(gitDir: string): Promise<string | null> {
	const path = join(gitDir, 'HEAD');
	const found = await lstat(path).catch(() => null);
	// Old repositories have a link to the branch's file, which need not be there yet.
	if (found?.isSymbolicLink()) return 'ref: refs/';
	return (await readRegularFile(path, 4096))?.toString('utf8') ?? null;
}

async function nearestFolder(folder: string): Promise<string> {
	if (!isAbsolute(folder))
		throw new NightlogError('repository/bad-path', `A folder is named by its whole path, not ${JSON.stringify(folder)}.`, { status: 400 });
	for (let current = folder; ; current = dirname(current)) {
		try {
			const real = await realpath(current);
			return (await isFolder(real)) ? real : dirname(real);
		} catch (error) {
			if (!isMissing(error) || dirname(current) === current) throw error;
		}
	}
}

async function isFolder(path: string): Promise<boolean> {
	return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

async function realpathOrSame(path: string): Promise<string> {
	return await realpath(path).catch(() => path);
}
