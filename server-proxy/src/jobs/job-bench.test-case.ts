import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Job, JobRequest } from '@nightlog/shared/jobs/job-schema';
import { type BackendRegistry, createBackendRegistry } from '../backends/registry.ts';
import type { JobService, VersionService } from '../services.ts';
import { AcceptedLog } from './accepted-log.ts';
import { type FakeCell, FakeVersions } from './fake-versions.test-case.ts';
import { systemClock } from './job-clock.ts';
import { createJobService, type JobServiceOptions } from './job-service.ts';
import { jobTables, jobTablesOfFormat2 } from './job-tables.ts';

const fakeRunner = fileURLToPath(new URL('./__fixtures__/fake-runner.py', import.meta.url));

/** What a test may choose of the local backend; by default its runner is one without a kernel. */
interface BenchOptions {
	readonly slots?: number;
	readonly graceMs?: number;
	readonly python?: string;
	/** Whether the site forbids any other Python. */
	readonly pythonLocked?: boolean;
	readonly runner?: string;
	/** Whether new jobs are written down in a log first, as where the store lies on a network. */
	readonly withLog?: boolean;
}

/** A jobs service on a folder of its own, with real processes and a runner without a kernel. */
export class JobBench {
	readonly root: string;
	readonly project: string;
	readonly stateFolder: string;
	readonly versions: FakeVersions;
	readonly logged: string[] = [];
	jobs!: JobService;
	backends!: BackendRegistry;
	database!: DatabaseSync;
	#key = 0;
	/** The service alone keeps no process alive. */
	#alive: NodeJS.Timeout | undefined;

	constructor(root = mkdtempSync(path.join(tmpdir(), 'nl-jobs-'))) {
		this.root = root;
		this.project = path.join(root, 'home', 'project');
		this.stateFolder = path.join(root, 'state');
		mkdirSync(path.join(this.project, 'notebooks'), { recursive: true });
		mkdirSync(this.stateFolder, { recursive: true });
		this.versions = new FakeVersions(path.join(root, 'versions'));
		this.#writePython();
	}

	/** A Python that says it has what jobs need, whatever the machine has. */
	get python(): string {
		return path.join(this.root, 'python');
	}

	async start(change: Partial<JobServiceOptions> & BenchOptions = {}): Promise<JobService> {
		this.#alive = setInterval(() => undefined, 1000);
		const { slots = 2, graceMs = 300, python = this.python, pythonLocked = false, runner = fakeRunner, withLog = false, ...options } = change;
		const log = {
			write: (level: string, message: string, fields: unknown) => void this.logged.push(`${level} ${message} ${JSON.stringify(fields)}`),
		};
		this.backends = createBackendRegistry({
			configuration: { local: { type: 'local', slots, python } },
			isLocked: (_name, key) => pythonLocked && key === 'python',
			runner,
			environment: process.env,
			log,
			graceMs,
		});
		this.database = openDatabase(path.join(this.stateFolder, 'store.db'));
		this.jobs = await createJobService({
			stateFolder: this.stateFolder,
			database: this.database,
			accepted: withLog ? new AcceptedLog(path.join(this.stateFolder, 'accepted.jsonl')) : null,
			versions: this.versions as unknown as VersionService,
			backends: this.backends,
			clock: systemClock,
			random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
			assertLease: async () => undefined,
			log,
			retention: { days: 30 },
			environment: process.env,
			fallbackPython: null,
			...options,
		});
		return this.jobs;
	}

	/** Ends the server, not its jobs. */
	async stop(): Promise<void> {
		clearInterval(this.#alive);
		await this.jobs.dispose();
		await this.backends.dispose();
		this.database.close();
	}

	async remove(): Promise<void> {
		await this.stop();
		rmSync(this.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
	}

	request(
		cells: readonly FakeCell[],
		files: Parameters<FakeVersions['make']>[3] = {},
		change: Partial<JobRequest> = {},
		kernelspec?: Parameters<FakeVersions['make']>[4],
	): JobRequest {
		const version = this.versions.make(this.project, 'notebooks/a.ipynb', cells, files, kernelspec);
		return { notebook: path.join(this.project, 'notebooks', 'a.ipynb'), version, ...change };
	}

	async submit(cells: readonly FakeCell[], files: Parameters<FakeVersions['make']>[3] = {}, change: Partial<JobRequest> = {}): Promise<Job> {
		this.#key += 1;
		const { job } = await this.jobs.submit(
			this.request(cells, files, change),
			`key-${process.pid}-${this.#key}-${performance.now()}`,
			new AbortController().signal,
		);
		return job;
	}

	/** The job once this is so. */
	until(id: string, so: (job: Job) => boolean): Promise<Job> {
		return new Promise((resolve) => {
			const look = (job: Job) => {
				if (job.id !== id || !so(job)) return;
				subscription.dispose();
				resolve(job);
			};
			const subscription = this.jobs.onDidChange((news) => news.kind === 'job' && look(news.job));
			look(this.jobs.get(id as never));
		});
	}

	ended(id: string): Promise<Job> {
		return this.until(id, (job) => ['succeeded', 'failed', 'cancelled', 'lost'].includes(job.state));
	}

	/** Absolute path in the job's folder. */
	inFolder(job: Job, ...parts: readonly string[]): string {
		return path.join(this.stateFolder, 'jobs', job.id, ...parts);
	}

	/** Absolute path in the job's tree of what lies there in the project. */
	inTree(job: Job, ...parts: readonly string[]): string {
		return this.inFolder(job, 'tree', path.relative('/', this.project), ...parts);
	}

	put(relative: string, text: string): string {
		const file = path.join(this.project, relative);
		mkdirSync(path.dirname(file), { recursive: true });
		writeFileSync(file, text);
		return file;
	}

	#writePython(): void {
		const probe = {
			executable: this.python,
			version: [3, 11],
			zmq: true,
			kernels: { python3: { displayName: 'Python 3', language: 'python', program: this.python } },
			modules: ['sys', 'os', 'ipykernel_launcher'],
			watched: [],
		};
		// Answers the probe by itself, and is the machine's Python otherwise.
		writeFileSync(
			this.python,
			`#!/bin/sh\ncase "$1:$2" in\n-c:*nightlog_runner*) cat <<'PROBE'\n${JSON.stringify(probe)}\nPROBE\n;;\n*) exec python3 "$@" ;;\nesac\n`,
		);
		chmodSync(this.python, 0o755);
	}
}

/** A store with the tables of jobs, as the server opens it. */
export function openDatabase(file: string): DatabaseSync {
	const database = new DatabaseSync(file);
	database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
	if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'job_jobs'").get() === undefined) {
		database.exec('BEGIN EXCLUSIVE');
		for (const statement of [...jobTables, ...jobTablesOfFormat2]) database.exec(statement);
		database.exec('COMMIT');
	}
	return database;
}
