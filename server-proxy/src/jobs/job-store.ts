import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { JobId } from '@nightlog/shared/base/ids';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { JobState } from '@nightlog/shared/jobs/job-states';
import { isDiskFull } from '../durable/file-errors.ts';
import type { AcceptedJob, AcceptedLog } from './accepted-log.ts';
import type { JobRecord, JobStage, JobWork } from './job-record.ts';

/** Which jobs a page shows. */
export interface JobFilter {
	readonly cursor?: string;
	readonly limit: number;
	/** Absolute path. */
	readonly notebook?: string;
	readonly state?: JobState;
	readonly backend?: string;
	/** Found in name, notebook, backend or id, in any case. */
	readonly search?: string;
}

interface Row {
	readonly stage: JobStage;
	readonly job: string;
	readonly work: string;
}

/** So many jobs may wait for the index of words: it touches as many pages as all else of a new job, and somebody waits for that. */
const mostUnindexed = 64;

/**
 * The rows of jobs. Every method is one transaction and durable when it returns; with a log of accepted jobs, a new job is durable in that first, and its
 * row comes with the next transaction. Whoever asks sees it from the beginning.
 */
export class JobStore {
	readonly #database: DatabaseSync;
	readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

	/** How many jobs may not be in the index of words yet; a store that was closed with some says nothing. */
	#unindexed = 1;

	/** Jobs that are in the log and have no row yet. */
	readonly #pending = new Map<JobId, AcceptedJob>();
	readonly #accepted: AcceptedLog | null;

	/** @param accepted the log in which new jobs are written down first; null where a transaction is as quick */
	constructor(database: DatabaseSync, accepted: AcceptedLog | null = null) {
		this.#database = database;
		this.#accepted = accepted;
		for (const job of accepted?.found ?? [])
			if (!this.#hasRow(job.record.job.id) && this.findKey(job.key) === null) this.#pending.set(job.record.job.id, job);
		if (this.settle()) accepted?.clear();
	}

	/** The job that was stored with this key, and the digest of what was asked. */
	findKey(key: string): { bodySha256: string; id: JobId } | null {
		for (const job of this.#pending.values()) if (job.key === key) return { bodySha256: job.bodySha256, id: job.record.job.id };
		const row = this.#get('SELECT body_sha256, id FROM job_jobs WHERE key = ?', key);
		return row === undefined ? null : { bodySha256: String(row.body_sha256), id: String(row.id) as JobId };
	}

	/** Writes a new job down in the log, durably, before `insert` is told of it; does nothing where there is none. */
	writeDown(job: AcceptedJob): Promise<void> {
		return this.#accepted?.add(job) ?? Promise.resolve();
	}

	/** Stores a new job with its key. @throws when the key or the id is there already; then nothing is stored. */
	insert(record: JobRecord, key: string, bodySha256: string): void {
		if (this.#pending.has(record.job.id) || this.#hasRow(record.job.id)) throw new Error(`the id ${record.job.id} was given before`);
		if (this.#accepted !== null) {
			this.#pending.set(record.job.id, { record, key, bodySha256 });
			this.#accepted.take(record.job.id);
			return;
		}
		// Before it and not after: once the job is stored, nothing may fail any more.
		if (this.#unindexed >= mostUnindexed) this.#index();
		this.#transaction(() => this.#insertRow({ record, key, bodySha256 }));
		this.#unindexed += 1;
	}

	/** Gives every job its row. @returns false where the disk is full: then the log has them, and they are seen as before */
	settle(): boolean {
		try {
			if (this.#pending.size > 0) this.#transaction(() => {});
			return true;
		} catch (error) {
			if (isDiskFull(error)) return false;
			throw error;
		}
	}

	/** Ends the use of the log. */
	close(): void {
		try {
			this.settle();
		} finally {
			this.#accepted?.close();
		}
	}

	save(record: JobRecord): void {
		const update = () =>
			this.#run(
				'UPDATE job_jobs SET stage = ?, state = ?, backend = ?, notebook_path = ?, expires_at = ?, job = ?, work = ? WHERE id = ?',
				...columnsOf(record),
				record.job.id,
			);
		if (this.#pending.size === 0) update();
		else this.#transaction(update);
	}

	remove(id: JobId): void {
		this.#accepted?.forget(id);
		this.#transaction(() => {
			this.#run('DELETE FROM job_search WHERE rowid = (SELECT number FROM job_jobs WHERE id = ?)', id);
			this.#run('DELETE FROM job_jobs WHERE id = ?', id);
		});
	}

	/** The job, unless it is being deleted. */
	find(id: JobId): JobRecord | null {
		const pending = this.#pending.get(id);
		if (pending !== undefined) return pending.record;
		const row = this.#get("SELECT stage, job, work FROM job_jobs WHERE id = ? AND stage <> 'deleting'", id);
		return row === undefined ? null : recordOf(row);
	}

	/** Everything that the server is not finished with, oldest first; also what is being deleted. */
	unfinished(): JobRecord[] {
		const rows = this.#all("SELECT stage, job, work FROM job_jobs INDEXED BY job_list WHERE stage <> 'done' AND stage <> 'expired' ORDER BY id");
		// Ids grow: what has no row yet is newer than all that has one.
		return [...rows.map(recordOf), ...[...this.#pending.values()].map(({ record }) => record)];
	}

	/** The greatest id that was given; null in an empty store. */
	lastId(): JobId | null {
		return ([...this.#pending.keys()].at(-1) ?? this.#get('SELECT max(id) AS id FROM job_jobs')?.id ?? null) as JobId | null;
	}

	/** Jobs whose folder is to be removed by now. */
	expired(now: string, limit: number): JobRecord[] {
		return this.#all("SELECT stage, job, work FROM job_jobs WHERE stage = 'done' AND expires_at <= ? ORDER BY expires_at LIMIT ?", now, limit).map(
			recordOf,
		);
	}

	/** A page, newest first. */
	list(filter: JobFilter): { records: JobRecord[]; next: string | null } {
		const newest = this.settle() ? [] : [...this.#pending.values()].map(({ record }) => record).filter((record) => isIn(record, filter));
		const where: string[] = ["stage <> 'deleting'"];
		const values: SQLInputValue[] = [];
		let from = 'job_jobs INDEXED BY job_list';
		let order = 'id DESC';
		const add = (condition: string, ...more: SQLInputValue[]) => {
			where.push(condition);
			values.push(...more);
		};
		const search = filter.search?.trim().toLowerCase() ?? '';
		// The index of words knows nothing shorter than three letters; such a text is in most jobs, so that a page is found soon.
		// Nor is it asked where the list of jobs alone leaves few rows to look into.
		const isNarrow = filter.notebook !== undefined || (filter.state !== undefined && filter.state !== 'succeeded');
		const byWords = [...search].length >= 3 && !isNarrow && this.#isIndexed();
		if (byWords) {
			// Numbers grow with ids; in that order the index of words needs no sorting.
			from = 'job_search JOIN job_jobs ON number = job_search.rowid';
			order = 'job_search.rowid DESC';
			add('job_search MATCH ?', `"${search.replaceAll('"', '""')}"`);
			if (filter.cursor !== undefined) {
				add('job_search.rowid <= coalesce((SELECT number FROM job_jobs WHERE id < ? ORDER BY id DESC LIMIT 1), 0)', filter.cursor);
			}
		} else if (filter.cursor !== undefined) add('id < ?', filter.cursor);
		if (filter.notebook !== undefined) add('notebook_path = ?', filter.notebook);
		if (filter.state !== undefined) add('state = ?', filter.state);
		if (filter.backend !== undefined) add('backend = ?', filter.backend);
		// Last, for it is the only one that has to look into the rows.
		if (!byWords && search !== '') add('instr(search_text, ?) > 0', search);
		const rows = this.#all(
			`SELECT stage, job, work FROM ${from} WHERE ${where.join(' AND ')} ORDER BY ${order} LIMIT ?`,
			...values,
			filter.limit + 1,
		);
		const all = [...newest.reverse(), ...rows.map(recordOf)];
		const records = all.slice(0, filter.limit);
		return { records, next: all.length > filter.limit ? (records.at(-1)?.job.id ?? null) : null };
	}

	/** How many jobs are in each state, by backend. */
	countByState(): { state: JobState; backend: string; count: number }[] {
		this.settle();
		return this.#all(
			"SELECT state, backend, count(*) AS count FROM job_jobs INDEXED BY job_list WHERE stage <> 'deleting' GROUP BY state, backend",
		).map((row) => ({
			state: String(row.state) as JobState,
			backend: String(row.backend),
			count: Number(row.count),
		}));
	}

	/** Whether the index of words is up to date now; on a full disk it cannot be, and the jobs are looked through one by one. */
	#isIndexed(): boolean {
		try {
			this.#index();
			return true;
		} catch (error) {
			if (isDiskFull(error)) return false;
			throw error;
		}
	}

	/** Brings the index of words up to date. It holds all jobs up to a number, so that its last one says where to go on. */
	#index(): void {
		if (this.#unindexed === 0) return;
		const last = Number(this.#get('SELECT rowid FROM job_search ORDER BY rowid DESC LIMIT 1')?.rowid ?? 0);
		this.#run('INSERT INTO job_search (rowid, text) SELECT number, search_text FROM job_jobs WHERE number > ?', last);
		this.#unindexed = 0;
	}

	/** One transaction, in which every job that has none yet is given its row first. */
	#transaction(run: () => void): void {
		const pending = [...this.#pending.values()];
		this.#database.exec('BEGIN IMMEDIATE');
		try {
			for (const job of pending) this.#insertRow(job);
			run();
			this.#database.exec('COMMIT');
		} catch (error) {
			// After some errors, a full disk among them, SQLite has rolled back by itself (sqlite.org/lang_transaction.html).
			if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
			throw error;
		}
		if (pending.length === 0) return;
		for (const { record } of pending) this.#pending.delete(record.job.id);
		this.#unindexed += pending.length;
		this.#accepted?.clear();
		if (this.#unindexed >= mostUnindexed) this.#isIndexed();
	}

	#insertRow({ record, key, bodySha256 }: AcceptedJob): void {
		this.#run(
			'INSERT INTO job_jobs (id, key, body_sha256, search_text, stage, state, backend, notebook_path, expires_at, job, work) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
			record.job.id,
			key,
			bodySha256,
			searchText(record),
			...columnsOf(record),
		);
	}

	#hasRow(id: JobId): boolean {
		return this.#get('SELECT 1 FROM job_jobs WHERE id = ?', id) !== undefined;
	}

	#statement(sql: string): ReturnType<DatabaseSync['prepare']> {
		const known = this.#statements.get(sql);
		if (known !== undefined) return known;
		const statement = this.#database.prepare(sql);
		this.#statements.set(sql, statement);
		return statement;
	}

	#run(sql: string, ...values: SQLInputValue[]) {
		return this.#statement(sql).run(...values);
	}

	#get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
		return this.#statement(sql).get(...values);
	}

	#all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
		return this.#statement(sql).all(...values);
	}
}

/** What the list's query asks of a row, asked of a job that has none yet. */
function isIn(record: JobRecord, { cursor, notebook, state, backend, search }: JobFilter): boolean {
	const { job, work } = record;
	return (
		(cursor === undefined || job.id < cursor) &&
		(notebook === undefined || work.notebookPath === notebook) &&
		(state === undefined || job.state === state) &&
		(backend === undefined || job.backend === backend) &&
		searchText(record).includes(search?.trim().toLowerCase() ?? '')
	);
}

function columnsOf({ job, work, stage }: JobRecord): SQLInputValue[] {
	return [stage, job.state, job.backend, work.notebookPath, job.expiresAt, JSON.stringify(job), JSON.stringify(work)];
}

function recordOf(row: Record<string, unknown>): JobRecord {
	const { stage, job, work } = row as unknown as Row;
	return { stage, job: JSON.parse(job) as Job & { id: JobId }, work: JSON.parse(work) as JobWork };
}

function searchText({ job, work }: JobRecord): string {
	return [job.name, work.notebookPath, job.backend, job.id].join('\n').toLowerCase();
}
