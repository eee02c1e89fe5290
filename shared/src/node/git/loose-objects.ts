import { rmdir, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createDeflate, deflateSync, inflate, inflateSync } from 'node:zlib';
import { NightlogError } from '../../base/nightlog-error.ts';
import { type ObjectType, objectHeader } from '../../versions/repository-objects.ts';
import { isMissing, systemCode } from './disk-errors.ts';
import { removeIfThere, writeNewFile } from './durable-files.ts';
import { type FileCalls, patientCalls } from './file-calls.ts';
import { readRegularFile } from './read-regular-file.ts';
import { applySharedMode, type SharedRepository } from './shared-permissions.ts';

const inflateAsync = promisify(inflate);

/** An object that was read. */
export interface GitObject {
	readonly type: ObjectType;
	readonly bytes: Uint8Array;
}

/** No object above this is read into memory: a stranger's repository must not take the server down. */
export const maximumObjectBytes = 1024 * 1024 * 1024;

/** As `maximumObjectBytes`, by type: no folder of real files, and no message that somebody wrote, comes near these. */
export const maximumBytesOf: Readonly<Record<ObjectType, number>> = {
	blob: maximumObjectBytes,
	tree: 256 * 1024 * 1024,
	commit: 32 * 1024 * 1024,
	tag: 32 * 1024 * 1024,
};

/** What stands before an object's bytes in its file is no longer. */
const longestHeader = 64;

/** What is unpacked at once: handing it to another thread would take longer. */
const smallBytes = 16 * 1024;

/** A day: what is younger is not touched again, see `isFreshLoose`. */
const freshForMs = 24 * 60 * 60 * 1000;

/** Where a loose object lies. */
export function loosePath(objectsFolder: string, oid: string): string {
	return join(objectsFolder, oid.slice(0, 2), oid.slice(2));
}

/** Reads a loose object; null where it is not there. @throws NightlogError `repository/corrupt`, also where it has more than `mostBytes` */
export async function readLoose(objectsFolder: string, oid: string, mostBytes: number, calls: FileCalls): Promise<GitObject | null> {
	const maxOutputLength = longestHeader + mostBytes;
	const packed = await readRegularFile(loosePath(objectsFolder, oid), mostCompressed(maxOutputLength), calls);
	if (packed === null || packed.length === 0) return null;
	let whole: Buffer;
	try {
		whole = packed.length < smallBytes ? inflateSync(packed, { maxOutputLength }) : await inflateAsync(packed, { maxOutputLength });
	} catch (cause) {
		throw corruptObject(oid, cause);
	}
	const end = whole.indexOf(0);
	const header = /^(blob|tree|commit|tag) (\d+)$/.exec(whole.toString('latin1', 0, Math.min(end < 0 ? 0 : end, longestHeader)));
	const size = Number(header?.[2] ?? Number.NaN);
	if (header === null || size !== whole.length - end - 1 || size > mostBytes) throw corruptObject(oid);
	return { type: header[1] as ObjectType, bytes: whole.subarray(end + 1) };
}

/** So many bytes, compressed, take no more than this: where zlib gains nothing, it adds a few. */
export function mostCompressed(bytes: number): number {
	return bytes + Math.ceil(bytes / 1000) + 64;
}

/** Whether a loose object is there. */
export async function hasLoose(objectsFolder: string, oid: string, calls: FileCalls): Promise<boolean> {
	return (await looseTimeMs(objectsFolder, oid, calls)) !== null;
}

/** When a loose object was written or made young; null where it is not there. A file of no bytes, as a crash of the machine leaves it, is none. */
export async function looseTimeMs(objectsFolder: string, oid: string, calls: FileCalls = patientCalls): Promise<number | null> {
	const found = await calls.stat(loosePath(objectsFolder, oid));
	return found !== null && found.size > 0n ? Number(found.mtimeMs) : null;
}

/**
 * Whether a loose object is there and stays: `git prune` takes what nobody refers to after two weeks by its time, so an old one that is about to be
 * referred to again is made young, as Git does. False as well where that is not allowed: then it is written anew.
 */
export async function isFreshLoose(objectsFolder: string, oid: string, nowMs: number, calls: FileCalls): Promise<boolean> {
	try {
		const found = await calls.stat(loosePath(objectsFolder, oid));
		if (found === null || found.size === 0n) return false;
		if (nowMs - Number(found.mtimeMs) > freshForMs) await utimes(loosePath(objectsFolder, oid), nowMs / 1000, nowMs / 1000);
		return true;
	} catch (error) {
		const code = systemCode(error);
		if (isMissing(error) || code === 'EPERM' || code === 'EACCES' || code === 'EROFS') return false;
		throw error;
	}
}

/** The bytes of a loose object's file. */
export async function compressLoose(type: ObjectType, bytes: Uint8Array): Promise<Buffer> {
	return await compressObject(bytes, objectHeader(type, bytes.length));
}

/**
 * An object's bytes as zlib writes them, in a loose object's file after its header, in a pack without one. Large blobs are images in base64, where a
 * higher level costs time and gains nothing.
 */
export async function compressObject(bytes: Uint8Array, header: Uint8Array = new Uint8Array()): Promise<Buffer> {
	if (bytes.length < 65_536) return deflateSync(header.length === 0 ? bytes : Buffer.concat([header, bytes]), { level: 6 });
	const stream = createDeflate({ level: bytes.length < 262_144 ? 6 : 1, chunkSize: 64 * 1024 });
	if (header.length > 0) stream.write(header);
	stream.end(bytes);
	const chunks: Buffer[] = [];
	for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** A loose object that lies durably beside its place, under a name that `git gc` clears away should we never come back. */
export interface PreparedLoose {
	readonly oid: string;
	readonly temporary: string;
	readonly place: string;
	/** Whether the folder of its first two digits was made for it. */
	readonly madeFolder: boolean;
	readonly fileBytes: number;
}

/** First half of writing: the bytes are durable, the object is not yet visible. Nothing is left behind when it fails. */
export async function prepareLoose(
	objectsFolder: string,
	oid: string,
	file: Uint8Array,
	temporaryName: string,
	shared: SharedRepository | null,
	calls: FileCalls,
): Promise<PreparedLoose> {
	const folder = join(objectsFolder, oid.slice(0, 2));
	const temporary = join(folder, temporaryName);
	let madeFolder = false;
	for (let attempt = 0; ; attempt++) {
		try {
			await writeNewFile(temporary, file, 0o444, shared, calls);
			break;
		} catch (error) {
			// `git gc` removes a folder that has become empty, perhaps just after it was made.
			if (systemCode(error) !== 'ENOENT' || attempt > 8) throw error;
			madeFolder = (await makeFolder(folder, shared, calls)) || madeFolder;
		}
	}
	return { oid, temporary, place: join(folder, oid.slice(2)), madeFolder, fileBytes: file.length };
}

/** Second half: makes it visible, at once and whole. The folders are to be synced afterwards. */
export async function publishLoose(prepared: PreparedLoose, calls: FileCalls): Promise<void> {
	await calls.rename(prepared.temporary, prepared.place);
}

/** Takes back what was not made visible. */
export async function discardLoose(prepared: PreparedLoose): Promise<void> {
	await removeIfThere(prepared.temporary);
	if (!prepared.madeFolder) return;
	try {
		await rmdir(dirname(prepared.temporary));
	} catch (error) {
		// Somebody else has put something there meanwhile, or taken it away: then it is no longer ours.
		if (!isMissing(error) && systemCode(error) !== 'ENOTEMPTY' && systemCode(error) !== 'EEXIST') throw error;
	}
}

/** An object's bytes are not what Git wrote. */
export function corruptObject(oid: string, cause?: unknown): NightlogError {
	return new NightlogError('repository/corrupt', `The repository is damaged: the object ${oid} cannot be read. Run git fsck to see more.`, {
		data: { oid },
		...(cause === undefined ? {} : { cause }),
	});
}

/** Makes a folder below `objects`; whether it was not there. */
export async function makeFolder(folder: string, shared: SharedRepository | null, calls: FileCalls): Promise<boolean> {
	try {
		await calls.mkdir(folder);
	} catch (error) {
		if (systemCode(error) === 'EEXIST') return false;
		throw error;
	}
	await applySharedMode(folder, shared);
	return true;
}
