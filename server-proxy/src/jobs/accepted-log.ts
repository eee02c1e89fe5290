import { closeSync, constants, existsSync, fdatasync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { JobId } from '@nightlog/shared/base/ids';
import { step } from '../durable/crash-points.ts';
import type { JobRecord } from './job-record.ts';

/** A job that was accepted, with what it was asked by. */
export interface AcceptedJob {
	readonly record: JobRecord;
	readonly key: string;
	readonly bodySha256: string;
}

/**
 * Jobs that were accepted and whose rows are not in the database yet, one JSON line each. On a network a transaction of SQLite is some thirty calls in a
 * row; a line is two. So a job is written down here first, and answered for once that is durable; its rows follow a moment later, and then the log is
 * emptied. After a crash the next server, which has the database's lock by then, begins with what it finds here.
 *
 * A line without its end was never answered for. What was removed since it was written down is named by a line of its own, so that it never comes back.
 */
export class AcceptedLog {
	/** What the server before left, oldest first. */
	readonly found: readonly AcceptedJob[];
	readonly #descriptor: number;
	#sizeBytes: number;
	/** Jobs that are being written down, or were and are not taken over yet: nobody else knows of them. */
	readonly #untaken = new Set<JobId>();
	#last: Promise<void> = Promise.resolve();

	/** @param file absolute path; made where it is not there */
	constructor(file: string) {
		const isNew = !existsSync(file);
		const bytes = isNew ? Buffer.alloc(0) : readFileSync(file);
		// What stands behind the last end of a line is half a line; the next must not be written on to it.
		const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
		this.found = readLines(bytes.toString('utf8', 0, wholeBytes));
		this.#descriptor = openSync(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
		this.#sizeBytes = wholeBytes;
		if (bytes.length > wholeBytes) ftruncateSync(this.#descriptor, wholeBytes);
		if (isNew) syncFolder(path.dirname(file));
	}

	/** Writes a job down, durably, and then the next: they come in the order of their ids. Where it fails, as on a full disk, nothing of it stays. */
	async add(job: AcceptedJob): Promise<void> {
		const { id } = job.record.job;
		const before = this.#last;
		let endTurn: () => void = () => {};
		this.#last = new Promise((resolve) => {
			endTurn = resolve;
		});
		this.#untaken.add(id);
		try {
			await step('accept/turn', () => before);
			this.#append(job);
			await step('accept/sync', () => this.#sync(id));
		} catch (error) {
			this.#untaken.delete(id);
			throw error;
		} finally {
			endTurn();
		}
	}

	/** Says that whoever had a job written down has it now. */
	take(id: JobId): void {
		this.#untaken.delete(id);
	}

	/** Sees to it, durably, that a job never comes back from here. */
	forget(id: JobId): void {
		if (this.#sizeBytes === 0) return;
		this.#append({ forgotten: id });
		fdatasyncSync(this.#descriptor);
	}

	/** Empties the log; to be called when every job that was taken has its row. Left for the next time while another is being added. */
	clear(): void {
		if (this.#untaken.size > 0 || this.#sizeBytes === 0) return;
		// Should it not be durable, the next server finds jobs that it has already, or that are forgotten.
		ftruncateSync(this.#descriptor, 0);
		this.#sizeBytes = 0;
	}

	close(): void {
		closeSync(this.#descriptor);
	}

	#sync(id: JobId): Promise<void> {
		return new Promise((resolve, reject) => {
			fdatasync(this.#descriptor, (error) => {
				if (error === null) return resolve();
				try {
					this.forget(id);
				} finally {
					reject(error);
				}
			});
		});
	}

	#append(line: unknown): void {
		const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
		const before = this.#sizeBytes;
		try {
			for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done);
			this.#sizeBytes += bytes.length;
		} catch (error) {
			ftruncateSync(this.#descriptor, before);
			throw error;
		}
	}
}

function readLines(text: string): AcceptedJob[] {
	const found = new Map<string, AcceptedJob>();
	for (const line of text.split('\n')) {
		const value = parse(line);
		if (value === null) continue;
		if ('forgotten' in value) found.delete(value.forgotten);
		else found.set(value.record.job.id, value);
	}
	return [...found.values()];
}

/** Null for what no server wrote. */
function parse(line: string): AcceptedJob | { readonly forgotten: string } | null {
	try {
		const value = JSON.parse(line) as AcceptedJob | { readonly forgotten: string };
		if ('forgotten' in value) return value;
		return typeof value.record.job.id === 'string' && typeof value.key === 'string' && typeof value.bodySha256 === 'string' ? value : null;
	} catch {
		return null;
	}
}

function syncFolder(folder: string): void {
	const descriptor = openSync(folder, 'r');
	try {
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}
