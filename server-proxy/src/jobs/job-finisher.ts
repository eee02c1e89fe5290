import path from 'node:path';
import type { CommitOid, JobId } from '@nightlog/shared/base/ids';
import { applyRunnerEvent, noProgress, type RunnerProgress } from '@nightlog/shared/jobs/apply-runner-event';
import { jobOutcome } from '@nightlog/shared/jobs/job-outcome';
import type { BegunJob } from '../backends/backend.ts';
import { step } from '../durable/crash-points.ts';
import { isDiskFull } from '../durable/file-errors.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { errorFields } from '../log/open-log.ts';
import { backOffMs } from './back-off.ts';
import { changedWords, refusedWords } from './home-words.ts';
import { isoTime, readTime } from './job-clock.ts';
import type { JobContext } from './job-context.ts';
import { inTree, jobFolder, regularFileIn } from './job-folder.ts';
import type { JobRecord } from './job-record.ts';
import { changedOriginals } from './link-tree.ts';
import { type JobFile, listJobFiles } from './list-job-files.ts';
import { readPrepared } from './prepare-folder.ts';
import { readNewLines } from './read-events.ts';

/** As long as a text can be that this program holds in memory. */
const mostResultBytes = 500_000_000;
const tooLargeWords = `Its executed notebook is larger than ${mostResultBytes / 1_000_000} MB: it is here as a file, and no version was made of it.`;

/**
 * Brings jobs that are over at their backend to their end: reads what they left, keeps the result as a version, and then lets the backend forget them.
 * Each stage is stored before the next, so that a server that is killed goes on where it was; what fails is tried again.
 */
export class JobFinisher {
	readonly #context: JobContext;
	readonly #running = new Map<JobId, Promise<void>>();

	constructor(context: JobContext) {
		this.#context = context;
	}

	/** Takes up a job in one of the stages after `open`. */
	finish(id: JobId): void {
		if (this.#running.has(id) || this.#context.signal.aborted) return;
		const work = this.#work(id).finally(() => this.#running.delete(id));
		this.#running.set(id, work);
	}

	/** Resolves when nothing is done any more, after the context's signal. */
	ended(): Promise<unknown> {
		return Promise.all(this.#running.values());
	}

	async #work(id: JobId): Promise<void> {
		const { book, log, clock, signal } = this.#context;
		try {
			if (book.get(id)?.stage === 'ending') await this.#read(id);
			if (book.get(id)?.stage === 'keeping') await this.#keep(id);
			if (book.get(id)?.stage === 'releasing') await this.#release(id);
		} catch (error) {
			if (signal.aborted) return;
			const failures = (book.get(id)?.work.failures ?? 0) + 1;
			log.write('warning', 'the end of a job could not be dealt with yet', { job: id, failures, ...errorFields(error) });
			try {
				book.change(id, {
					work: { failures },
					...(isDiskFull(error) ? { job: { reason: 'The disk is full: free some space; its result is here and is kept then.' } } : {}),
				});
			} catch (cause) {
				// The store is on the same full disk; what is stored stands, and it is tried again all the same.
				log.write('error', 'the store could not be written', { job: id, ...errorFields(cause) });
			}
			clock.after(backOffMs(failures), () => this.finish(id));
		}
	}

	/** Reads receipt, result and files. The state becomes final here, with its result where that could be kept at once. */
	async #read(id: JobId): Promise<void> {
		const { book, backends, clock, stateFolder, signal } = this.#context;
		const record = book.get(id);
		if (record === null) return;
		const places = jobFolder(stateFolder, id);
		const begun = begunOf(record, places.folder);
		if (begun !== null) {
			const backend = await step('finish/backend', () => backends.get(record.job.backend));
			await step('finish/collect', () => backend.collect(begun, signal));
		}
		const { lines } = await readNewLines(places.events, { offset: 0 });
		const progress = lines.reduce<RunnerProgress>(applyRunnerEvent, noProgress);
		const found = await step('finish/receipt', () => this.#context.receipts.read(places, id));
		// In the folder of a requeued job lies the receipt of the attempt before.
		const isOld = found.receipt !== null && found.receipt.attempt < progress.attempt;
		const receipt = isOld ? null : found.receipt;
		const problem = isOld ? 'Its run record is that of an earlier attempt.' : found.problem;
		const prepared = await readPrepared(places);
		const workDir = path.dirname(inTree(places, record.work.notebookPath));
		const files: JobFile[] = await listJobFiles(places, workDir, receipt, prepared);
		const changed = await changedOriginals(prepared?.linked ?? []);
		const notebook = await step('finish/look-for-result', () => regularFileIn(places.folder, places.result));
		const { end } = record.work;
		const outcome = jobOutcome({
			receipt,
			exit: end?.exit ?? 'unknown',
			detail: [end?.detail, problem].filter((text) => text !== null && text !== undefined).join(' ') || null,
			cancelRequested: record.job.cancelRequestedAt !== null,
		});
		const version = await this.#tryToKeep(record);
		const now = clock.now();
		book.change(id, {
			stage: version === 'later' ? 'keeping' : 'releasing',
			work: { failures: 0 },
			job: {
				state: outcome.state,
				error: outcome.error,
				reason:
					[outcome.reason, refusedWords(receipt), changedWords(changed, record.job.project, receipt), version === 'too-large' ? tooLargeWords : null]
						.filter((text) => text !== null)
						.join(' ') || null,
				reachable: true,
				stateAsOf: isoTime(now),
				startedAt: record.job.startedAt ?? readTime(progress.startedAt) ?? readTime(receipt?.startedAt),
				endedAt: readTime(receipt?.endedAt) ?? end?.endedAt ?? isoTime(now),
				attempt: Math.max(record.job.attempt, progress.attempt, receipt?.attempt ?? 0),
				progress: { done: progress.attempt === 0 ? record.job.progress.done : progress.done, total: progress.total ?? record.job.progress.total },
				expiresAt: isoTime(now + this.#context.retentionDays * 86_400_000),
				result: { notebook, version: version === 'later' || version === 'too-large' ? null : version, files },
			},
		});
	}

	/** The result as a version; null where there is none, `later` where it could not be kept now, `too-large` where it never can. */
	async #tryToKeep(record: JobRecord): Promise<CommitOid | null | 'later' | 'too-large'> {
		const places = jobFolder(this.#context.stateFolder, record.job.id);
		const file = await step('keep/look-for-result', () => regularFileIn(places.folder, places.result));
		if (file === null) return null;
		try {
			const executed = await step('keep/read-result', () => readRegularFile(file, mostResultBytes));
			if (executed === null || executed === 'too-large') return executed;
			const { receipt } = await step('keep/receipt', () => this.#context.receipts.read(places, record.job.id));
			const { id, version, parameters } = record.job;
			const request = { job: id, version: version as CommitOid, notebook: record.work.notebookPath, executed, receipt, parameters };
			return await step('keep/version', () => this.#context.versions.keepResult(request, this.#context.signal));
		} catch (error) {
			this.#context.log.write('warning', 'a result could not be kept as a version yet', { job: record.job.id, ...errorFields(error) });
			return 'later';
		}
	}

	async #keep(id: JobId): Promise<void> {
		const record = this.#context.book.get(id);
		if (record === null) return;
		const version = await this.#tryToKeep(record);
		if (version === 'later') throw new Error('the result could not be kept as a version yet');
		const result = record.job.result ?? { notebook: null, version: null, files: [] };
		const kept = version === 'too-large' ? null : version;
		this.#context.book.change(id, { stage: 'releasing', job: { result: { ...result, version: kept } }, work: { failures: 0 } });
	}

	/** The end is stored: the backend may forget the job. */
	async #release(id: JobId): Promise<void> {
		const record = this.#context.book.get(id);
		if (record === null) return;
		const begun = begunOf(record, jobFolder(this.#context.stateFolder, id).folder);
		if (begun !== null) {
			const backend = await step('release/backend', () => this.#context.backends.get(record.job.backend));
			await step('release/remove', () => backend.remove(begun, this.#context.signal));
		}
		this.#context.book.change(id, { stage: 'done' });
	}
}

function begunOf({ job, work }: JobRecord, folder: string): BegunJob | null {
	return work.handle === null ? null : { id: job.id, folder, handle: work.handle };
}
