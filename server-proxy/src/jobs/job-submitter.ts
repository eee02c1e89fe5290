import { createHash } from 'node:crypto';
import type { JobId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Job, JobRequest } from '@nightlog/shared/jobs/job-schema';
import { refusedRequest, refusingFindings } from '@nightlog/shared/jobs/refused-request';
import { step } from '../durable/crash-points.ts';
import { isDiskFull } from '../durable/file-errors.ts';
import type { VersionService } from '../services.ts';
import type { RequestChecker } from './check-request.ts';
import type { JobBook } from './job-book.ts';
import { isoTime, type JobClock } from './job-clock.ts';
import type { JobIds } from './job-ids.ts';
import type { JobRecord } from './job-record.ts';
import type { JobStore } from './job-store.ts';

/** What submitting needs. */
export interface SubmitterOptions {
	readonly store: JobStore;
	readonly book: JobBook;
	readonly checker: RequestChecker;
	readonly versions: Pick<VersionService, 'pin'>;
	readonly clock: JobClock;
	readonly ids: JobIds;
	/** Ends with the service. */
	readonly signal: AbortSignal;
	/** Told of every new job when it is stored. */
	readonly onStored: (record: JobRecord) => void;
}

/** Takes requests: checks them, stores them durably, and answers; the same key gives the same job, however often and at once it comes. */
export class JobSubmitter {
	readonly #options: SubmitterOptions;
	/** Requests that are being checked, by their key: one that comes again meanwhile waits for it. */
	readonly #submitting = new Map<string, { readonly bodySha256: string; readonly record: Promise<JobRecord> }>();

	constructor(options: SubmitterOptions) {
		this.#options = options;
	}

	/**
	 * The job of this key: stored now, or stored before by the same request.
	 *
	 * @param body what the key stands for: the same key with another one is refused
	 * @param request what to run; made only where the job is not stored yet
	 */
	async submit(key: string, body: unknown, request: () => JobRequest): Promise<{ job: Job; created: boolean }> {
		const bodySha256 = createHash('sha256').update(canonical(body)).digest('hex');
		for (;;) {
			const known = this.#options.store.findKey(key);
			if (known !== null) {
				if (known.bodySha256 !== bodySha256) throw keyUsed();
				return { job: this.#jobOf(known.id), created: false };
			}
			const other = this.#submitting.get(key);
			if (other === undefined) break;
			if (other.bodySha256 === bodySha256) return { job: (await step('accept/same', () => other.record)).job, created: false };
			// Another body under the same key: it is refused if the first is stored, and has its turn if that was refused.
			await step('accept/other', () => other.record.catch(() => undefined));
		}
		const record = this.#submitChecked(key, bodySha256, request);
		this.#submitting.set(key, { bodySha256, record });
		try {
			return { job: (await step('accept/stored', () => record)).job, created: true };
		} finally {
			this.#submitting.delete(key);
		}
	}

	async #submitChecked(key: string, bodySha256: string, request: () => JobRequest): Promise<JobRecord> {
		// Not with the client's signal: whoever asks with the same key meanwhile waits for this, too, and a client that hangs up finds its job by its key.
		const { warningsSeen, ...asked } = request();
		const { plan, findings } = await step('accept/check', () => this.#options.checker.check(asked, this.#options.signal));
		const refusing = refusingFindings(findings, warningsSeen);
		if (plan === null || refusing.length > 0) throw refusedRequest(findings, refusing);
		await step('accept/pin', () => this.#options.versions.pin(plan.version, plan.notebookPath));
		const now = this.#options.clock.now();
		const record: JobRecord = {
			stage: 'open',
			job: {
				id: this.#options.ids.next(now),
				name: plan.name,
				kind: plan.cells === 'all' ? 'notebook' : 'cell',
				state: 'accepted',
				reason: null,
				stateAsOf: isoTime(now),
				reachable: null,
				attempt: 0,
				cancelRequestedAt: null,
				project: plan.project,
				notebook: plan.notebook,
				version: plan.version,
				cells: plan.cells,
				parameters: plan.parameters,
				backend: plan.backend,
				resources: plan.resources,
				createdAt: isoTime(now),
				startedAt: null,
				endedAt: null,
				progress: { done: 0, total: plan.total },
				expiresAt: null,
				error: null,
				result: null,
			},
			work: {
				notebookPath: plan.notebookPath,
				python: plan.python,
				requestedPython: plan.requestedPython,
				kernelName: plan.kernelName,
				nativeKernel: plan.nativeKernel,
				injected: plan.injected,
				outside: plan.outside,
				handle: null,
				end: null,
				failures: 0,
				givenUp: null,
			},
		};
		try {
			await step('accept/write-down', () => this.#options.store.writeDown({ record, key, bodySha256 }));
			this.#options.book.add(record, key, bodySha256);
		} catch (error) {
			if (!isDiskFull(error)) throw error;
			throw new NightlogError('store/full', 'The disk is full: free some space and submit again. Nothing was stored.', {
				status: 507,
				retryable: true,
				cause: error,
			});
		}
		this.#options.onStored(record);
		return record;
	}

	#jobOf(id: JobId): Job {
		const record = this.#options.book.get(id);
		if (record === null) throw new NightlogError('job/not-found', 'The job of this key is being deleted.', { status: 404 });
		return record.job;
	}
}

function keyUsed(): NightlogError {
	return new NightlogError('job/key-used', 'This idempotency key was used for another request: take a new one.', { status: 409 });
}

/** JSON with sorted keys, so that the order in which a client writes them does not matter. */
function canonical(value: unknown): string {
	return JSON.stringify(value, (_, inner: unknown) =>
		typeof inner === 'object' && inner !== null && !Array.isArray(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);
}
