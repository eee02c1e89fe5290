import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { readJsonFile } from '../files/read-json-file.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What stands in the lease's file: who has the store, and a count that goes on while it does. */
export interface LeaseRecord extends ProcessIdentity {
	readonly beat: number;
}

/** The right to be the one server of a store, as long as the file says so. */
export interface Lease {
	/** Says that the owner is still here. @throws NightlogError `lease/lost` when somebody else took it */
	beat(): Promise<void>;
	/** Reads the file again. @throws NightlogError `lease/lost` (503) when somebody else took it: nothing may be begun then. */
	assert(): Promise<void>;
	/** Gives it back, if it still is ours. */
	release(): Promise<void>;
}

/** How often the owner says that it is here. */
export const beatMs = 10_000;
/** How long a newcomer must see no beat before it takes over. */
export const silenceMs = 60_000;

/** Bytes are written in place, so that each record must be as long as the one before. */
const recordBytes = 1024;

/** The lease in force; null where there is none, `unreadable` while it is being written. */
export async function readLease(file: string): Promise<LeaseRecord | null | 'unreadable'> {
	const found = await readJsonFile(file);
	if (found === 'missing') return null;
	if (found === 'unreadable') return found;
	const value = found.value as Partial<LeaseRecord> | null;
	return typeof value?.pid === 'number' && typeof value.host === 'string' && typeof value.beat === 'number' ? (value as LeaseRecord) : 'unreadable';
}

/**
 * Takes the lease, whoever had it: the caller holds the database's lock, and knows that the one before is gone or silent. The file is replaced, and the
 * owner writes its beats into the file that it made itself: one that slept and wakes up writes into a file that nobody reads any more.
 */
export async function takeLease(file: string, own: ProcessIdentity): Promise<Lease> {
	const temporary = `${file}.${own.pid}.new`;
	await rm(temporary, { force: true });
	const handle = await open(temporary, 'wx', 0o600);
	let beat = 0;
	try {
		await writeRecord(handle, { ...own, beat });
		await rename(temporary, file);
	} catch (error) {
		await handle.close();
		await rm(temporary, { force: true });
		throw error;
	}
	let closed = false;
	const assert = async () => {
		const found = closed ? null : await readLease(file);
		// Half written is ours: only the owner writes in place.
		if (found === 'unreadable') return;
		if (found === null || !isSameProcess(found, own)) throw lost(found);
	};
	return {
		assert,
		async beat() {
			await assert();
			beat += 1;
			await writeRecord(handle, { ...own, beat });
		},
		async release() {
			if (closed) return;
			const ours = await assert().then(
				() => true,
				() => false,
			);
			closed = true;
			await handle.close();
			if (ours) await rm(file, { force: true });
		},
	};
}

/** What a newcomer has seen of somebody else's lease. */
export interface LeaseWatch {
	/** Looks again. True once nothing changed for a minute, by this machine's clock alone. */
	look(): Promise<boolean>;
}

/** @param monotonicMs a clock that only goes on, also while the machine sleeps or somebody sets the time */
export function watchLease(file: string, monotonicMs: () => number): LeaseWatch {
	let seen: string | null = null;
	let sinceMs = 0;
	return {
		async look() {
			const found = await readLease(file);
			if (found === null) return true;
			const now = JSON.stringify(found);
			if (seen !== now) {
				seen = now;
				sinceMs = monotonicMs();
				return false;
			}
			return monotonicMs() - sinceMs >= silenceMs;
		},
	};
}

async function writeRecord(handle: FileHandle, record: LeaseRecord): Promise<void> {
	const text = `${JSON.stringify(record).padEnd(recordBytes - 1)}\n`;
	await handle.write(text, 0, 'utf8');
	await handle.datasync();
}

function isSameProcess(left: ProcessIdentity, right: ProcessIdentity): boolean {
	return left.host === right.host && left.bootId === right.bootId && left.pid === right.pid && left.startTime === right.startTime;
}

function lost(found: LeaseRecord | null): NightlogError {
	return new NightlogError(
		'lease/lost',
		found === null ? 'This server has given the store back.' : `The Nightlog server on ${found.host} has taken the store over; this one ends.`,
		{ status: 503, retryable: true },
	);
}
