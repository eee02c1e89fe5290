import type { BigIntStats, Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createIgnoreRules, type IgnoreFile, linesOf } from '../../versions/ignore-rules.ts';
import type { ObjectId, RepositoryLayout, TrackedFiles } from '../../versions/repository.ts';
import { smallTree } from './choose-engine.ts';
import { type ComparisonContext, compareFacts, hasContentOf, isFileEntry } from './compare-with-index.ts';
import { isMissing } from './disk-errors.ts';
import { forEachLimited } from './durable-files.ts';
import type { FileCalls } from './file-calls.ts';
import { configFlag, configValue, type GitConfig } from './git-config.ts';
import { type IndexEntry, readIndexEntries, readIndexFeatures } from './index-file.ts';
import { excludesFileOf, type PersonConfig } from './person-config.ts';
import { readRegularFile } from './read-regular-file.ts';
import { type RepositoryConfig, readRepositoryConfig } from './repository-config.ts';

/** What looking at a small working tree needs. */
export interface SmallTreeContext {
	readonly layout: RepositoryLayout;
	readonly calls: FileCalls;
	/** HEAD's tree; null on an unborn branch. */
	readonly headTree: Promise<ObjectId | null>;
	readonly person: Promise<PersonConfig>;
	/** Asks `git` for the untracked files of another folder. */
	readonly askGit: (folder: string) => Promise<readonly string[]>;
}

/** Of these `git` knows more than we do. */
const onlyGit: readonly RepositoryLayout['features'][number][] = ['sparse', 'split-index', 'unknown-extension'];
/** Extensions of an index that say nothing of what is tracked. */
const knownExtensions: readonly string[] = ['TREE', 'EOIE', 'IEOT', 'UNTR', 'FSMN', 'REUC'];
/** Rules whose meaning has no corners (Git counts a `?` in bytes): letters, blanks inside, stars, slashes, and simple classes. */
const plainRule = /^(?:(?:[\w\-.*/!#~+@$,=% ]|\[[A-Za-z0-9]+\])*[\w\-.*/!#~+@$,=%\]])?\r?$/;

/**
 * What is changed in a working tree with few files, without a run of `git`: from the index, by size and time, then by content. It answers only where it
 * is as sure as `git`: the index is HEAD's tree, nothing converts contents, and ignore rules have no corners.
 *
 * @returns null where `git` is to be asked
 */
export async function readSmallWorkingTree(context: SmallTreeContext, signal: AbortSignal, untrackedIn: string | null): Promise<TrackedFiles | null> {
	const { layout } = context;
	const { workTree } = layout;
	if (workTree === null || layout.features.some((feature) => onlyGit.includes(feature))) return null;
	const config = readRepositoryConfig(layout.commonDir, layout.gitDir);
	const index = readSmallIndex(context);
	const folder = untrackedIn === null ? null : untrackedIn.replace(/\/+$/, '');
	// All of it is begun at once: on a network each look is a wait.
	const [facts, untracked] = await waitForBoth(
		findDifferences(context, workTree, index, config, signal),
		folder === null ? Promise.resolve([]) : findUntracked(context, workTree, folder, index, config, signal),
	);
	if (facts === null || untracked === null) return null;
	return {
		...facts,
		untracked: async (asked) => (folder !== null && asked.replace(/\/+$/, '') === folder ? untracked : await context.askGit(asked)),
		note: null,
	};
}

/** Waits for both, also where one fails: what they look at may be gone afterwards. */
async function waitForBoth<First, Second>(first: Promise<First>, second: Promise<Second>): Promise<readonly [First, Second]> {
	const [one, other] = await Promise.allSettled([first, second]);
	if (one.status === 'rejected') throw one.reason;
	if (other.status === 'rejected') throw other.reason;
	return [one.value, other.value];
}

interface SmallIndex {
	readonly entries: readonly IndexEntry[];
	readonly paths: ReadonlySet<string>;
	readonly tree: ObjectId | null;
	readonly timeNs: bigint;
}

/** Null where it is not there, is large, or says what we do not read. */
async function readSmallIndex({ layout, calls }: SmallTreeContext): Promise<SmallIndex | null> {
	const path = join(layout.gitDir, 'index');
	const before = await calls.lstat(path);
	if (before === null || !before.isFile() || before.size > smallTree.indexBytes) return null;
	const bytes = await readRegularFile(path, smallTree.indexBytes, calls);
	if (bytes === null) return null;
	const idBytes = layout.objectFormat === 'sha1' ? 20 : 32;
	const { entryCount, extensions, tree } = readIndexFeatures(bytes, idBytes);
	if (entryCount > smallTree.entries || tree === null || !extensions.every((name) => knownExtensions.includes(name))) return null;
	const entries = readIndexEntries(bytes, idBytes);
	// Should another index have come in between, this one's time is the earlier, with which more is read.
	return entries.every(isPlainEntry) ? { entries, paths: new Set(entries.map(({ path: each }) => each)), tree, timeNs: before.mtimeNs } : null;
}

/** Whether an entry is of a file that is there and whose path is nothing else than a path in the tree. */
function isPlainEntry(entry: IndexEntry): boolean {
	if (!isFileEntry(entry) || entry.stage !== 0 || entry.isSkipped || entry.isAssumedValid || entry.isIntended) return false;
	// Longer and deeper ones no file system has; folders above a path are made up below.
	return entry.path.length <= 1024 && entry.path.split('/').length <= 64 && isPlainPath(entry.path);
}

function isPlainPath(path: string): boolean {
	return !/\p{Surrogate}/u.test(path) && !/(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$)/i.test(path);
}

/** Whether a line of rules means to us what it means to Git. */
function isPlainRule(line: string): boolean {
	// Two stars beside a letter: Git looks at what stands before them by itself.
	return line.startsWith('#') || (plainRule.test(line) && !/[^/]\*\*|\*\*[^/\r]/.test(line.replace(/^!/, '')));
}

/** Whether no setting makes Git see contents or names otherwise than they are. */
function isPlainlySet(repository: GitConfig, person: GitConfig): boolean {
	const off = (key: string): boolean => {
		const value = configValue(repository, 'core', key) ?? configValue(person, 'core', key);
		return value === undefined || (value !== null && /^(?:false|no|off|0)$/i.test(value));
	};
	const links = flagOf('symlinks', repository, person);
	return ['autocrlf', 'ignorecase', 'precomposeunicode', 'sparsecheckout'].every(off) && links !== false;
}

function flagOf(key: string, repository: GitConfig, person: GitConfig): boolean | undefined {
	return configFlag(repository, 'core', key) ?? configFlag(person, 'core', key);
}

/** Null where it is not HEAD's tree, contents may be converted, or much would have to be read. */
async function findDifferences(
	{ layout, calls, ...context }: SmallTreeContext,
	workTree: string,
	reading: Promise<SmallIndex | null>,
	config: Promise<RepositoryConfig>,
	signal: AbortSignal,
): Promise<Pick<TrackedFiles, 'changed' | 'deleted'> | null> {
	const [index, { raw }, { core }, headTree] = await Promise.all([reading, config, context.person, context.headTree]);
	if (index === null || headTree === null || index.tree !== headTree || !isPlainlySet(raw, core)) return null;
	const { entries } = index;
	const ignoresModes = flagOf('filemode', raw, core) === false;
	const comparison: ComparisonContext = { workTree, indexTimeNs: index.timeNs, ignoresModes, objectFormat: layout.objectFormat };
	const gone = new Set<string>();
	let isStrange = false;
	const folders = [...new Set(entries.flatMap(({ path }) => foldersAbove(path)))];
	const facts = new Map<string, BigIntStats>();
	await Promise.all([
		forEachLimited(folders, 32, async (folder) => {
			const found = await calls.lstat(join(workTree, folder));
			// Behind a link or a file nothing of the tree is there any more.
			if (found === null) gone.add(folder);
			else if (!found.isDirectory()) isStrange = true;
		}),
		forEachLimited(entries, 32, async ({ path }) => {
			signal.throwIfAborted();
			const found = await calls.lstat(join(workTree, path));
			if (found !== null) facts.set(path, found);
		}),
	]);
	if (isStrange) return null;
	const changed: string[] = [];
	const deleted: string[] = [];
	const doubtful: (readonly [IndexEntry, BigIntStats])[] = [];
	for (const entry of entries) {
		const found = facts.get(entry.path);
		if (found === undefined || foldersAbove(entry.path).some((folder) => gone.has(folder))) {
			deleted.push(entry.path);
			continue;
		}
		if (found.isDirectory()) return null;
		const verdict = compareFacts(entry, found, comparison);
		if (verdict === 'changed') changed.push(entry.path);
		else if (verdict === 'unknown') doubtful.push([entry, found]);
	}
	const toRead = doubtful.reduce((sum, [, { size }]) => sum + Number(size), 0);
	if (doubtful.length > smallTree.filesRead || toRead > smallTree.bytesRead) return null;
	const inDoubt = [...changed, ...doubtful.map(([{ path }]) => path)];
	if (inDoubt.length > 0 && (await hasAttributes(layout, calls, index.paths, inDoubt))) return null;
	await forEachLimited(doubtful, 8, async ([entry, found]) => {
		signal.throwIfAborted();
		if (!(await hasContentOf(entry, found, comparison))) changed.push(entry.path);
	});
	return { changed: changed.sort(), deleted: deleted.sort() };
}

/** Whether a file of attributes is on the way to one of these: it may convert their contents. */
async function hasAttributes(layout: RepositoryLayout, calls: FileCalls, tracked: ReadonlySet<string>, paths: readonly string[]): Promise<boolean> {
	const places = [...new Set(['', ...paths.flatMap(foldersAbove)])].map((folder) => (folder === '' ? '.gitattributes' : `${folder}/.gitattributes`));
	// Where one is gone from the disk, Git takes what the index has.
	if (places.some((place) => tracked.has(place))) return true;
	const files = [...places.map((place) => join(layout.workTree ?? '', place)), join(layout.commonDir, 'info', 'attributes')];
	const found = await Promise.all(files.map(async (file) => await calls.lstat(file)));
	return found.some((each) => each !== null);
}

/** The folders that a path lies in, from the top on. */
function foldersAbove(path: string): string[] {
	const parts = path.split('/').slice(0, -1);
	return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Null where there are many files, or rules that only `git` reads. */
async function findUntracked(
	{ layout, calls, person }: SmallTreeContext,
	workTree: string,
	folder: string,
	index: Promise<SmallIndex | null>,
	config: Promise<RepositoryConfig>,
	signal: AbortSignal,
): Promise<readonly string[] | null> {
	if (folder !== '' && !isPlainPath(folder)) return null;
	const above = folder === '' ? [] : ['', ...foldersAbove(folder)];
	const personal = async (): Promise<IgnoreFile | null> => {
		const file = excludesFileOf((await config).raw, (await person).core);
		return file === undefined ? null : file === null ? emptyRules : await readRules(file, '', calls);
	};
	// In the order of their say: later ones have the last word.
	const ruleFiles = Promise.all([
		personal(),
		readRules(join(layout.commonDir, 'info', 'exclude'), '', calls),
		...above.map(async (each) => await readRulesInTree(workTree, each, calls)),
		...above.slice(1).map(async (each) => await asEmpty(join(workTree, each), calls)),
	]);
	const isFolder = async (): Promise<boolean> => folder === '' || (await calls.lstat(join(workTree, folder)))?.isDirectory() === true;
	// What is no folder, or lies behind a link, fails to be listed in ways that do not matter.
	const listing = listNames(join(workTree, folder)).catch(() => null);
	const [inherited, isThere, first, tracked] = await Promise.all([ruleFiles, isFolder(), listing, index]);
	if (tracked === null || inherited.some((each) => each === null)) return null;
	const rules = knowRules(inherited.filter((each) => each !== null));
	if (rules.count > smallTree.rules) return null;
	if (!isThere || (folder !== '' && rules.isIgnored(`${folder}/`))) return [];
	if (first === null) return null;
	const found: string[] = [];
	let seen = 0;

	/** Whether all of it could be read. */
	async function walk(here: string, entries: readonly Dirent[], above: KnownRules): Promise<boolean> {
		signal.throwIfAborted();
		seen += entries.length;
		if (seen > smallTree.listed) return false;
		const own = entries.some(({ name }) => name === '.gitignore') ? await readRulesInTree(workTree, here, calls) : emptyRules;
		if (own === null || (here !== '' && entries.some(({ name }) => name === '.git'))) return false;
		const rules = own === emptyRules ? above : knowRules([...above.files, own]);
		// A name is held against each rule, and nobody else is served meanwhile.
		if (rules.count > smallTree.rules) return false;
		const { isIgnored } = rules;
		const below: string[] = [];
		for (const entry of entries) {
			const path = here === '' ? entry.name : `${here}/${entry.name}`;
			if (here === '' && entry.name === '.git') continue;
			// A name that is no UTF-8 reads with this character in place of its bytes.
			if (!isPlainPath(path) || entry.name.includes('\ufffd')) return false;
			if (entry.isDirectory()) {
				if (!isIgnored(`${path}/`)) below.push(path);
			} else if ((entry.isFile() || entry.isSymbolicLink()) && tracked?.paths.has(path) !== true && !isIgnored(path)) found.push(path);
		}
		const walked = below.map(async (path) => await walk(path, (await listNames(join(workTree, path))) ?? [], rules));
		return (await Promise.all(walked)).every((isWhole) => isWhole);
	}

	return (await walk(folder, first, rules)) ? found.sort() : null;
}

/** Null where there is no such folder. */
async function listNames(folder: string): Promise<readonly Dirent[] | null> {
	try {
		return await readdir(folder, { withFileTypes: true });
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
}

const emptyRules: IgnoreFile = { folder: '', text: '' };

interface KnownRules {
	readonly files: readonly IgnoreFile[];
	readonly count: number;
	readonly isIgnored: (path: string) => boolean;
}

function knowRules(files: readonly IgnoreFile[]): KnownRules {
	const count = files.flatMap(({ text }) => linesOf(text)).filter((line) => line !== '' && !line.startsWith('#')).length;
	return { files, count, isIgnored: count > smallTree.rules ? () => false : createIgnoreRules(files, '') };
}

/** Rules of a folder; null also where their file is a link, which Git does not follow. A pipe, at which Git would wait, has none. */
async function readRulesInTree(workTree: string, folder: string, calls: FileCalls): Promise<IgnoreFile | null> {
	const file = join(workTree, folder, '.gitignore');
	const [found, rules] = await Promise.all([calls.lstat(file), readRules(file, folder, calls)]);
	return found === null || found.isFile() || found.isFIFO() ? rules : null;
}

/** Rules of a file; null where one of them has corners. */
async function readRules(file: string, folder: string, calls: FileCalls): Promise<IgnoreFile | null> {
	const bytes = await readRegularFile(file, smallTree.ruleBytes + 1, calls);
	if (bytes === null) return emptyRules;
	const text = bytes.toString('utf8');
	if (bytes.length > smallTree.ruleBytes || !text.split('\n').every(isPlainRule)) return null;
	return { folder, text };
}

/** Empty rules of a folder that is one; null of a link, or of another repository: what lies behind it is not of this tree. */
async function asEmpty(folder: string, calls: FileCalls): Promise<IgnoreFile | null> {
	const [found, inner] = await Promise.all([calls.lstat(folder), calls.lstat(join(folder, '.git'))]);
	return (found === null || found.isDirectory()) && inner === null ? emptyRules : null;
}
