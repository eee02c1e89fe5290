import { join } from 'node:path';
import { configFlag, configValue, type GitConfig, parseGitConfig } from './git-config.ts';
import { readRegularFile } from './read-regular-file.ts';
import { parseSharedRepository, type SharedRepository } from './shared-permissions.ts';

/** What a repository's own configuration says of what it is. Nothing that it says of programs is kept. */
export interface RepositoryConfig {
	/** Why Git would refuse it, for the person; null where it would not. */
	readonly problem: string | null;
	readonly objectFormat: string;
	readonly refFormat: string;
	/** Names of `extensions.*` that we do not know. */
	readonly unknownExtensions: readonly string[];
	readonly isPrecious: boolean;
	readonly isPartialClone: boolean;
	readonly isSparse: boolean;
	readonly isBare: boolean | undefined;
	/** `core.worktree` as written. */
	readonly workTree: string | null;
	readonly shared: SharedRepository | null;
	readonly raw: GitConfig;
}

const maximumBytes = 4 * 1024 * 1024;
/** Honoured in repositories of format 0 already. Source: setup.c, handle_extension_v0. */
const oldExtensions = ['noop', 'preciousobjects', 'partialclone', 'worktreeconfig'];
/** Of format 1. `relativeworktrees` only says how worktrees are linked, which we read both ways. */
const newExtensions = ['noop-v1', 'objectformat', 'refstorage', 'relativeworktrees'];

/** Reads the configuration that lies in a repository, of all working trees and of this one. */
export async function readRepositoryConfig(commonDir: string, gitDir: string): Promise<RepositoryConfig> {
	const path = join(commonDir, 'config');
	const common = await readConfigFile(path);
	let raw = common.config;
	let problem = common.problem;
	if (configFlag(raw, 'extensions', 'worktreeconfig') === true) {
		const own = await readConfigFile(join(gitDir, 'config.worktree'));
		raw = { entries: [...raw.entries, ...own.config.entries], problemLine: null };
		problem ??= own.problem;
	}
	const version = configValue(raw, 'core', 'repositoryformatversion') ?? '0';
	const extensions = [
		...new Set(common.config.entries.filter(({ section, subsection }) => section === 'extensions' && subsection === null).map(({ key }) => key)),
	];
	const unknownExtensions = version === '0' ? [] : extensions.filter((key) => !oldExtensions.includes(key) && !newExtensions.includes(key));
	if (!/^[01]$/.test(version)) problem ??= `its format ${version} is newer than the one we know`;
	if (version === '0' && extensions.some((key) => newExtensions.includes(key))) problem ??= 'its configuration mixes two formats';
	const objectFormat = (version === '0' ? null : configValue(raw, 'extensions', 'objectformat')) ?? 'sha1';
	const refFormat = (version === '0' ? null : configValue(raw, 'extensions', 'refstorage')) ?? 'files';
	return {
		problem,
		objectFormat,
		refFormat: refFormat.split(':')[0] ?? refFormat,
		unknownExtensions: unknownExtensions.concat(refFormat.includes(':') ? ['refstorage'] : []),
		isPrecious: configFlag(raw, 'extensions', 'preciousobjects') === true,
		isPartialClone:
			typeof configValue(raw, 'extensions', 'partialclone') === 'string' ||
			raw.entries.some(
				({ section, key, value }) => section === 'remote' && ((key === 'promisor' && value !== 'false') || key === 'partialclonefilter'),
			),
		isSparse: configFlag(raw, 'core', 'sparsecheckout') === true,
		isBare: configFlag(raw, 'core', 'bare'),
		workTree: configValue(raw, 'core', 'worktree') ?? null,
		shared: parseSharedRepository(configValue(raw, 'core', 'sharedrepository')),
		raw,
	};
}

async function readConfigFile(path: string): Promise<{ readonly config: GitConfig; readonly problem: string | null }> {
	const bytes = await readRegularFile(path, maximumBytes);
	if (bytes === null) return { config: { entries: [], problemLine: null }, problem: null };
	const config = parseGitConfig(bytes.toString('utf8'));
	if (bytes.length >= maximumBytes) return { config, problem: `its configuration ${path} is too large` };
	return { config, problem: config.problemLine === null ? null : `its configuration ${path} cannot be read from line ${config.problemLine} on` };
}
