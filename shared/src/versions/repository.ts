import type { CommitOid } from '../base/ids.ts';

/** An object's id: 40 (SHA-1) or 64 (SHA-256) lowercase hexadecimal characters. */
export type ObjectId = string;

/** One entry of a tree. */
export interface TreeEntry {
	/** File name; no slash. A byte that is not UTF-8 stands as U+DC80 + (byte - 0x80), so that foreign names survive being read and written. */
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
	/** Whether files of a branch may be neither in the working tree nor here: a partial clone with a sparse checkout. Nothing is ever fetched for them. */
	readonly mayLackFiles: boolean;

	/** The bytes of a blob. @throws NightlogError `repository/no-object` */
	readBlob(oid: ObjectId): Promise<Uint8Array>;
	/** @throws NightlogError `repository/no-object` */
	readTree(oid: ObjectId): Promise<readonly TreeEntry[]>;
	/** @throws NightlogError `repository/no-object` */
	readCommit(oid: CommitOid): Promise<CommitContent>;
	hasObject(oid: ObjectId): Promise<boolean>;

	/**
	 * Writes go to a session: its objects are there for readers after `finish` of the session, which returns when they are durable (fsync).
	 * Objects that exist already are not written again.
	 */
	begin(): WriteSession;

	/**
	 * The id that a ref has, or null. `HEAD` is followed to its commit.
	 *
	 * @throws NightlogError `repository/bad-ref` when Git allows no such name; `repository/corrupt` where it holds no id; `data.packed` is then the
	 * one that it had when refs were packed, null where it is not known
	 */
	readRef(ref: string): Promise<ObjectId | null>;
	/** Refs below a prefix that ends in '/', sorted by name. One that holds no id is passed over. */
	listRefs(prefix: string): Promise<readonly { readonly ref: string; readonly oid: ObjectId }[]>;
	/**
	 * All changes or none, durable on return; an empty list changes nothing. `from` equal to `to` only checks.
	 *
	 * @throws NightlogError `repository/ref-moved` (retryable) when one ref is not what was said; `repository/busy` (retryable) when a lock was not had in
	 * time; `repository/ref-conflict` when another ref has a name that is a folder of this one or the reverse; `repository/bad-ref` when a name is not below
	 * `refs/nightlog/`, stands twice or is none that Git allows; `repository/no-object` when `to` is no object here; `repository/disk-full`. An id that one
	 * of the refs had until now need not be an object: so the id of a lost one can be kept under another ref. Where a ref is damaged, `from` is null.
	 *
	 * @param written the end of writing the objects: no ref moves before it, and where it fails none does; it has ended when the answer comes
	 */
	changeRefs(changes: readonly RefChange[], written?: Promise<unknown>): Promise<void>;

	/** Commit of HEAD, null on an unborn branch or in a bare store. */
	headCommit(): Promise<CommitOid | null>;
	/**
	 * What differs in the working tree from HEAD's commit; empty lists without a working tree. Nothing is written, the index's cached times neither.
	 *
	 * @param untrackedIn a folder whose untracked files are going to be asked for: they are looked for at the same time
	 */
	trackedFiles(signal: AbortSignal, untrackedIn?: string): Promise<TrackedFiles>;
	/** Packs Nightlog's own loose objects, and puts its small packs together, when there are many; safe beside a running `git`. */
	maintain(signal: AbortSignal): Promise<void>;
}

/** What Git's index and ignore rules say of a working tree. Paths are relative to its top, with '/'. */
export interface TrackedFiles {
	/** Tracked files that are there and differ, or may differ, from HEAD's commit, in the index or on disk; sorted. */
	readonly changed: readonly string[];
	/** Files of HEAD's commit that are no longer in the working tree (and not left out by a sparse checkout); sorted. */
	readonly deleted: readonly string[];
	/** Untracked files below a folder ('' for the top) that no `.gitignore` leaves out; sorted, never inside another repository. */
	readonly untracked: (folder: string) => Promise<readonly string[]>;
	/** Why the lists may not be whole, in words for the person; null where they are. */
	readonly note: string | null;
}

/** Objects on their way into a repository. Not to be used after `finish`. */
export interface WriteSession {
	/** Adds a blob; answers its id at once, before it is written. The bytes must not change until `finish` has ended. */
	blob(bytes: Uint8Array): ObjectId;
	/** Adds a tree; the order of the entries does not matter. @throws NightlogError `repository/bad-tree` for a name that Git refuses, or one twice. */
	tree(entries: readonly TreeEntry[]): ObjectId;
	/** Adds a commit. What Git does not allow in a name or address (`<`, `>`, line ends) is left out of it. */
	commit(content: CommitContent): CommitOid;
	/** Writes what was added and is not there, durably; rejects and leaves no half object on a full disk. @throws NightlogError `repository/disk-full` */
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
