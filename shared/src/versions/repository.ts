import type { CommitOid } from '../base/ids.ts';

/** An object's id: 40 (SHA-1) or 64 (SHA-256) lowercase hexadecimal characters. */
export type ObjectId = string;

/** One entry of a tree. */
export interface TreeEntry {
	/** File name; no slash. */
	readonly name: string;
	readonly mode: '100644' | '100755' | '120000' | '160000' | '40000';
	readonly oid: ObjectId;
}

/** Who and when, as Git writes it. */
export interface Signature {
	readonly name: string;
	readonly email: string;
	/** Seconds since 1970. */
	readonly timeSeconds: number;
	/** Minutes to add to UTC for local time. */
	readonly offsetMinutes: number;
}

export interface CommitContent {
	readonly tree: ObjectId;
	readonly parents: readonly CommitOid[];
	readonly author: Signature;
	readonly committer: Signature;
	readonly message: string;
}

/** A change of one ref: it happens only if the ref is `from` now (null: does not exist). `to` null deletes it. */
export interface RefChange {
	readonly ref: string;
	readonly from: ObjectId | null;
	readonly to: ObjectId | null;
}

/**
 * A Git repository as versions need it: objects are added, refs below `refs/nightlog/` move by compare-and-swap, and nothing else is ever written.
 * Index, HEAD, branches, reflogs, configuration and working tree stay as they are; nothing that the repository's configuration names is run.
 */
export interface Repository {
	/** Absolute path of the (common) Git directory. */
	readonly gitDir: string;
	/** Absolute path of the working tree's top; null for a bare one. */
	readonly workTree: string | null;
	readonly objectFormat: 'sha1' | 'sha256';

	/** The bytes of a blob. @throws NightlogError `repository/no-object` */
	readBlob(oid: ObjectId): Promise<Uint8Array>;
	/** @throws NightlogError `repository/no-object` */
	readTree(oid: ObjectId): Promise<readonly TreeEntry[]>;
	/** @throws NightlogError `repository/no-object` */
	readCommit(oid: CommitOid): Promise<CommitContent>;
	hasObject(oid: ObjectId): Promise<boolean>;

	/**
	 * Writes go to a session: its objects are there for readers after `commit` of the session, which returns when they are durable (fsync).
	 * Objects that exist already are not written again.
	 */
	begin(): WriteSession;

	/** The id that a ref has, or null. */
	readRef(ref: string): Promise<ObjectId | null>;
	/** Refs below a prefix that ends in '/', sorted by name. */
	listRefs(prefix: string): Promise<readonly { readonly ref: string; readonly oid: ObjectId }[]>;
	/** All changes or none. @throws NightlogError `repository/ref-moved` (retryable) when one ref is not what was said, and `repository/busy` when a lock was not had in time. */
	changeRefs(changes: readonly RefChange[]): Promise<void>;

	/** Commit of HEAD, null on an unborn branch or in a bare store. */
	headCommit(): Promise<CommitOid | null>;
	/** Ids of blobs at paths in HEAD's tree; missing where there are none. Used to find changed tracked files. */
	trackedFiles(
		signal: AbortSignal,
	): Promise<{ readonly changed: readonly string[]; readonly untracked: (folder: string) => Promise<readonly string[]> }>;
	/** Packs Nightlog's own loose objects when there are many; safe beside a running `git`. */
	maintain(signal: AbortSignal): Promise<void>;
}

export interface WriteSession {
	/** Adds a blob; answers its id at once, before it is written. */
	blob(bytes: Uint8Array): ObjectId;
	tree(entries: readonly TreeEntry[]): ObjectId;
	commit(content: CommitContent): CommitOid;
	/** Writes what was added and is not there, durably; rejects and leaves no half object on a full disk. */
	finish(): Promise<{ readonly newObjects: number; readonly newBytes: number }>;
}

/** What a repository is, looked at before anything is written. */
export interface RepositoryLayout {
	readonly gitDir: string;
	readonly commonDir: string;
	readonly workTree: string | null;
	readonly objectFormat: 'sha1' | 'sha256';
	readonly refFormat: 'files' | 'reftable' | 'unknown';
	readonly features: readonly (
		| 'worktree'
		| 'submodule'
		| 'sparse'
		| 'split-index'
		| 'index-v4'
		| 'alternates'
		| 'partial-clone'
		| 'shared'
		| 'large-pack'
		| 'shallow'
		| 'unknown-extension'
	)[];
	/** `own` files work in place by our code, `git` by the user's program, `elsewhere` not at all: then the person's own store is used. */
	readonly engine: 'own' | 'git' | 'elsewhere';
	/** Why, in words for the person; null where nothing needs saying. */
	readonly note: string | null;
}
