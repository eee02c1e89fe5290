import type { Stats } from 'node:fs';
import { constants, copyFile, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { RepositoryLayout } from '../../versions/repository.ts';
import { isMissing } from './disk-errors.ts';
import { configValue, type GitConfig } from './git-config.ts';
import { type RepositoryConfig, readRepositoryConfig } from './repository-config.ts';
import { type GitProgram, type GitResult, gitFailed, type RunGitOptions, runGit } from './run-git.ts';

/** How files are compared and which are ignored: settings that name no program. All others of the repository stay unread. */
const copiedKeys: readonly (readonly [string, string])[] = [
	['core', 'autocrlf'],
	['core', 'eol'],
	['core', 'filemode'],
	['core', 'ignorecase'],
	['core', 'precomposeunicode'],
	['core', 'protecthfs'],
	['core', 'protectntfs'],
	['core', 'symlinks'],
	['core', 'checkstat'],
	['core', 'trustctime'],
	['core', 'bigfilethreshold'],
	['core', 'checkroundtripencoding'],
	['core', 'sparsecheckout'],
	['core', 'sparsecheckoutcone'],
	['index', 'sparse'],
];

/** Of shared indexes together: that of a million files has a third of it. */
const mostSharedBytes = 256 * 1024 * 1024;

/** Runs `git` on a repository's index, objects and working tree. */
export type ShadowRun = (args: readonly string[], options?: Pick<RunGitOptions, 'input' | 'maximumBytes' | 'timeoutMs'>) => Promise<GitResult>;

/**
 * Lets `git` look at a repository without reading its configuration. It is given a Git directory of our own, made for the moment and outside of the
 * repository, that borrows index, objects, ignore rules and attributes, and whose configuration has only what we copied: so filters, hooks, monitors,
 * drivers, helpers, remotes and included files of the repository do not exist for it, known today or not. Filters of the person's own configuration
 * (Git LFS) are blanked by name: they would write, or fetch.
 *
 * @param head the commit that HEAD has; null for none yet
 * @param findFilters names of the filters to blank; asked of the configuration where nothing is said
 */
export async function withShadowGitDir<T>(
	git: GitProgram,
	layout: RepositoryLayout,
	head: Promise<string | null>,
	signal: AbortSignal,
	use: (run: ShadowRun) => Promise<T>,
	findFilters: (run: ShadowRun) => Promise<readonly string[]> = configuredFilters,
): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), 'nightlog-git-'));
	try {
		const [config] = await Promise.all([
			readRepositoryConfig(layout.commonDir, layout.gitDir),
			mkdir(join(folder, 'refs')),
			mkdir(join(folder, 'info')).then(() => borrow(layout, folder)),
			head.then((commit) => writeFile(join(folder, 'HEAD'), commit === null ? 'ref: refs/heads/unborn\n' : `${commit}\n`)),
		]);
		await writeFile(join(folder, 'config'), shadowConfig(config, []));
		const run: ShadowRun = async (args, options = {}) =>
			await runGit(git, args, {
				cwd: layout.workTree ?? folder,
				signal,
				environment: {
					GIT_DIR: folder,
					GIT_INDEX_FILE: join(layout.gitDir, 'index'),
					GIT_OBJECT_DIRECTORY: join(layout.commonDir, 'objects'),
					...(layout.workTree === null ? {} : { GIT_WORK_TREE: layout.workTree }),
				},
				...options,
			});
		const filters = await findFilters(run);
		if (filters.length > 0) await writeFile(join(folder, 'config'), shadowConfig(config, filters));
		return await use(run);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function borrow(layout: RepositoryLayout, folder: string): Promise<void> {
	const links: (readonly [string, string])[] = [
		[join(layout.commonDir, 'info', 'exclude'), join(folder, 'info', 'exclude')],
		[join(layout.commonDir, 'info', 'attributes'), join(folder, 'info', 'attributes')],
		[join(layout.gitDir, 'info', 'sparse-checkout'), join(folder, 'info', 'sparse-checkout')],
	];
	await copySharedIndexes(layout.gitDir, folder);
	const there = await Promise.all(links.map(async (link) => ((await plainFile(link[0])) === null ? null : link)));
	for (const link of there) if (link !== null) await symlink(...link);
}

/** Not by a link: Git sets the time of a shared index that it reads. Old ones, that it has not yet removed, and what is larger than any real one stay. */
async function copySharedIndexes(gitDir: string, folder: string): Promise<void> {
	const names = (await readdir(gitDir)).filter((name) => name.startsWith('sharedindex.'));
	const found = await Promise.all(names.map(async (name) => ({ name, file: await plainFile(join(gitDir, name)) })));
	let left = mostSharedBytes;
	for (const { name, file } of found.sort((one, other) => (other.file?.mtimeMs ?? 0) - (one.file?.mtimeMs ?? 0))) {
		if (file === null || file.size > left) continue;
		left -= file.size;
		await copyFile(join(gitDir, name), join(folder, name), constants.COPYFILE_FICLONE);
	}
}

/** Names of filters that are set anywhere in the person's or the system's configuration. */
export async function configuredFilters(run: ShadowRun): Promise<readonly string[]> {
	const args = ['config', '-z', '--name-only', '--get-regexp', '^filter\\..*\\.(clean|smudge|process|required)$'];
	const result = await run(args);
	// 1: no such key.
	if (result.exitCode > 1) throw gitFailed(args, 'the configuration could not be read', result.stderr);
	const names = result.stdout
		.toString('utf8')
		.split('\0')
		.map((key) => /^filter\.(.*)\.[^.]*$/s.exec(key)?.[1]);
	return [...new Set(names.filter((name) => name !== undefined))];
}

function shadowConfig(config: RepositoryConfig, filters: readonly string[]): string {
	const isSha256 = config.objectFormat === 'sha256';
	// Of one commit alone a graph of them says nothing that is worth looking for it.
	const lines = ['[core]', `\trepositoryformatversion = ${isSha256 ? 1 : 0}`, '\tbare = false', '\tcommitGraph = false'];
	if (isSha256) lines.push('[extensions]', '\tobjectformat = sha256');
	for (const [section, key] of copiedKeys) {
		const value = configValue(config.raw, section, key);
		if (value !== undefined) lines.push(`[${section}]`, value === null ? `\t${key}` : `\t${key} = ${quoted(value)}`);
	}
	const excludes = excludesFile(config.raw);
	if (excludes !== null) lines.push('[core]', `\texcludesFile = ${quoted(excludes)}`);
	for (const name of filters) {
		if (name.includes('\n')) continue;
		lines.push(`[filter ${quoted(name)}]`, '\tclean =', '\tsmudge =', '\tprocess =', '\trequired = false');
	}
	return `${lines.join('\n')}\n`;
}

function excludesFile(config: GitConfig): string | null {
	const value = configValue(config, 'core', 'excludesfile');
	if (typeof value !== 'string') return null;
	if (value.startsWith('~/')) return join(homedir(), value.slice(2));
	return isAbsolute(value) ? value : null;
}

function quoted(value: string): string {
	return `"${value.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t')}"`;
}

async function plainFile(path: string): Promise<Stats | null> {
	try {
		const found = await stat(path);
		return found.isFile() ? found : null;
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
}
