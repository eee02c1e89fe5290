import type { ObjectId, RefChange } from '../../versions/repository.ts';
import type { ObjectType } from '../../versions/repository-objects.ts';
import type { GitObject } from './loose-objects.ts';

/** More new objects than these (a deep folder, many pictures) are written as one pack: two files to sync instead of dozens or hundreds. */
export const looseAtMost = 8;

/** An object that a session added. */
export interface NewObject {
	readonly oid: ObjectId;
	readonly type: ObjectType;
	readonly bytes: Uint8Array;
}

/** Where objects are kept: by our own code, or by the person's `git`. */
export interface ObjectStore {
	/**
	 * Null where it is not there.
	 *
	 * @param mostBytes what is larger is refused as damaged; `maximumObjectBytes` where nothing is said
	 */
	read(oid: ObjectId, mostBytes?: number): Promise<GitObject | null>;
	has(oid: ObjectId): Promise<boolean>;
	/**
	 * Durable on return. What refers to another object comes after it in the list.
	 *
	 * @param onAlmost told where all of it is on the disk and only has to be given its names
	 */
	write(objects: readonly NewObject[], onAlmost?: () => void): Promise<{ readonly newObjects: number; readonly newBytes: number }>;
	/**
	 * Refs were to lead to these. Once they do, what was held against a `git repack` until then is let go; where they do not, once they do to a version that
	 * takes up what was written, or after an hour. It never fails.
	 */
	settle(tips: readonly ObjectId[], isMoved: boolean): Promise<void>;
	maintain(signal: AbortSignal): Promise<void>;
}

/** Where refs are kept. Names and ids were checked before. */
export interface RefStore {
	read(ref: string): Promise<ObjectId | null>;
	/** Sorted by name. */
	list(prefix: string): Promise<readonly { readonly ref: string; readonly oid: ObjectId }[]>;
	/**
	 * Changes all of them or none.
	 *
	 * @param ready called once and waited for before anything moves; where it fails, nothing does
	 * @param almost ends a few calls before `ready` does, or with it: where each call is a wait, locks are taken meanwhile
	 */
	change(changes: readonly RefChange[], ready: () => Promise<void>, almost?: Promise<void>): Promise<void>;
	/** Clears away what a killed process of ours left behind and what keeps any Git from working. */
	maintain(): Promise<void>;
}
