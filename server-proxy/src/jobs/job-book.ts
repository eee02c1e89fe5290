import type { JobId } from '@nightlog/shared/base/ids';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { canFollow, type JobState } from '@nightlog/shared/jobs/job-states';
import { errorFields, type Log } from '../log/open-log.ts';
import type { Subscription } from '../services.ts';
import { isOpen, type JobRecord, type JobStage, type JobWork } from './job-record.ts';
import type { JobStore } from './job-store.ts';

/** A change of one job. */
export interface JobChange {
	readonly job?: Partial<Job>;
	readonly work?: Partial<JobWork>;
	readonly stage?: JobStage;
}

/** What is told of jobs. */
export type JobNews = { readonly kind: 'job'; readonly job: Job } | { readonly kind: 'job-deleted'; readonly id: JobId };

/** The jobs that are not finished with, in memory, over the store: what is changed here is stored first and told then. */
export class JobBook {
	readonly #store: JobStore;
	readonly #log: Pick<Log, 'write'>;
	readonly #live = new Map<JobId, JobRecord>();
	readonly #listeners = new Set<(news: JobNews) => void>();

	constructor(store: JobStore, log: Pick<Log, 'write'>) {
		this.#store = store;
		this.#log = log;
		for (const record of store.unfinished()) this.#live.set(record.job.id, record);
	}

	/** The job as it is now; null where there is none, or it is being deleted. */
	get(id: JobId): JobRecord | null {
		const live = this.#live.get(id);
		if (live !== undefined) return live.stage === 'deleting' ? null : live;
		return this.#store.find(id);
	}

	/** Jobs in this stage, oldest first. */
	inStage(...stages: readonly JobStage[]): JobRecord[] {
		return [...this.#live.values()].filter((record) => stages.includes(record.stage)).sort((a, b) => (a.job.id < b.job.id ? -1 : 1));
	}

	/** Jobs that have not ended, oldest first; of one backend where it is named. */
	open(backend?: string): JobRecord[] {
		return this.inStage('open').filter((record) => isOpen(record) && (backend === undefined || record.job.backend === backend));
	}

	add(record: JobRecord, key: string, bodySha256: string): void {
		this.#store.insert(record, key, bodySha256);
		this.#live.set(record.job.id, record);
		this.#tell({ kind: 'job', job: record.job });
	}

	/**
	 * Changes a job, durably. A state that may not follow the one it has leaves the whole change undone: what is final stays final.
	 * Answers whether it was changed.
	 */
	change(id: JobId, change: JobChange): boolean {
		const before = this.get(id);
		if (before === null) return false;
		const state: JobState = change.job?.state ?? before.job.state;
		if (state !== before.job.state && !canFollow(before.job.state, state)) return false;
		const after: JobRecord = {
			job: { ...before.job, ...change.job, id },
			work: { ...before.work, ...change.work },
			stage: change.stage ?? before.stage,
		};
		this.#store.save(after);
		if (after.stage === 'done' || after.stage === 'expired') this.#live.delete(id);
		else this.#live.set(id, after);
		if (after.stage === 'deleting') this.#tell({ kind: 'job-deleted', id });
		else if (!sameJob(before.job, after.job)) this.#tell({ kind: 'job', job: after.job });
		return true;
	}

	/** Notes that a job is over, where the next server would find out the same. Not stored until its next change. */
	noteEnding(id: JobId, job: Partial<Job>, work: Partial<JobWork>): void {
		const before = this.#live.get(id);
		if (before?.stage === 'open') this.#live.set(id, { job: { ...before.job, ...job, id }, work: { ...before.work, ...work }, stage: 'ending' });
	}

	/** Notes how far a job is. Not stored until its next change: after a crash it is read from the job's own events again. */
	note(id: JobId, job: Partial<Pick<Job, 'progress' | 'stateAsOf' | 'attempt'>>): void {
		const before = this.#live.get(id);
		if (before === undefined || before.stage === 'deleting') return;
		const after = { ...before, job: { ...before.job, ...job } };
		this.#live.set(id, after);
		if (!sameJob(before.job, after.job)) this.#tell({ kind: 'job', job: after.job });
	}

	/** Forgets a job that was being deleted. */
	remove(id: JobId): void {
		this.#store.remove(id);
		this.#live.delete(id);
	}

	/** The live state of a job that came from the store. */
	latest(record: JobRecord): JobRecord {
		return this.#live.get(record.job.id) ?? record;
	}

	onDidChange(listener: (news: JobNews) => void): Subscription {
		this.#listeners.add(listener);
		return { dispose: () => void this.#listeners.delete(listener) };
	}

	#tell(news: JobNews): void {
		for (const listener of this.#listeners) {
			try {
				listener(news);
			} catch (error) {
				// What is stored is stored; one listener's trouble is neither the job's nor the other listeners'.
				this.#log.write('error', 'somebody who is told of jobs failed', errorFields(error));
			}
		}
	}
}

/** Whether two states of a job look the same but for the time at which the backend was asked. */
function sameJob(a: Job, b: Job): boolean {
	return JSON.stringify({ ...a, stateAsOf: '' }) === JSON.stringify({ ...b, stateAsOf: '' });
}
