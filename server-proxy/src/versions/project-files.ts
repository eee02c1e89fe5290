import type { BigIntStats } from 'node:fs';
import { access, constants, lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { IgnoreFile } from '@nightlog/shared/versions/ignore-rules';

/** What is in a folder by its name; a link has the kind of what it leads to. */
type Listing = ReadonlyMap<string, 'file' | 'folder' | 'link' | 'other'>;

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

/** @param project absolute, links resolved */
export function createProjectFiles(project: string, memo: FolderMemo, clock: () => number): ProjectFiles {
	const listings = new Map<string, Promise<Listing>>();
	const facts = new Map<string, Promise<BigIntStats | null>>();
	const ignores = new Map<string, Promise<IgnoreFile | null>>();
	const absolute = (path: string): string => (path === '' ? project : join(project, ...path.split('/')));

	function once<Key, Content>(map: Map<Key, Promise<Content>>, key: Key, make: () => Promise<Content>): Promise<Content> {
		const known = map.get(key) ?? make();
		map.set(key, known);
		return known;
	}

	async function readListing(path: string): Promise<Listing> {
		const folder = absolute(path);
		try {
			const { mtimeNs, ctimeNs, ino } = await stat(folder, { bigint: true });
			const known = memo.get(folder);
			if (known !== undefined && known.mtimeNs === mtimeNs && known.ctimeNs === ctimeNs && known.ino === ino) return known.listing;
			const listing = new Map<string, 'file' | 'folder' | 'link' | 'other'>();
			for (const entry of await readdir(folder, { withFileTypes: true })) {
				listing.set(entry.name, entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'other');
			}
			memo.delete(folder);
			if (BigInt(clock()) - mtimeNs / 1_000_000n > timesSettleMs) memo.set(folder, { mtimeNs, ctimeNs, ino, listing });
			if (memo.size > mostFolders) {
				const oldest = memo.keys().next();
				if (!oldest.done) memo.delete(oldest.value);
			}
			return listing;
		} catch {
			return new Map();
		}
	}

	const list = (path: string) => once(listings, path, () => readListing(path));

	async function leadsTo(path: string): Promise<string | null> {
		try {
			const target = await realpath(absolute(path));
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
		const kind = (await list(folder)).get(path.slice(slash + 1));
		if (kind !== 'link') return kind === 'file' || kind === 'folder' ? kind : null;
		const target = await leadsTo(path);
		if (target === null) return null;
		const there = await stat(absolute(target)).catch(() => null);
		return there?.isFile() ? 'file' : there?.isDirectory() ? 'folder' : null;
	}

	async function readFacts(path: string): Promise<BigIntStats | null> {
		try {
			const file = absolute(path);
			const found = await lstat(file, { bigint: true });
			if (!found.isFile() && !found.isSymbolicLink()) return null;
			if (found.isFile()) await access(file, constants.R_OK);
			return found;
		} catch {
			return null;
		}
	}

	async function readIgnore(folder: string, name: string): Promise<IgnoreFile | null> {
		if ((await list(folder)).get(name) !== 'file') return null;
		try {
			return { folder, text: await readFile(absolute(folder === '' ? name : `${folder}/${name}`), 'utf8') };
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
