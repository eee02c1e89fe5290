import type { BigIntStats } from 'node:fs';
import * as fs from 'node:fs';
import * as promises from 'node:fs/promises';
import { promisify } from 'node:util';
import { isMissing } from './disk-errors.ts';

/**
 * The few calls of the file system of which a save makes dozens. There are two sets of them: `patientCalls` hands each to a thread, so that a slow disk
 * keeps nobody waiting; `quickCalls` makes them at once, which on this machine's own disk takes a twentieth of the time. Neither waits for a disk to
 * sync, nor reads a large file, but on a thread. `fileCallsFor` chooses.
 */
export interface FileCalls {
	/** Whether a call is made at once; then nothing is gained by beginning it early. */
	readonly isQuick: boolean;
	/** What a path leads to; null where it is not there. */
	stat(path: string): Promise<BigIntStats | null>;
	/** What is at a path itself; null where it is not there. */
	lstat(path: string): Promise<BigIntStats | null>;
	realpath(path: string): Promise<string>;
	/** A descriptor; whoever opens it closes it. */
	open(path: string, flags: string | number, mode?: number): Promise<number>;
	fstat(descriptor: number): Promise<fs.Stats>;
	fchmod(descriptor: number, mode: number): Promise<void>;
	/** Bytes that were read; 0 at the end of the file. `position` null reads on. */
	read(descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number | null): Promise<number>;
	/** Bytes that were written. `position` null writes on, or at the end of a file that was opened so. */
	write(descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number | null): Promise<number>;
	fsync(descriptor: number): Promise<void>;
	close(descriptor: number): Promise<void>;
	rename(from: string, to: string): Promise<void>;
	link(from: string, to: string): Promise<void>;
	unlink(path: string): Promise<void>;
	mkdir(path: string): Promise<void>;
}

const fsync = promisify(fs.fsync);

/** Above this a read or write takes long enough to be worth a thread. */
const largeBytes = 65_536;

/** Each call on a thread. */
export const patientCalls: FileCalls = {
	isQuick: false,
	stat: async (path) => await orNull(async () => await promises.stat(path, { bigint: true })),
	lstat: async (path) => await orNull(async () => await promises.lstat(path, { bigint: true })),
	realpath: promises.realpath,
	open: promisify(fs.open) as FileCalls['open'],
	fstat: promisify(fs.fstat) as FileCalls['fstat'],
	fchmod: promisify(fs.fchmod),
	read: async (descriptor, bytes, offset, length, position) => (await promisify(fs.read)(descriptor, bytes, offset, length, position)).bytesRead,
	write: async (descriptor, bytes, offset, length, position) => (await promisify(fs.write)(descriptor, bytes, offset, length, position)).bytesWritten,
	fsync,
	close: promisify(fs.close),
	rename: promises.rename,
	link: promises.link,
	unlink: promises.unlink,
	mkdir: async (path) => await promises.mkdir(path),
};

/** Each call at once, but for those that wait for the disk or move many bytes. */
export const quickCalls: FileCalls = {
	isQuick: true,
	stat: async (path) => await orNull(async () => fs.statSync(path, { bigint: true, throwIfNoEntry: false }) ?? null),
	lstat: async (path) => await orNull(async () => fs.lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null),
	realpath: async (path) => fs.realpathSync.native(path),
	open: async (path, flags, mode) => fs.openSync(path, flags, mode),
	fstat: async (descriptor) => fs.fstatSync(descriptor),
	fchmod: async (descriptor, mode) => fs.fchmodSync(descriptor, mode),
	read: async (descriptor, bytes, offset, length, position) =>
		length > largeBytes
			? await patientCalls.read(descriptor, bytes, offset, length, position)
			: fs.readSync(descriptor, bytes, offset, length, position),
	write: async (descriptor, bytes, offset, length, position) =>
		length > largeBytes
			? await patientCalls.write(descriptor, bytes, offset, length, position)
			: fs.writeSync(descriptor, bytes, offset, length, position),
	fsync,
	close: async (descriptor) => fs.closeSync(descriptor),
	rename: async (from, to) => fs.renameSync(from, to),
	link: async (from, to) => fs.linkSync(from, to),
	unlink: async (path) => fs.unlinkSync(path),
	mkdir: async (path) => fs.mkdirSync(path),
};

// `f_type` of statfs(2), from linux/magic.h: file systems of this machine's own disks and memory. What is not named here may be anywhere.
const ownDiskTypes: ReadonlySet<number> = new Set([
	0xef53, // ext2, ext3, ext4
	0x5846_5342, // XFS
	0x9123_683e, // Btrfs
	0x2fc1_2fc1, // ZFS
	0x0102_1994, // tmpfs
	0x794c_7630, // overlayfs, as in containers
	0xf2f5_2010, // F2FS
]);

/** The calls for a folder and what lies in it: quick where that is certainly one of this machine's own disks. */
export async function fileCallsFor(folder: string): Promise<FileCalls> {
	if (process.platform !== 'linux') return patientCalls;
	try {
		return ownDiskTypes.has((await promises.statfs(folder)).type >>> 0) ? quickCalls : patientCalls;
	} catch {
		return patientCalls;
	}
}

async function orNull<Content>(look: () => Promise<Content>): Promise<Content | null> {
	try {
		return await look();
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
}
