import type { CommitOid } from '../base/ids.ts';
import { isNightlogError } from '../base/nightlog-error.ts';
import type { CommitContent, ObjectId, Repository, TreeEntry } from './repository.ts';
import { parseVersionDocument, type VersionDocument, versionDocumentPath } from './version-document.ts';

/** A version as it is read from its repository. */
export interface StoredVersion {
	readonly id: CommitOid;
	readonly commit: CommitContent;
	readonly document: VersionDocument;
}

/** Reads a repository's commits and trees, and remembers those that were read last: they never change. */
export interface ObjectReader {
	readonly repository: Repository;
	readTree(oid: ObjectId): Promise<readonly TreeEntry[]>;
	/** Any commit, also one of a branch. @throws NightlogError `repository/no-object` */
	readCommit(id: CommitOid): Promise<CommitContent>;
	/** The entry at a path; null where there is none. */
	findEntry(tree: ObjectId, path: string): Promise<TreeEntry | null>;
	/** Remembers what was just written, so that it need not be read. */
	remember(version: StoredVersion, trees: ReadonlyMap<ObjectId, readonly TreeEntry[]>): void;
	/** The version that a commit is; null where the commit is not there or is none of Nightlog's. @throws NightlogError `repository/corrupt` */
	readVersion(id: CommitOid): Promise<StoredVersion | null>;
}

/** Whether an error says that something in the repository is missing, or is not what Git wrote there, as after a power cut. */
export function isDamage(error: unknown): boolean {
	return isNightlogError(error, 'repository/no-object') || isNightlogError(error, 'repository/corrupt');
}

/** What a reading gives; null where that is damaged. */
export async function unlessDamaged<Content>(read: () => Promise<Content>): Promise<Content | null> {
	try {
		return await read();
	} catch (error) {
		if (isDamage(error)) return null;
		throw error;
	}
}

/** The version that a commit is; null also where it is damaged: one of many, which keeps nobody from the others. */
export async function readWholeVersion(reader: ObjectReader, id: CommitOid): Promise<StoredVersion | null> {
	return unlessDamaged(() => reader.readVersion(id));
}

/**
 * What is left of a commit that is no version that can be read: `lost` where it cannot be read at all, nor what came before it be found through it;
 * `damaged` where what it says of itself is; `other` where it says something that this Nightlog does not know, or nothing.
 */
export async function lookAtUnreadable(reader: ObjectReader, id: CommitOid): Promise<'lost' | 'damaged' | 'other'> {
	const commit = await unlessDamaged(() => reader.readCommit(id));
	if (commit === null) return 'lost';
	const isWhole = await unlessDamaged(async () => {
		const entry = await reader.findEntry(commit.tree, versionDocumentPath);
		if (entry !== null && entry.mode !== '40000') await reader.repository.readBlob(entry.oid);
		return true;
	});
	return isWhole === true ? 'other' : 'damaged';
}

const mostTrees = 512;
const mostVersions = 256;

/** A reader of one repository; it holds no more than a few hundred trees and versions. */
export function createObjectReader(repository: Repository): ObjectReader {
	const trees = new Map<ObjectId, readonly TreeEntry[]>();
	const commits = new Map<CommitOid, CommitContent>();
	const versions = new Map<CommitOid, StoredVersion>();

	async function readTree(oid: ObjectId): Promise<readonly TreeEntry[]> {
		const known = trees.get(oid);
		if (known !== undefined) return refresh(trees, oid, known, mostTrees);
		return refresh(trees, oid, await repository.readTree(oid), mostTrees);
	}

	async function readCommit(id: CommitOid): Promise<CommitContent> {
		const known = commits.get(id);
		if (known !== undefined) return refresh(commits, id, known, mostVersions);
		return refresh(commits, id, await repository.readCommit(id), mostVersions);
	}

	async function findEntry(tree: ObjectId, path: string): Promise<TreeEntry | null> {
		const names = path.split('/');
		let folder = tree;
		for (const [index, name] of names.entries()) {
			const entry = (await readTree(folder)).find((candidate) => candidate.name === name);
			if (entry === undefined) return null;
			if (index === names.length - 1) return entry;
			if (entry.mode !== '40000') return null;
			folder = entry.oid;
		}
		return null;
	}

	async function readVersion(id: CommitOid): Promise<StoredVersion | null> {
		const known = versions.get(id);
		if (known !== undefined) return refresh(versions, id, known, mostVersions);
		try {
			const commit = await readCommit(id);
			const entry = await findEntry(commit.tree, versionDocumentPath);
			if (entry === null || entry.mode === '40000') return null;
			const document = parseVersionDocument(await repository.readBlob(entry.oid));
			return document === null ? null : refresh(versions, id, { id, commit, document }, mostVersions);
		} catch (error) {
			if (isNightlogError(error, 'repository/no-object')) return null;
			throw error;
		}
	}

	function remember(version: StoredVersion, written: ReadonlyMap<ObjectId, readonly TreeEntry[]>): void {
		refresh(versions, version.id, version, mostVersions);
		refresh(commits, version.id, version.commit, mostVersions);
		for (const [oid, entries] of written) refresh(trees, oid, entries, mostTrees);
	}

	return { repository, readTree, readCommit, findEntry, remember, readVersion };
}

/** Puts an entry last and drops the one that was not asked for longest. */
function refresh<Key, Content>(map: Map<Key, Content>, key: Key, value: Content, most: number): Content {
	map.delete(key);
	map.set(key, value);
	if (map.size > most) {
		const oldest = map.keys().next();
		if (!oldest.done) map.delete(oldest.value);
	}
	return value;
}
