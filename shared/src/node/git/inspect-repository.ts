import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { RepositoryLayout } from '../../versions/repository.ts';
import { chooseEngine, type EngineFacts } from './choose-engine.ts';
import { isMissing } from './disk-errors.ts';
import { type FoundGitDir, findGitDir } from './find-git-dir.ts';
import { readIndexFeatures } from './index-file.ts';
import { readRegularFile } from './read-regular-file.ts';
import { type RepositoryConfig, readRepositoryConfig } from './repository-config.ts';
import { findGitProgram, type GitProgram, runGit } from './run-git.ts';

type Feature = RepositoryLayout['features'][number];

/** What looking at a repository needs of the outside; each has a default. */
export interface InspectRepositoryOptions {
	/** The person's `git`; looked for, where it is needed, when nothing is said. */
	readonly git?: GitProgram | null;
	/** The person's home folder, which is never taken for a repository. */
	readonly home?: string;
	readonly environment?: NodeJS.ProcessEnv;
}

/**
 * What repository a folder lies in, looked at before anything is written. Runs `git` only where its word counts: a repository of somebody else, or of a
 * format that we do not know. A folder that is not there yet is looked for from its nearest parent.
 *
 * @param folder absolute
 * @returns null where there is none; a home folder is never taken for one
 */
export async function inspectRepository(
	folder: string,
	signal: AbortSignal,
	options: InspectRepositoryOptions = {},
): Promise<RepositoryLayout | null> {
	const environment = options.environment ?? process.env;
	const found = await findGitDir(folder, { home: options.home ?? homedir(), ceilings: environment.GIT_CEILING_DIRECTORIES ?? '' }, signal);
	if (found === null) return null;
	const config = await readRepositoryConfig(found.commonDir, found.gitDir);
	const workTree = await workTreeOf(found, config);
	const objectFormat = config.objectFormat === 'sha256' ? 'sha256' : 'sha1';
	const program = async (): Promise<GitProgram | null> => (options.git !== undefined ? options.git : await findGitProgram(signal, environment));
	const needsGit = config.unknownExtensions.length > 0 || config.refFormat !== 'files';
	const choice = await chooseEngine({
		problem: found.problem ?? config.problem ?? workTree.problem,
		objectFormat: config.objectFormat,
		refFormat: config.refFormat,
		unknownExtensions: config.unknownExtensions,
		isOwned: await isOwned(found, environment),
		unwritable: await findUnwritable(found.commonDir),
		hasGit: needsGit && (await program()) !== null,
		gitAccepts: async () => await gitAccepts(await program(), found.top ?? found.gitDir, signal),
	});
	return {
		gitDir: found.gitDir,
		commonDir: found.commonDir,
		workTree: workTree.path,
		objectFormat,
		refFormat: config.refFormat === 'files' || config.refFormat === 'reftable' ? config.refFormat : 'unknown',
		features: found.problem === null ? await featuresOf(found, config, objectFormat) : [],
		...choice,
	};
}

/** The top of the working tree: the folder with `.git`, or what `core.worktree` says, which may only be that folder. */
async function workTreeOf(found: FoundGitDir, config: RepositoryConfig): Promise<{ readonly path: string | null; readonly problem: string | null }> {
	const isLinked = found.commonDir !== found.gitDir;
	if (found.top === null || (config.isBare === true && !isLinked)) return { path: null, problem: null };
	if (config.workTree === null || isLinked) return { path: found.top, problem: null };
	const path = await realpath(resolve(found.gitDir, config.workTree)).catch(() => null);
	// A stranger's repository could name any folder of the person here, whose files would then go into versions.
	if (path !== found.top)
		return { path: found.top, problem: `its configuration names another folder (core.worktree = ${config.workTree}) as its working tree` };
	return { path, problem: null };
}

async function featuresOf(found: FoundGitDir, config: RepositoryConfig, objectFormat: 'sha1' | 'sha256'): Promise<Feature[]> {
	const features: Feature[] = [];
	const objects = join(found.commonDir, 'objects');
	const packs = await packFacts(join(objects, 'pack'));
	if (found.commonDir !== found.gitDir) features.push('worktree');
	if (found.gitFile !== null && found.commonDir === found.gitDir && config.workTree !== null) features.push('submodule');
	if (config.isSparse) features.push('sparse');
	features.push(...(await indexFeatures(found.gitDir, objectFormat)));
	if (((await readRegularFile(join(objects, 'info', 'alternates'), 1)) ?? []).length > 0) features.push('alternates');
	if (config.isPartialClone || packs.hasPromisor) features.push('partial-clone');
	if (config.shared !== null) features.push('shared');
	if (packs.hasLarge) features.push('large-pack');
	if ((await readRegularFile(join(found.commonDir, 'shallow'), 1)) !== null) features.push('shallow');
	if (config.unknownExtensions.length > 0) features.push('unknown-extension');
	return features;
}

async function indexFeatures(gitDir: string, objectFormat: 'sha1' | 'sha256'): Promise<Feature[]> {
	const path = join(gitDir, 'index');
	const head = await readRegularFile(path, 12);
	const features: Feature[] = [];
	// Only an index that has shared ones beside it can be split: else its entries, which may be a million, need not be read.
	if ((await readdir(gitDir)).some((name) => name.startsWith('sharedindex.')) && (await isSplit(path, objectFormat))) features.push('split-index');
	if (head?.length === 12 && head.readUInt32BE(4) === 4) features.push('index-v4');
	return features;
}

async function isSplit(path: string, objectFormat: 'sha1' | 'sha256'): Promise<boolean> {
	const bytes = await readRegularFile(path, 256 * 1024 * 1024);
	if (bytes === null) return false;
	try {
		return readIndexFeatures(bytes, objectFormat === 'sha1' ? 20 : 32).extensions.includes('link');
	} catch {
		// We never write an index, and what is changed is asked of `git`: an index that we cannot read stands in nobody's way.
		return false;
	}
}

async function packFacts(folder: string): Promise<{ readonly hasPromisor: boolean; readonly hasLarge: boolean }> {
	const names = await readdir(folder).catch((error: unknown) => {
		if (isMissing(error)) return [];
		throw error;
	});
	let hasLarge = false;
	for (const name of names) {
		if (name.endsWith('.pack') && ((await stat(join(folder, name)).catch(() => null))?.size ?? 0) > 2 ** 31 - 1) hasLarge = true;
	}
	return { hasPromisor: names.some((name) => name.endsWith('.promisor')), hasLarge };
}

/** As Git asks before it trusts a repository (safe.directory in git-config(1)): whether all that names it is this person's. */
async function isOwned(found: FoundGitDir, environment: NodeJS.ProcessEnv): Promise<boolean> {
	const uid = process.geteuid?.();
	if (uid === undefined) return true;
	const allowed = new Set([uid]);
	const sudo = environment.SUDO_UID;
	if (uid === 0 && sudo !== undefined && /^\d+$/.test(sudo)) allowed.add(Number(sudo));
	for (const path of [found.gitFile, found.top, found.gitDir]) {
		if (path === null) continue;
		const owner = (await stat(path).catch(() => null))?.uid;
		if (owner !== undefined && !allowed.has(owner)) return false;
	}
	return true;
}

/**
 * The first that is closed to us of what versions write to: others of a group, or root, may have made some of it. Folders of loose objects are not among
 * it: without one, a pack is written.
 */
async function findUnwritable(commonDir: string): Promise<EngineFacts['unwritable']> {
	const folder = constants.W_OK | constants.X_OK;
	const places = [
		...['.', 'objects', 'refs'].map((name) => ({ name, mode: folder, mayBeMissing: false })),
		...['objects/pack', 'refs/nightlog', 'nightlog'].map((name) => ({ name, mode: folder, mayBeMissing: true })),
		...['nightlog/objects', 'nightlog/packs'].map((name) => ({ name, mode: constants.W_OK, mayBeMissing: true })),
	];
	const allowed = await Promise.all(places.map(({ name, mode, mayBeMissing }) => mayUse(join(commonDir, name), mode, mayBeMissing)));
	const closed = places[allowed.indexOf(false)];
	return closed === undefined ? null : { path: join(commonDir, closed.name), isWhole: closed.name === '.' };
}

async function mayUse(path: string, mode: number, mayBeMissing: boolean): Promise<boolean> {
	try {
		await access(path, mode);
		return true;
	} catch (error) {
		return mayBeMissing && isMissing(error);
	}
}

/** Whether `git` works in a folder. `rev-parse` reads the repository's format and owner and runs nothing. */
async function gitAccepts(git: GitProgram | null, folder: string, signal: AbortSignal): Promise<boolean> {
	if (git === null) return false;
	const result = await runGit(git, ['rev-parse', '--git-dir'], { cwd: folder, signal, timeoutMs: 20_000 });
	return result.exitCode === 0;
}
