import type { Client } from '../api/client.ts';
import type { ServerEvent } from '../api/event-stream.ts';
import type { OperationQuery } from '../api/operation-types.ts';
import { isNightlogError, type NightlogError } from '../base/nightlog-error.ts';
import type { Job } from '../jobs/job-schema.ts';

/** What is known of a person's jobs. */
export interface JobListState {
	/** Newest first. */
	readonly jobs: readonly Job[];
	/** Whether the server has answered at least once. */
	readonly loaded: boolean;
	/** Whether there are older ones. */
	readonly hasMore: boolean;
	/** Why the list could not be read; what was known before still stands. */
	readonly error: NightlogError | null;
}

const pageSize = 100;

/** A person's jobs: read once, then kept up to date by the server's events. */
export class JobList {
	private readonly client: Client;
	private readonly onDidChange: (job: Job | null) => void;
	private readonly jobs = new Map<string, Job>();
	/** What happened while a page was on its way: it is newer than the page. */
	private missed: ServerEvent[] | null = null;
	private next: string | null = null;
	private loaded = false;
	private error: NightlogError | null = null;
	private loading: Promise<void> | null = null;

	/** @param onDidChange called after every change, with the job where it concerns one */
	constructor(client: Client, onDidChange: (job: Job | null) => void) {
		this.client = client;
		this.onDidChange = onDidChange;
	}

	/** What is known now. */
	get state(): JobListState {
		// A job's id begins with the time when it was made.
		const jobs = [...this.jobs.values()].sort((first, second) => (first.id < second.id ? 1 : -1));
		return { jobs, loaded: this.loaded, hasMore: this.next !== null, error: this.error };
	}

	/** A job, if it is known. */
	get(id: string): Job | undefined {
		return this.jobs.get(id);
	}

	/** Reads the newest jobs again. Calls that come while one is under way share it. */
	reload(signal: AbortSignal): Promise<void> {
		this.loading ??= this.load(null, signal).finally(() => {
			this.loading = null;
		});
		return this.loading;
	}

	/** Reads older jobs. */
	async loadMore(signal: AbortSignal): Promise<void> {
		await this.loading;
		if (this.next !== null) {
			this.loading ??= this.load(this.next, signal).finally(() => {
				this.loading = null;
			});
			await this.loading;
		}
	}

	/** Takes in what the server told. A `reset` needs a `reload` by the caller. */
	apply(event: ServerEvent): void {
		this.missed?.push(event);
		if (event.type === 'job') {
			this.jobs.set(event.job.id, event.job);
			this.onDidChange(event.job);
		} else if (event.type === 'job-deleted' && this.jobs.delete(event.id)) this.onDidChange(null);
	}

	private async load(cursor: string | null, signal: AbortSignal): Promise<void> {
		const missed: ServerEvent[] = [];
		this.missed = missed;
		try {
			const query: OperationQuery<'listJobs'> = cursor === null ? { limit: pageSize } : { limit: pageSize, cursor };
			const page = await this.client.call('listJobs', { query, signal });
			if (cursor === null) this.jobs.clear();
			for (const job of page.jobs) this.jobs.set(job.id, job);
			for (const event of missed) {
				if (event.type === 'job') this.jobs.set(event.job.id, event.job);
				else if (event.type === 'job-deleted') this.jobs.delete(event.id);
			}
			this.next = page.next;
			this.loaded = true;
			this.error = null;
		} catch (error) {
			if (signal.aborted) return;
			if (!isNightlogError(error)) throw error;
			this.error = error;
		} finally {
			this.missed = null;
		}
		this.onDidChange(null);
	}
}
