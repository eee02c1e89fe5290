import { chmod, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { JobId } from '@nightlog/shared/base/ids';
import type { BegunJob } from '../backends/backend.ts';
import { hasCode, isMissing } from '../durable/file-errors.ts';
import { errorFields } from '../log/open-log.ts';
import { backOffMs } from './back-off.ts';
import { isoTime } from './job-clock.ts';
import type { JobContext } from './job-context.ts';
import { jobFolder } from './job-folder.ts';
import type { JobStore } from './job-store.ts';

const sweepMs = 3_600_000;
const mostAtOnce = 20;

/** Removes jobs that somebody deletes, and the folders of those whose time is over. Versions stay in either case. */
export class JobRemover {
	readonly #context: JobContext;
	readonly #store: JobStore;
	#work: Promise<unknown> = Promise.resolve();

	constructor(context: JobContext, store: JobStore) {
		this.#context = context;
		this.#store = store;
	}

	/** Goes on with what was begun before, and looks for what has expired now and every hour. */
	begin(): void {
		for (const { job } of this.#context.book.inStage('deleting')) this.#later(() => this.#finish(job.id));
		this.#sweep();
	}

	/** From here on nobody sees the job. @returns when nothing of it is left */
	async remove(id: JobId): Promise<void> {
		this.#context.book.change(id, { stage: 'deleting' });
		await this.#finish(id);
	}

	async ended(): Promise<void> {
		await this.#work;
	}

	async #finish(id: JobId): Promise<void> {
		const { book, backends, stateFolder, signal } = this.#context;
		const record = book.inStage('deleting').find(({ job }) => job.id === id);
		if (record === undefined) return;
		const { folder } = jobFolder(stateFolder, id);
		if (record.work.handle !== null) {
			const begun: BegunJob = { id, folder, handle: record.work.handle };
			try {
				const backend = await backends.get(record.job.backend);
				await backend.remove(begun, signal);
			} catch (error) {
				// The backend is gone or cannot be asked; what is left there ends by its own limits, and the person is not kept waiting for it.
				this.#context.log.write('warning', 'what a deleted job left at its backend could not be removed', { job: id, ...errorFields(error) });
			}
		}
		await removeFolder(folder);
		book.remove(id);
	}

	#sweep(): void {
		const { clock, signal } = this.#context;
		if (signal.aborted) return;
		this.#later(() => this.#removeExpired());
		clock.after(sweepMs, () => this.#sweep());
	}

	async #removeExpired(): Promise<void> {
		const { book, clock, stateFolder, signal } = this.#context;
		for (;;) {
			const expired = this.#store.expired(isoTime(clock.now()), mostAtOnce);
			for (const { job } of expired) {
				if (signal.aborted) return;
				await removeFolder(jobFolder(stateFolder, job.id).folder);
				const result = job.result === null ? null : { ...job.result, notebook: null, files: [] };
				book.change(job.id, { stage: 'expired', job: { result } });
			}
			if (expired.length < mostAtOnce) return;
		}
	}

	#later(run: () => Promise<void>, failures = 1): void {
		this.#work = this.#work.then(run).catch((error: unknown) => {
			this.#context.log.write('warning', 'a folder could not be removed yet', errorFields(error));
			this.#context.clock.after(backOffMs(failures), () => {
				if (!this.#context.signal.aborted) this.#later(run, failures + 1);
			});
		});
	}
}

/** Removes a folder with all that is in it; links are removed, not followed. Folders that a job closed against its own person are opened first. */
export async function removeFolder(folder: string): Promise<void> {
	try {
		await rm(folder, { recursive: true, force: true });
	} catch (error) {
		if (!hasCode(error, 'EACCES') && !hasCode(error, 'EPERM') && !hasCode(error, 'ENOTEMPTY')) throw error;
		await openFolders(folder);
		await rm(folder, { recursive: true, force: true, maxRetries: 3 });
	}
}

async function openFolders(folder: string): Promise<void> {
	try {
		await chmod(folder, 0o700);
		for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isDirectory()) await openFolders(path.join(folder, entry.name));
	} catch (error) {
		if (!isMissing(error)) throw error;
	}
}
