import { existsSync } from 'node:fs';
import type { JobId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { applyRunnerEvent, noProgress, type RunnerProgress } from '@nightlog/shared/jobs/apply-runner-event';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Backend, BackendStatus, BegunJob } from '../backends/backend.ts';
import { step } from '../durable/crash-points.ts';
import { errorFields } from '../log/open-log.ts';
import { backOffMs } from './back-off.ts';
import { backendJobOf, type DispatchResult, dispatchJob, isToDispatch, recordHandle } from './dispatch-job.ts';
import { isoTime, readTime } from './job-clock.ts';
import type { JobContext } from './job-context.ts';
import { jobFolder } from './job-folder.ts';
import type { JobRecord } from './job-record.ts';
import { type LinePlace, readNewLines } from './read-events.ts';
import { WakeUp } from './wake-up.ts';

interface Seen {
	place: LinePlace;
	progress: RunnerProgress;
	/** When the runner's end was first read, while the backend still says that it runs; of the clock that never jumps. */
	endedSince: number | null;
	/** When the backend first did not know the job, and how often in a row. */
	unknownSince: number | null;
	unknowns: number;
	/** Whether this server has passed its cancel request on. */
	cancelAsked: boolean;
}

/** A job that the backend does not know is lost only when it said so this often over this time: a backend's books lag behind. */
const lostAfter = { times: 3, ms: 10_000 };
const unknownPollMs = 2000;
/** How long a runner may take to end after it wrote its receipt. */
const lingerMs = 15_000;

/**
 * All dealings with one backend: hands it accepted jobs in their order, asks for the state of those that it has, and passes on what ended. It asks only
 * while a job is open. It never ends a job by its own word: what it cannot know stays as it was, with its age.
 */
export class BackendLane {
	readonly #name: string;
	readonly #context: JobContext;
	readonly #finish: (id: JobId) => void;
	readonly #seen = new Map<JobId, Seen>();
	readonly #retryAt = new Map<JobId, number>();
	readonly #dispatchWake = new WakeUp();
	readonly #pollWake = new WakeUp();
	readonly #changed = new Set<JobId>();
	#pollAll = true;
	/** Once it was told of the jobs of before; null until then. */
	#backend: Backend | null = null;
	#failures = 0;
	#started = false;
	#leaseLost = false;
	#loops: Promise<unknown> = Promise.resolve();

	constructor(name: string, context: JobContext, finish: (id: JobId) => void) {
		this.#name = name;
		this.#context = context;
		this.#finish = finish;
	}

	/** There is a new job, or one to end. The first call begins the work. What the backend has already is not asked for: at many jobs that is felt. */
	wake(): void {
		if (!this.#started) {
			this.#started = true;
			this.#loops = Promise.all([this.#dispatchLoop(), this.#pollLoop()]);
			return;
		}
		this.#dispatchWake.call();
	}

	/** Asks the backend for the end of a job that has a cancel request; one that is not yet there is ended by the dispatch. */
	cancel(id: JobId): void {
		this.wake();
		void this.#cancel(id);
	}

	/** Resolves when nothing is done any more, after the context's signal. */
	ended(): Promise<unknown> {
		return this.#loops;
	}

	/** Before anything is begun: whatever was begun or cancelled before this server started is made known to the backend, and found again. */
	async #adopt(): Promise<Backend> {
		const { book, signal, backends } = this.#context;
		const backend = await step('adopt/backend', () => backends.get(this.#name));
		for (const record of book.open(this.#name)) if (record.job.cancelRequestedAt !== null) await this.#cancelAt(backend, record);
		await this.#poll(backend, null);
		for (const record of book.open(this.#name)) {
			if (!isToDispatch(record)) continue;
			const found = await step('adopt/find', () => backend.findByName(backendJobOf(this.#context, record), signal));
			if (found !== null) {
				recordHandle(this.#context, record.job.id, found);
				const now = book.get(record.job.id);
				if (now !== null && now.job.cancelRequestedAt !== null) await this.#cancelAt(backend, now);
			}
		}
		backend.watch((id) => this.#onChange(id), signal);
		this.#dispatchWake.call();
		return backend;
	}

	async #dispatchLoop(): Promise<void> {
		const { book, clock, signal } = this.#context;
		while (!signal.aborted && !this.#leaseLost) {
			const backend = this.#backend;
			for (const record of backend === null ? [] : book.open(this.#name)) {
				const { job } = record;
				if (backend === null) break;
				if (!isToDispatch(record) || (this.#retryAt.get(job.id) ?? 0) > this.#context.clock.elapsed()) continue;
				const result = await this.#dispatch(backend, job.id);
				if (signal.aborted) return;
				if (result === 'lease-lost') this.#leaseLost = true;
				if (this.#leaseLost) return;
				this.#retryAt.delete(job.id);
				const work = book.get(job.id)?.work;
				if (result === 'later')
					this.#retryAt.set(job.id, this.#context.clock.elapsed() + (work?.givenUp == null ? backOffMs(work?.failures ?? 1) : 0));
				else if (book.get(job.id)?.job.cancelRequestedAt != null) void this.#cancel(job.id);
				this.#onChange(job.id);
			}
			const next = Math.min(...this.#retryAt.values());
			const delay = Number.isFinite(next) ? Math.max(10, next - this.#context.clock.elapsed()) : null;
			await step('dispatch/wait', () => this.#dispatchWake.wait(clock, delay, signal));
		}
	}

	/** Whatever goes wrong, a full disk under the store too, the next job has its turn and this one comes again. */
	async #dispatch(backend: Backend, id: JobId): Promise<DispatchResult> {
		try {
			return await dispatchJob(this.#context, backend, id);
		} catch (error) {
			this.#context.log.write('error', 'what became of a job could not be stored', { job: id, ...errorFields(error) });
			return 'later';
		}
	}

	async #pollLoop(): Promise<void> {
		const { clock, signal } = this.#context;
		while (!signal.aborted) {
			const ids = this.#pollAll ? null : new Set(this.#changed);
			this.#pollAll = false;
			this.#changed.clear();
			let delay: number | null;
			let wake = this.#pollWake;
			try {
				this.#backend ??= await this.#adopt();
				delay = (await this.#poll(this.#backend, ids)) ? this.#backend.pollMs : null;
				this.#failures = 0;
			} catch (error) {
				this.#failed(error);
				delay = backOffMs(this.#failures);
				// Whatever is new meanwhile, it is not asked sooner.
				wake = new WakeUp();
			}
			if ([...this.#seen.values()].some((seen) => seen.unknowns > 0)) delay = Math.min(delay ?? unknownPollMs, unknownPollMs);
			const isBehind = this.#pollAll || this.#changed.size > 0;
			if (isBehind && wake === this.#pollWake) continue;
			await step('watch/wait', () => wake.wait(clock, delay, signal));
			if (this.#changed.size === 0 || wake !== this.#pollWake) this.#pollAll = true;
		}
	}

	#onChange(id: JobId | null): void {
		if (id === null) this.#pollAll = true;
		else this.#changed.add(id);
		this.#pollWake.call();
	}

	/** Asks for these jobs (null: all that are open, and those that were lost). Answers whether any is left to ask for. */
	async #poll(backend: Backend, ids: ReadonlySet<JobId> | null): Promise<boolean> {
		const { book, signal } = this.#context;
		const all = book.inStage('open').filter(({ job, work }) => job.backend === this.#name && work.handle !== null);
		const asked = ids === null ? all : all.filter(({ job }) => ids.has(job.id));
		if (asked.length > 0) {
			const begun = asked.map((record) => this.#begunOf(record)).filter((job) => job !== null);
			const statuses = await step('watch/status', () => backend.status(begun, signal));
			for (const { job } of asked) await this.#apply(backend, job.id, statuses.get(job.id) ?? { state: 'unknown' });
		}
		return all.some(({ job }) => job.state !== 'lost');
	}

	async #apply(backend: Backend, id: JobId, status: BackendStatus): Promise<void> {
		const { book, clock } = this.#context;
		const seen = this.#seenOf(id);
		// What waits has no runner that could say anything new.
		if (status.state !== 'queued' && status.state !== 'not-begun') {
			const { lines, place } = await readNewLines(jobFolder(this.#context.stateFolder, id).events, seen.place);
			seen.place = place;
			seen.progress = lines.reduce<RunnerProgress>(applyRunnerEvent, seen.progress);
		}
		const record = book.get(id);
		if (record === null || record.stage !== 'open') return;
		const { job } = record;
		const asOf: Partial<Job> = { stateAsOf: isoTime(clock.now()), reachable: true };
		const progress = { done: seen.progress.done, total: seen.progress.total ?? job.progress.total };
		if (status.state !== 'unknown') {
			seen.unknowns = 0;
			seen.unknownSince = null;
		}
		if (job.cancelRequestedAt !== null && !seen.cancelAsked && status.state !== 'ended' && status.state !== 'unknown')
			await this.#cancelAt(backend, record);
		switch (status.state) {
			case 'queued':
				this.#set(record, { ...asOf, state: 'queued', reason: status.reason });
				break;
			case 'running': {
				const startedAt = job.startedAt ?? readTime(seen.progress.startedAt) ?? readTime(status.startedAt) ?? isoTime(clock.now());
				const again = job.state === 'queued' || job.state === 'submitted' ? job.attempt + 1 : Math.max(1, job.attempt);
				// It may have been begun again between two polls.
				const attempt = Math.max(again, seen.progress.attempt);
				this.#set(record, { ...asOf, state: 'running', reason: status.reason, startedAt, attempt, progress });
				await this.#endLingering(backend, record, seen);
				break;
			}
			case 'ended':
				this.#end(record, { exit: status.exit, detail: status.detail, endedAt: readTime(status.endedAt) }, { ...asOf, progress });
				break;
			case 'not-begun':
				book.change(id, { job: asOf, work: { handle: null } });
				this.#dispatchWake.call();
				break;
			case 'unknown':
				this.#onUnknown(record, seen);
		}
	}

	/** Stores a state that differs; otherwise only notes that it was asked for. */
	#set(record: JobRecord, job: Partial<Job> & Pick<Job, 'state'>): void {
		const { book } = this.#context;
		const before = record.job;
		const same =
			before.state === job.state &&
			before.reason === job.reason &&
			before.reachable === job.reachable &&
			before.attempt === (job.attempt ?? before.attempt);
		if (same) book.note(before.id, { stateAsOf: job.stateAsOf ?? before.stateAsOf, progress: job.progress ?? before.progress });
		else if (!book.change(before.id, { job }))
			this.#context.log.write('warning', 'a state that cannot follow was left out', { job: before.id, from: before.state, to: job.state });
	}

	#end(record: JobRecord, end: NonNullable<JobRecord['work']['end']>, job: Partial<Job>): void {
		const { id } = record.job;
		const seen = this.#seenOf(id);
		const startedAt = record.job.startedAt ?? readTime(seen.progress.startedAt);
		const attempt = Math.max(record.job.attempt, seen.progress.attempt);
		const endedAt = end.endedAt ?? readTime(seen.progress.ended?.at);
		const changes = { ...job, startedAt, attempt };
		// How it ended is kept where a backend could forget it; that it ended well its receipt will say again.
		if (end.exit === 'finished') this.#context.book.noteEnding(id, changes, { end: { ...end, endedAt } });
		else this.#context.book.change(id, { stage: 'ending', job: changes, work: { end: { ...end, endedAt } } });
		this.#seen.delete(id);
		this.#finish(id);
		// Those behind it are one nearer.
		this.#pollAll = true;
	}

	#onUnknown(record: JobRecord, seen: Seen): void {
		const now = this.#context.clock.elapsed();
		const { job } = record;
		if (seen.progress.ended !== null) {
			// Forgotten by the backend, and its own last line is here: what it left decides.
			this.#end(record, { exit: 'unknown', detail: 'The backend no longer knows it.', endedAt: null }, {});
			return;
		}
		seen.unknownSince ??= now;
		seen.unknowns += 1;
		if (job.state === 'lost' || seen.unknowns < lostAfter.times || now - seen.unknownSince < lostAfter.ms) return;
		const { result } = jobFolder(this.#context.stateFolder, job.id);
		this.#context.book.change(job.id, {
			job: {
				state: 'lost',
				result: existsSync(result) ? { notebook: result, version: null, files: [] } : null,
				reason: `${job.backend} no longer knows it; what it saved is here.`,
				stateAsOf: isoTime(this.#context.clock.now()),
				reachable: true,
			},
		});
		seen.unknowns = 0;
	}

	/** A runner that wrote its last line and does not end is ended. */
	async #endLingering(backend: Backend, record: JobRecord, seen: Seen): Promise<void> {
		if (seen.progress.ended === null) seen.endedSince = null;
		else seen.endedSince ??= this.#context.clock.elapsed();
		if (seen.endedSince === null || this.#context.clock.elapsed() - seen.endedSince < lingerMs) return;
		seen.endedSince = this.#context.clock.elapsed();
		await this.#cancelAt(backend, record);
	}

	async #cancel(id: JobId): Promise<void> {
		const { book, backends, log } = this.#context;
		try {
			const backend = await step('cancel/backend', () => backends.get(this.#name));
			const record = book.get(id);
			if (record !== null) await this.#cancelAt(backend, record);
			this.#onChange(id);
		} catch (error) {
			// It is passed on again with the next poll, which also says that the backend cannot be asked.
			log.write('warning', 'a cancel request did not reach the backend', { job: id, ...errorFields(error) });
			this.#onChange(id);
		}
	}

	async #cancelAt(backend: Backend, record: JobRecord): Promise<void> {
		const begun = this.#begunOf(record);
		if (begun === null || record.stage !== 'open') return;
		await step('cancel/ask', () => backend.cancel(begun, this.#context.signal));
		this.#seenOf(begun.id).cancelAsked = true;
	}

	/** The backend could not be asked, or what it said could not be stored: the last state stands, with its age. */
	#failed(error: unknown): void {
		const { signal, log, book } = this.#context;
		if (signal.aborted) return;
		this.#failures += 1;
		log.write('warning', 'a backend could not be asked', { backend: this.#name, failures: this.#failures, ...errorFields(error) });
		if (!(error instanceof NightlogError)) return;
		try {
			for (const { job } of book.open(this.#name)) if (job.reachable !== false) book.change(job.id, { job: { reachable: false } });
		} catch (cause) {
			log.write('error', 'that a backend cannot be asked could not be stored', { backend: this.#name, ...errorFields(cause) });
		}
	}

	#begunOf({ job, work }: JobRecord): BegunJob | null {
		return work.handle === null ? null : { id: job.id, folder: jobFolder(this.#context.stateFolder, job.id).folder, handle: work.handle };
	}

	#seenOf(id: JobId): Seen {
		const known = this.#seen.get(id);
		if (known !== undefined) return known;
		const seen: Seen = { place: { offset: 0 }, progress: noProgress, endedSince: null, unknownSince: null, unknowns: 0, cancelAsked: false };
		this.#seen.set(id, seen);
		return seen;
	}
}
