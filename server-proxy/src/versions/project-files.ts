import type { BigIntStats } from 'node:fs';
import { access, constants, readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { FileCalls } from '@nightlog/shared/node/git/file-calls';
import { type IgnoreFile, linesOf } from '@nightlog/shared/versions/ignore-rules';
import { readRegularFile } from '../files/regular-file.ts';

/** What is in a folder by its name; a link has the kind of what it leads to. */
type Listing = ReadonlyMap<string, EntryKind>;
type EntryKind = 'file' | 'folder' | 'link' | 'other';

/** Looks at the files of one project for one version: each folder and file once. Paths are relative to the project, with '/'; '' is the project. */
export interface ProjectFiles {
	/** What is there; null where nothing is, or something that is neither file nor folder, or a link that leads out of the project. */
	kindOf(path: string): Promise<'file' | 'folder' | null>;
	/** A file or link itself; null where it is not there or cannot be read. */
	factsOf(path: string): Promise<BigIntStats | null>;
	/** Names in a folder; empty where it cannot be read. */
	list(path: string): Promise<Listing>;
	/** Ignore files of these names on the way to a path. */
	ignoreFiles(path: string, names: readonly string[]): Promise<IgnoreFile[]>;
	/** The project's path that a link leads to; null where it leads out of the project or nowhere. */
	leadsTo(path: string): Promise<string | null>;
	absolute(path: string): string;
}

/** What was seen of folders, by absolute path: a folder's time changes with its names. */
export type FolderMemo = Map<string, { readonly mtimeNs: bigint; readonly ctimeNs: bigint; readonly ino: bigint; readonly listing: Listing }>;

const mostFolders = 500;
/** Times of a folder may stand still for so long. */
const timesSettleMs = 2000n;
/** A changed folder of more names is not listed again only to see whether it has one. */
const mostListed = 5000;
/** A file of more rules would keep everybody waiting. Whoever wrote it wants things left out: all is, which the version says. */
const mostIgnoreBytes = 1_000_000;
const mostIgnoreLines = 10_000;
const leavesAllOut = '*';

/**
 * @param project absolute, links resolved
 * @param calls for the notebook's folder
 */
export function createProjectFiles(project: string, memo: FolderMemo, clock: () => number, calls: FileCalls): ProjectFiles {
	const listings = new Map<string, Promise<Listing | null>>();
	const quickListings = new Map<string, Promise<Listing | null>>();
	const facts = new Map<string, Promise<BigIntStats | null>>();
	const ignores = new Map<string, Promise<IgnoreFile | null>>();
	const absolute = (path: string): string => (path === '' ? project : join(project, ...path.split('/')));

	function once<Key, Content>(map: Map<Key, Promise<Content>>, key: Key, make: () => Promise<Content>): Promise<Content> {
		const known = map.get(key) ?? make();
		map.set(key, known);
		return known;
	}

	/** Null where the folder is large and not as it was: then asking for one name is quicker. */
	async function readListing(path: string, isPatient: boolean): Promise<Listing | null> {
		const folder = absolute(path);
		try {
			const found = await calls.stat(folder);
			if (found === null) return new Map();
			const { mtimeNs, ctimeNs, ino } = found;
			const known = memo.get(folder);
			if (known !== undefined && known.mtimeNs === mtimeNs && known.ctimeNs === ctimeNs && known.ino === ino) return known.listing;
			if (!isPatient && known !== undefined && known.listing.size > mostListed) return null;
			const listing = new Map<string, EntryKind>();
			for (const entry of await readdir(folder, { withFileTypes: true })) listing.set(entry.name, kindOfEntry(entry));
			memo.delete(folder);
			const isSettled = BigInt(clock()) - mtimeNs / 1_000_000n > timesSettleMs;
			// So fresh a listing is only good to know that the folder is large.
			if (isSettled || listing.size > mostListed) memo.set(folder, { mtimeNs: isSettled ? mtimeNs : -1n, ctimeNs, ino, listing });
			if (memo.size > mostFolders) {
				const oldest = memo.keys().next();
				if (!oldest.done) memo.delete(oldest.value);
			}
			return listing;
		} catch {
			return new Map();
		}
	}

	const list = async (path: string): Promise<Listing> => (await once(listings, path, () => readListing(path, true))) ?? new Map();

	async function kindIn(folder: string, name: string): Promise<EntryKind | null> {
		const listing = await once(quickListings, folder, () => readListing(folder, false));
		if (listing !== null) return listing.get(name) ?? null;
		const found = await calls.lstat(absolute(folder === '' ? name : `${folder}/${name}`)).catch(() => null);
		return found === null ? null : kindOfEntry(found);
	}

	async function leadsTo(path: string): Promise<string | null> {
		try {
			const target = await calls.realpath(absolute(path));
			if (target === project) return '';
			return target.startsWith(project === sep ? sep : project + sep)
				? target
						.slice(project === sep ? 1 : project.length + 1)
						.split(sep)
						.join('/')
				: null;
		} catch {
			return null;
		}
	}

	async function kindOf(path: string): Promise<'file' | 'folder' | null> {
		if (path === '') return 'folder';
		const slash = path.lastIndexOf('/');
		const folder = slash < 0 ? '' : path.slice(0, slash);
		if (folder !== '' && (await kindOf(folder)) !== 'folder') return null;
		const kind = await kindIn(folder, path.slice(slash + 1));
		if (kind !== 'link') return kind === 'file' || kind === 'folder' ? kind : null;
		const target = await leadsTo(path);
		if (target === null) return null;
		const there = await calls.stat(absolute(target)).catch(() => null);
		return there?.isFile() ? 'file' : there?.isDirectory() ? 'folder' : null;
	}

	async function readFacts(path: string): Promise<BigIntStats | null> {
		try {
			const file = absolute(path);
			const found = await calls.lstat(file);
			if (found === null) return null;
			if (!found.isFile() && !found.isSymbolicLink()) return null;
			if (found.isFile()) await access(file, constants.R_OK);
			return found;
		} catch {
			return null;
		}
	}

	async function readIgnore(folder: string, name: string): Promise<IgnoreFile | null> {
		if ((await kindIn(folder, name)) !== 'file') return null;
		try {
			const bytes = await readRegularFile(absolute(folder === '' ? name : `${folder}/${name}`), mostIgnoreBytes);
			if (bytes === null) return null;
			const text = bytes === 'too-large' ? null : bytes.toString('utf8');
			return { folder, text: text === null || linesOf(text).length > mostIgnoreLines ? leavesAllOut : text };
		} catch {
			return null;
		}
	}

	return {
		kindOf,
		list,
		leadsTo,
		absolute,
		factsOf: (path) => once(facts, path, () => readFacts(path)),
		async ignoreFiles(path, names) {
			const parts = path.split('/');
			const folders = parts.map((_, index) => parts.slice(0, index).join('/'));
			const found = await Promise.all(
				folders.flatMap((folder) => names.map((name) => once(ignores, `${folder}/${name}`, () => readIgnore(folder, name)))),
			);
			return found.filter((file) => file !== null);
		},
	};
}

function kindOfEntry(entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): EntryKind {
	return entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'other';
}
