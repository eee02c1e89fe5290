import {
	closeSync,
	constants,
	fdatasync,
	fdatasyncSync,
	fstatSync,
	fsyncSync,
	ftruncateSync,
	openSync,
	readFileSync,
	renameSync,
	rmSync,
	writeSync,
} from 'node:fs';
import path from 'node:path';
import type { JobId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
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
 * emptied. After a crash the next server, which has the database's lock by then, begins with what it finds here, in a file of its own: a server that
 * woke up late and does not know that its time is over writes to one that has no name any more, and sees that.
 *
 * Every line begins and ends with a line end, so that what a failed write left before it does it no harm. A line without its end was never answered for.
 * What was removed since it was written down is named by a line of its own, so that it never comes back.
 */
export class AcceptedLog {
	/** What the server before left, oldest first. */
	readonly found: readonly AcceptedJob[];
	readonly #descriptor: number;
	#sizeBytes = 0;
	/** Whether the log was emptied, and the disk may not know of it yet. */
	#isEmptyingOpen = false;
	/** Jobs that are being written down, or were and are not taken over yet: nobody else knows of them. */
	readonly #untaken = new Set<JobId>();
	#last: Promise<void> = Promise.resolve();
	#turns = 0;
	#isClosed = false;

	/** @param file absolute path; made where it is not there */
	constructor(file: string) {
		this.found = readFound(file);
		const next = `${file}.new`;
		rmSync(next, { force: true });
		this.#descriptor = openSync(next, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL, 0o600);
		try {
			for (const job of this.found) this.#append(job);
			if (this.found.length > 0) fdatasyncSync(this.#descriptor);
			renameSync(next, file);
			syncFolder(path.dirname(file));
		} catch (error) {
			closeSync(this.#descriptor);
			throw error;
		}
	}

	/** Writes a job down, durably, and then the next: they come in the order of their ids. Where it fails, as on a full disk, nothing of it stays. */
	async add(job: AcceptedJob): Promise<void> {
		if (this.#isClosed) throw closed();
		const { id } = job.record.job;
		const before = this.#last;
		let endTurn: () => void = () => {};
		this.#last = new Promise((resolve) => {
			endTurn = resolve;
		});
		this.#turns += 1;
		this.#untaken.add(id);
		try {
			await step('accept/turn', () => before);
			if (this.#isClosed) throw closed();
			this.#append(job);
			await step('accept/sync', () => this.#sync(id));
		} catch (error) {
			this.#untaken.delete(id);
			throw error;
		} finally {
			endTurn();
			this.#turns -= 1;
			if (this.#isClosed && this.#turns === 0) closeSync(this.#descriptor);
		}
	}

	/** Says that whoever had a job written down has it now. */
	take(id: JobId): void {
		this.#untaken.delete(id);
	}

	/** Sees to it, durably, that a job never comes back from here. */
	forget(id: JobId): void {
		if (this.#isClosed || (this.#sizeBytes === 0 && !this.#isEmptyingOpen)) return;
		if (this.#sizeBytes > 0) this.#append({ forgotten: id });
		fdatasyncSync(this.#descriptor);
		this.#isEmptyingOpen = false;
	}

	/** Empties the log; to be called when every job that was taken has its row. Left for the next time while another is being added. */
	clear(): void {
		if (this.#isClosed || this.#untaken.size > 0 || this.#sizeBytes === 0) return;
		// Should it not be durable, the next server finds jobs that it has already.
		ftruncateSync(this.#descriptor, 0);
		this.#sizeBytes = 0;
		this.#isEmptyingOpen = true;
	}

	/** Nothing is written from here on; what is being written comes to its end. */
	close(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		if (this.#turns === 0) closeSync(this.#descriptor);
	}

	#sync(id: JobId): Promise<void> {
		return new Promise((resolve, reject) => {
			fdatasync(this.#descriptor, (error) => {
				try {
					if (error !== null) throw error;
					if (fstatSync(this.#descriptor).nlink === 0) throw takenOver();
					resolve();
				} catch (failure) {
					try {
						this.forget(id);
					} catch {
						// The disk that did not take the job does not take this either. Should the job be found after a crash, it is found by its key, too.
					}
					reject(failure);
				}
			});
		});
	}

	#append(line: unknown): void {
		const bytes = Buffer.from(`\n${JSON.stringify(line)}\n`);
		const before = this.#sizeBytes;
		try {
			for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done);
			this.#sizeBytes += bytes.length;
		} catch (error) {
			try {
				ftruncateSync(this.#descriptor, before);
			} catch {
				// Then a half line stays, which the next one does not continue.
				this.#sizeBytes += bytes.length;
			}
			throw error;
		}
	}
}

function readFound(file: string): AcceptedJob[] {
	// Opened to be made, so that no memory of a file that was not there answers.
	const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
	try {
		return readLines(readFileSync(descriptor, 'utf8'));
	} finally {
		closeSync(descriptor);
	}
}

function readLines(text: string): AcceptedJob[] {
	const found = new Map<string, AcceptedJob>();
	for (const line of text.split('\n').slice(0, -1)) {
		const value = parse(line);
		if (value === null) continue;
		if ('forgotten' in value) {
			for (const [key, job] of found) if (job.record.job.id === value.forgotten) found.delete(key);
			continue;
		}
		// One that could not be made durable was not answered for: what came with its key afterwards counts.
		found.delete(value.key);
		found.set(value.key, value);
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

function closed(): NightlogError {
	return new NightlogError('server/stopping', 'The server is stopping: try again in a moment.', { status: 503, retryable: true });
}

function takenOver(): NightlogError {
	return new NightlogError('server/stopping', 'Another server has taken over: try again in a moment.', { status: 503, retryable: true });
}
