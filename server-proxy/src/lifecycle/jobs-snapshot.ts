import path from 'node:path';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { isFinalState, jobStates } from '@nightlog/shared/jobs/job-states';
import { readJsonFile } from '../files/read-json-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { JobService } from '../services.ts';

/** `jobs.snapshot.json`: the newest jobs, for other machines with the same home. */
export interface JobsSnapshot {
	readonly format: 1;
	/** Where the server runs that has the store. */
	readonly host: string;
	readonly writtenAt: string;
	readonly jobs: readonly Job[];
}

/** At most this often. */
export const snapshotMs = 5_000;
/** Open jobs all stand in it, and so many ended ones. */
const snapshotJobs = 500;

/** What stands in a snapshot: the newest jobs, and every one that is open, however many came after it. */
export function jobsOfSnapshot(jobs: Pick<JobService, 'list' | 'openCount'>): Job[] {
	const newest = jobs.list({ limit: snapshotJobs }).jobs;
	if (newest.filter(({ state }) => !isFinalState(state)).length >= jobs.openCount()) return newest;
	const known = new Set(newest.map(({ id }) => id));
	const older: Job[] = [];
	for (const state of jobStates.filter((each) => !isFinalState(each))) {
		let page = jobs.list({ limit: snapshotJobs, state });
		for (;;) {
			older.push(...page.jobs.filter(({ id }) => !known.has(id)));
			if (page.next === null) break;
			page = jobs.list({ limit: snapshotJobs, state, cursor: page.next });
		}
	}
	return [...newest, ...older.sort((left, right) => (left.id < right.id ? 1 : -1))];
}

function fileOf(stateFolder: string): string {
	return path.join(stateFolder, 'jobs.snapshot.json');
}

/** What a snapshot writer needs. */
export interface SnapshotWriterOptions {
	readonly stateFolder: string;
	readonly host: string;
	readonly now: () => Date;
	readonly jobs: () => readonly Job[];
	readonly startTimer: (delayMs: number, run: () => void) => () => void;
	readonly onError: (error: unknown) => void;
}

/** Writes the snapshot after changes. */
export class SnapshotWriter {
	readonly #options: SnapshotWriterOptions;
	#stopTimer: (() => void) | null = null;
	#writing: Promise<void> = Promise.resolve();
	#changed = false;

	constructor(options: SnapshotWriterOptions) {
		this.#options = options;
	}

	/** A job changed. */
	touch(): void {
		this.#changed = true;
		this.#stopTimer ??= this.#options.startTimer(snapshotMs, () => {
			this.#stopTimer = null;
			this.flush().catch(this.#options.onError);
		});
	}

	/** Writes what is not yet written. */
	flush(): Promise<void> {
		this.#writing = this.#writing
			.catch(() => undefined)
			.then(async () => {
				if (!this.#changed) return;
				this.#changed = false;
				const { stateFolder, host, now, jobs } = this.#options;
				const snapshot: JobsSnapshot = { format: 1, host, writtenAt: now().toISOString(), jobs: jobs() };
				await replaceFile(fileOf(stateFolder), JSON.stringify(snapshot));
			});
		return this.#writing;
	}

	/** Writes for the last time. */
	async dispose(): Promise<void> {
		this.#stopTimer?.();
		this.#stopTimer = null;
		await this.flush();
	}
}

/** The snapshot that the owner of the store wrote last; null where there is none. */
export async function readSnapshot(stateFolder: string): Promise<JobsSnapshot | null> {
	const found = await readJsonFile(fileOf(stateFolder));
	const value = typeof found === 'object' ? (found.value as Partial<JobsSnapshot> | null) : null;
	return value?.format === 1 && Array.isArray(value.jobs) ? (value as JobsSnapshot) : null;
}
