import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { CommitOid, JobId } from '@nightlog/shared/base/ids';
import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { JobCheck, JobRequest } from '@nightlog/shared/jobs/job-schema';
import { isFinalState } from '@nightlog/shared/jobs/job-states';
import type { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import type { BackendRegistry } from '../backends/registry.ts';
import { errorFields, type Log } from '../log/open-log.ts';
import type { JobService, VersionService } from '../services.ts';
import type { AcceptedLog } from './accepted-log.ts';
import { BackendLane } from './backend-lane.ts';
import { RequestChecker } from './check-request.ts';
import { JobBook } from './job-book.ts';
import { isoTime, type JobClock } from './job-clock.ts';
import type { JobContext } from './job-context.ts';
import { JobFinisher } from './job-finisher.ts';
import { inTree, isBelow, jobFolder, regularFileIn } from './job-folder.ts';
import { JobIds } from './job-ids.ts';
import type { JobRecord } from './job-record.ts';
import { JobRemover } from './job-remover.ts';
import { JobStore } from './job-store.ts';
import { JobSubmitter } from './job-submitter.ts';
import { readNewLines } from './read-events.ts';
import { ReceiptReader } from './receipt-reader.ts';

/** What jobs need of the outside. */
export interface JobServiceOptions {
	/** Absolute path; jobs' folders are below it. */
	readonly stateFolder: string;
	/** The open store, with the tables of `jobTables`. */
	readonly database: DatabaseSync;
	/** Where new jobs are written down before the database has them, see `AcceptedLog`; null where that is no quicker. Closed by the service. */
	readonly accepted: AcceptedLog | null;
	readonly versions: VersionService;
	readonly backends: BackendRegistry;
	readonly clock: JobClock;
	/** So many random bytes. */
	readonly random: (bytes: number) => Uint8Array;
	/** Rejects when the store is no longer ours; asked before anything is begun. */
	readonly assertLease: () => Promise<void>;
	readonly log: Pick<Log, 'write'>;
	/** How long an ended job's folder is kept. */
	readonly retention: { readonly days: number };
	/** The server's environment. */
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Absolute path of the Python that is taken when there is no other: the checkout's; null outside of one. */
	readonly fallbackPython: string | null;
}

const mostEvents = 1000;
/** Long enough for the job's first change to take its row along. */
const settleMs = 200;
const settleAgainMs = 5000;

/** Takes up the jobs of before, and answers when new ones can come. */
export async function createJobService(options: JobServiceOptions): Promise<JobService> {
	return new Jobs(options);
}

class Jobs implements JobService {
	readonly #options: JobServiceOptions;
	readonly #store: JobStore;
	readonly #book: JobBook;
	readonly #submitter: JobSubmitter;
	readonly #context: JobContext;
	readonly #checker: RequestChecker;
	readonly #finisher: JobFinisher;
	readonly #remover: JobRemover;
	readonly #lanes = new Map<string, BackendLane>();
	readonly #end = new AbortController();
	#isSettling = false;

	constructor(options: JobServiceOptions) {
		this.#options = options;
		this.#store = new JobStore(options.database, options.accepted);
		this.#book = new JobBook(this.#store, options.log);
		this.#context = {
			stateFolder: options.stateFolder,
			book: this.#book,
			versions: options.versions,
			backends: options.backends,
			receipts: new ReceiptReader(),
			clock: options.clock,
			assertLease: options.assertLease,
			log: options.log,
			retentionDays: options.retention.days,
			bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
			signal: this.#end.signal,
		};
		this.#checker = new RequestChecker(options);
		this.#submitter = new JobSubmitter({
			store: this.#store,
			book: this.#book,
			checker: this.#checker,
			versions: options.versions,
			clock: options.clock,
			signal: this.#end.signal,
			ids: new JobIds(options.random, this.#store.lastId()),
			// After the answer is on its way: what follows takes longer than the person should wait.
			onStored: ({ job }) => {
				setImmediate(() => !this.#end.signal.aborted && this.#lane(job.backend).wake());
				this.#settleLater(settleMs);
			},
		});
		this.#finisher = new JobFinisher(this.#context);
		this.#remover = new JobRemover(this.#context, this.#store);
		for (const { job } of this.#book.inStage('open')) this.#lane(job.backend).wake();
		for (const { job } of this.#book.inStage('ending', 'keeping', 'releasing')) this.#finisher.finish(job.id);
		this.#remover.begin();
	}

	async check(request: JobCheck, signal: AbortSignal) {
		return (await this.#checker.check(request, signal)).findings.slice();
	}

	async submit(request: JobRequest, idempotencyKey: string) {
		return this.#submitter.submit(idempotencyKey, ['submit', request], () => request);
	}

	async rerun(id: JobId, changes: Parameters<JobService['rerun']>[1], idempotencyKey: string) {
		return this.#submitter.submit(idempotencyKey, ['rerun', id, changes], () => requestOf(this.#need(id), changes));
	}

	list(request: Parameters<JobService['list']>[0]) {
		const { records, next } = this.#store.list(request);
		return { jobs: records.map((record) => this.#book.latest(record).job), next };
	}

	get(id: JobId) {
		return this.#need(id).job;
	}

	async cancel(id: JobId) {
		const { job, stage } = this.#need(id);
		if (stage !== 'open' || isFinalState(job.state)) return job;
		if (job.cancelRequestedAt === null) this.#book.change(id, { job: { cancelRequestedAt: isoTime(this.#options.clock.now()) } });
		this.#lane(job.backend).cancel(id);
		return this.#need(id).job;
	}

	async delete(id: JobId) {
		const record = this.#book.get(id);
		if (record === null) return;
		if (!isFinalState(record.job.state)) {
			throw new NightlogError('job/still-open', 'The job has not ended: cancel it first.', { status: 409 });
		}
		if (record.stage === 'keeping') {
			const why =
				'Its result could not be kept as a version yet, and would be lost: it is tried again by itself. What is in the way stands in its reason and in the log of the server.';
			throw new NightlogError('job/result-not-kept', why, { status: 409 });
		}
		await this.#remover.remove(id);
	}

	async logFile(id: JobId) {
		assertKept(this.#need(id));
		const places = this.#places(id);
		return regularFileIn(places.folder, places.log);
	}

	async resultFile(id: JobId) {
		const places = this.#places(id);
		return regularFileIn(places.folder, places.result);
	}

	async outputFile(id: JobId, relativePath: string) {
		const { job, work } = this.#need(id);
		if (job.result?.files.some((file) => file.path === relativePath) !== true) return null;
		const places = this.#places(id);
		const file = path.resolve(path.dirname(inTree(places, work.notebookPath)), relativePath);
		return isBelow(places.tree, file) ? regularFileIn(places.tree, file) : null;
	}

	async receipt(id: JobId) {
		const { receipt } = await this.#context.receipts.read(this.#places(id), id);
		return receipt ?? (await this.#receiptOfResult(this.#need(id)));
	}

	async events(id: JobId, after: number) {
		assertKept(this.#need(id));
		const { lines } = await readNewLines(this.#places(id).events, { offset: 0 });
		const events = lines.filter((line): line is Record<string, unknown> => typeof line === 'object' && line !== null && !Array.isArray(line));
		return events.filter(({ seq }) => typeof seq === 'number' && seq > after).slice(0, mostEvents);
	}

	openCount() {
		return this.#book.open().length + this.#book.inStage('ending', 'keeping').length;
	}

	countByState() {
		return this.#store.countByState();
	}

	onDidChange(listener: Parameters<JobService['onDidChange']>[0]) {
		return this.#book.onDidChange(listener);
	}

	async dispose() {
		this.#end.abort();
		await Promise.allSettled([...[...this.#lanes.values()].map((lane) => lane.ended()), this.#finisher.ended(), this.#remover.ended()]);
		this.#store.close();
	}

	/** Gives new jobs their rows where nothing else does soon; on a full disk again and again. */
	#settleLater(afterMs: number): void {
		if (this.#options.accepted === null || this.#isSettling) return;
		this.#isSettling = true;
		this.#options.clock.after(afterMs, () => {
			this.#isSettling = false;
			if (!this.#end.signal.aborted && !this.#isSettled()) this.#settleLater(settleAgainMs);
		});
	}

	#isSettled(): boolean {
		try {
			return this.#store.settle();
		} catch (error) {
			// The log has them meanwhile.
			this.#options.log.write('error', 'new jobs could not be stored yet', errorFields(error));
			return false;
		}
	}

	#lane(backend: string): BackendLane {
		const known = this.#lanes.get(backend);
		if (known !== undefined) return known;
		const lane = new BackendLane(backend, this.#context, (id) => this.#finisher.finish(id));
		this.#lanes.set(backend, lane);
		return lane;
	}

	#need(id: JobId): JobRecord {
		const record = this.#book.get(id);
		if (record === null) throw new NightlogError('job/not-found', 'There is no such job, or it was deleted.', { status: 404 });
		return record;
	}

	async #receiptOfResult({ job, work }: JobRecord): Promise<Receipt | null> {
		const version = (job.result?.version ?? null) as CommitOid | null;
		if (version === null) return null;
		const { receipts, versions, signal } = this.#context;
		try {
			const bytes = await versions.readReceipt(version, work.notebookPath, signal);
			return bytes === null ? null : (await receipts.parse(bytes, job.id)).receipt;
		} catch (error) {
			// The repository that had the result is gone, and its record with it.
			if (isNightlogError(error, 'version/not-found')) return null;
			throw error;
		}
	}

	#places(id: JobId) {
		this.#need(id);
		return jobFolder(this.#options.stateFolder, id);
	}
}

/** @throws NightlogError `job/expired` (404) */
function assertKept({ job, stage }: JobRecord): void {
	if (stage !== 'expired') return;
	const version = job.result?.version ?? null;
	const where = version === null ? '' : ` Its executed notebook is version ${version}.`;
	throw new NightlogError('job/expired', `What this job left was kept until ${job.expiresAt} and is kept no longer.${where}`, { status: 404 });
}

/** What was asked for when this job was made, with changes. */
function requestOf({ job, work }: JobRecord, changes: Parameters<JobService['rerun']>[1]): JobRequest {
	const { cpus, memoryBytes, gpus, wallTimeSeconds } = job.resources;
	const python = changes.python ?? work.requestedPython;
	return {
		notebook: work.notebookPath,
		version: job.version,
		cells: job.cells,
		parameters: changes.parameters ?? job.parameters,
		backend: changes.backend ?? job.backend,
		resources: { cpus, memoryBytes, gpus, wallTimeSeconds, ...changes.resources },
		name: changes.name ?? job.name,
		...(python === null ? {} : { python }),
		...(changes.exactPython === undefined ? {} : { exactPython: changes.exactPython }),
	};
}
