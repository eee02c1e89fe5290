import type { CommitOid, JobId } from '@nightlog/shared/base/ids';
import type { ParameterValues } from '@nightlog/shared/base/parameter-values';
import type { Finding } from '@nightlog/shared/jobs/finding';
import type { Job, JobCheck, JobRequest } from '@nightlog/shared/jobs/job-schema';
import type { JobState } from '@nightlog/shared/jobs/job-states';
import type { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import type { Parameter } from '@nightlog/shared/parameters/parameter-schema';
import type { HistoryOffer, UnkeptSave, UnreadableVersions, Version, VersionDetail } from '@nightlog/shared/versions/version-schema';

/** Ends a subscription. */
export interface Subscription {
	dispose(): void;
}

/** A file of a version. */
export interface VersionFile {
	/** Relative to the project, with '/', never leaving it. */
	readonly path: string;
	readonly mode: '100644' | '100755' | '120000';
	/** Null where it is not known before the file is read. */
	readonly sizeBytes: number | null;
	/** Null for a file that is neither on disk nor in the repository, see `Repository.mayLackFiles`: the job goes without it. */
	read(): Promise<Uint8Array | null>;
}

/** A version together with everything a job needs of it. */
export interface VersionContent {
	readonly detail: VersionDetail;
	/** The notebook in full, outputs put back: the bytes that were kept. */
	readonly notebook: Uint8Array;
	/** All other files of the version's tree but those below `.nightlog/`. */
	readonly files: readonly VersionFile[];
}

/** What a job would run of a notebook. */
export interface NotebookCode {
	readonly detail: Pick<VersionDetail, 'project' | 'notebook' | 'files' | 'reason'>;
	/** Large outputs may stand as placeholders. */
	readonly notebook: Uint8Array;
	/** Whether files of the branch may be missing, see `VersionFile.read`. */
	readonly mayLackFiles: boolean;
}

/** What became of a version. */
export interface VersionChange {
	/** Absolute path, links resolved. */
	readonly notebook: string;
	/** As it is now. */
	readonly version: Version;
	/** Whether it was made just now. */
	readonly isNew: boolean;
}

/** Whether the saves of a notebook are kept. */
export interface UnkeptChange {
	/** Absolute path, links resolved. */
	readonly notebook: string;
	/** Null: they are again. */
	readonly unkept: UnkeptSave | null;
}

/** Versions of notebooks. Paths are absolute paths of this machine; one that is no notebook on this disk is refused with `notebook/not-found`. */
export interface VersionService {
	open(
		request: { notebook: string; client: string; editor?: string; closed?: boolean },
		signal: AbortSignal,
	): Promise<{
		project: string;
		repository: string;
		inProject: boolean;
		note: string | null;
		offer: HistoryOffer | null;
		/** Null where it has some that cannot be read. */
		versions: number | null;
		unkept: UnkeptSave | null;
	}>;
	/** `created` is false when nothing changed since that version. */
	keep(
		request: {
			notebook: string;
			content?: string;
			reason: 'save' | 'submit' | 'label' | 'keep';
			label?: string;
			move?: boolean;
			parameters?: ParameterValues;
			editor?: string;
			session?: string;
		},
		signal: AbortSignal,
	): Promise<{ version: VersionDetail; created: boolean }>;
	list(
		request: { notebook: string; results: boolean; cursor?: string; limit: number },
		signal: AbortSignal,
	): Promise<{
		versions: Version[];
		next: string | null;
		offer: HistoryOffer | null;
		unkept: UnkeptSave | null;
		unreadable: UnreadableVersions | null;
	}>;
	/**
	 * Takes the offer for all notebooks of the folder: what the person's own store has of them moves into the repository that the folder has become. Nothing
	 * happens where nothing is offered. @throws NightlogError `version/histories-differ` (409)
	 */
	moveIn(
		notebook: string,
		signal: AbortSignal,
	): Promise<{ repository: string; inProject: boolean; notebooks: { notebook: string; versions: number }[] }>;
	/** @throws NightlogError `version/not-found` (404), `version/replaced` (410, data.successor) */
	get(id: CommitOid, notebook: string, signal: AbortSignal): Promise<VersionDetail>;
	/**
	 * Absolute path of the notebook of a version as it is now, followed through renames; null where it is not found. `notebook` is its path when the
	 * version was made. @throws as `get`
	 */
	findNow(id: CommitOid, notebook: string, signal: AbortSignal): Promise<string | null>;
	/** The bytes that were kept. */
	readNotebook(id: CommitOid, notebook: string, signal: AbortSignal): Promise<Uint8Array>;
	/** A version and what it runs: the notebook with large outputs cut out, where it was submitted and is known to be valid; else in full. */
	readCode(id: CommitOid, notebook: string, signal: AbortSignal): Promise<NotebookCode & Pick<VersionContent, 'detail'>>;
	/** What would be kept of a notebook for a job now, as `readCode` gives it; nothing is kept. @throws as `keep` */
	preview(notebook: string, signal: AbortSignal): Promise<NotebookCode>;
	content(id: CommitOid, notebook: string, signal: AbortSignal): Promise<VersionContent>;
	label(id: CommitOid, notebook: string, label: string | null, move: boolean, signal: AbortSignal): Promise<VersionDetail>;
	restore(
		id: CommitOid,
		notebook: string,
		to: string | null,
		signal: AbortSignal,
	): Promise<{ notebook: string; restored: Version; before: Version | null }>;
	/** Marks a version as given out (to a job, a view, a result), so that a later save does not replace it. */
	pin(id: CommitOid, notebook: string): Promise<void>;
	/** Keeps a job's executed notebook as `results/<job id>` with the submitted version as its parent. Idempotent by job. */
	keepResult(
		request: { job: JobId; version: CommitOid; notebook: string; executed: Uint8Array; receipt: Receipt | null; parameters: ParameterValues },
		signal: AbortSignal,
	): Promise<CommitOid>;
	/** The bytes of the run record that a result holds; null where it holds none. @throws NightlogError `version/not-found` (404) */
	readReceipt(result: CommitOid, notebook: string, signal: AbortSignal): Promise<Uint8Array | null>;
	parameters(
		request: { notebook: string; content?: string; version?: CommitOid },
		signal: AbortSignal,
	): Promise<{ parameters: Parameter[]; findings: Finding[] }>;
	/** Told of each version that is made, named, renamed, or comes to lie in another repository. */
	onDidChange(listener: (change: VersionChange) => void): Subscription;
	/** Told when a save that nobody waits for could not be kept, and when one is kept again. */
	onDidMiss(listener: (change: UnkeptChange) => void): Subscription;
	dispose(): Promise<void>;
}

/** Jobs of this person. Links in `Job` are made by the routes from `resultFile` and `files`. */
export interface JobService {
	check(request: JobCheck, signal: AbortSignal): Promise<Finding[]>;
	/** Durable before it answers. @throws NightlogError `job/check-failed` (422, errors and data.findings), `job/key-used` (409) */
	submit(request: JobRequest, idempotencyKey: string, signal: AbortSignal): Promise<{ job: Job; created: boolean }>;
	rerun(
		id: JobId,
		changes: Partial<Pick<JobRequest, 'parameters' | 'backend' | 'resources' | 'name' | 'python' | 'exactPython'>>,
		idempotencyKey: string,
		signal: AbortSignal,
	): Promise<{ job: Job; created: boolean }>;
	list(request: { cursor?: string; limit: number; notebook?: string; state?: JobState; backend?: string; search?: string }): {
		jobs: Job[];
		next: string | null;
	};
	/** @throws NightlogError `job/not-found` */
	get(id: JobId): Job;
	cancel(id: JobId, signal: AbortSignal): Promise<Job>;
	/** @throws NightlogError `job/still-open` (409) */
	delete(id: JobId, signal: AbortSignal): Promise<void>;
	/** Absolute paths inside the job's folder, links resolved and checked against it; null where it is not there (yet). */
	/** @throws NightlogError `job/expired` (404) where the folder is kept no longer */
	logFile(id: JobId): Promise<string | null>;
	resultFile(id: JobId): Promise<string | null>;
	outputFile(id: JobId, relativePath: string): Promise<string | null>;
	/** From the job's folder; where that has none, or is kept no longer, from the version of its result. */
	receipt(id: JobId): Promise<Receipt | null>;
	/** @throws NightlogError `job/expired` (404) where the folder is kept no longer */
	events(id: JobId, after: number): Promise<Record<string, unknown>[]>;
	openCount(): number;
	/** How many jobs are in each state, by backend; for the metrics. */
	countByState(): { state: JobState; backend: string; count: number }[];
	onDidChange(listener: (event: { kind: 'job'; job: Job } | { kind: 'job-deleted'; id: JobId }) => void): Subscription;
	dispose(): Promise<void>;
}
