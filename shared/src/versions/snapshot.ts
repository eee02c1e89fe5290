import type { CommitOid } from '../base/ids.ts';
import type { ParameterValues } from '../base/parameter-values.ts';
import type { StoredVersion } from './object-reader.ts';
import type { ObjectId } from './repository.ts';
import type { VersionDocument } from './version-document.ts';
import type { LeftOut, VersionReason } from './version-schema.ts';

/** A file that a version is to hold. */
export interface SnapshotFile {
	readonly mode: '100644' | '100755' | '120000';
	/** Id of its blob where that is known from an earlier look; it is only trusted where a tree of the repository names it. */
	readonly knownOid: ObjectId | null;
	readonly sizeBytes: number;
	read(): Promise<Uint8Array>;
}

/** A notebook with its outputs cut out. */
export interface CutNotebook {
	readonly bytes: Uint8Array;
	/** Outputs by the SHA-256 of their bytes. */
	readonly payloads: ReadonlyMap<string, () => Uint8Array>;
	/** The script that puts outputs back without Nightlog. */
	readonly restoreScript: Uint8Array;
}

/** What is to be kept: everything but where it goes. */
export interface Snapshot {
	readonly notebook: {
		/** Relative to the tree's root, with '/'. */
		readonly path: string;
		readonly mode: '100644' | '100755';
		readonly sizeBytes: number;
		readonly valid: boolean;
		/** Null where nothing is cut: no large output, or bytes that are no notebook. */
		readonly cut: CutNotebook | null;
		full(): Promise<Uint8Array>;
		/** Whether a version's notebook of other bytes says the same. */
		saysSame(version: StoredVersion): Promise<boolean>;
	};
	/** Absolute path of the folder that the tree is of. */
	readonly root: string;
	/** Further files by path; null says that there is none any more. */
	readonly files: ReadonlyMap<string, SnapshotFile | null>;
	/** `previous`: what is not named stays as it was in the previous version, or in `branchTree` where there is none, or one of another folder. */
	readonly base: 'previous' | 'branch';
	/** Tree of the branch's commit; null where there is no branch. */
	readonly branchTree: ObjectId | null;
	readonly branchCommit: CommitOid | null;
	readonly leftOut: readonly LeftOut[];
	readonly facts: Pick<VersionDocument, 'project' | 'worktree' | 'editor' | 'kernel' | 'execution'>;
	readonly reason: Exclude<VersionReason, 'result'>;
	readonly label: string | null;
	readonly parameters: ParameterValues;
}
