import type { ChildProcess } from 'node:child_process';
import { type FSWatcher, statSync, watch } from 'node:fs';
import { availableParallelism, hostname, totalmem } from 'node:os';
import type { JobId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { endsWithSessionCode } from '@nightlog/shared/jobs/ends-with-session';
import type { Finding } from '@nightlog/shared/jobs/finding';
import type { BackendExit } from '@nightlog/shared/jobs/job-outcome';
import { step } from '../../durable/crash-points.ts';
import { hasCode, isOutOfFiles } from '../../durable/file-errors.ts';
import { errorFields, type Log } from '../../log/open-log.ts';
import type { Backend, BackendCapabilities, BackendHandle, BackendJob, BackendLimits, BackendStatus, BegunJob } from '../backend.ts';
import { jobEnvironment } from '../job-environment.ts';
import { checkLocalResources } from './check-local-resources.ts';
import { type ControlGroups, findControlGroups, makeJobGroups, removeJobGroups, wasOutOfMemory } from './control-groups.ts';
import { findJobProcesses, killJobProcesses, sendSignal } from './job-processes.ts';
import { claimCancelled, processFilePath, readProcessFile } from './process-file.ts';
import { awakeSeconds, isRunning, type ProcessIdentity, readStat } from './process-identity.ts';
import { diskFull, recoverResult } from './recover-result.ts';
import { begunBefore, startProcess } from './start-process.ts';

/** What the local backend needs of the outside. */
export interface LocalBackendOptions {
	readonly name: string;
	/** How many jobs run at a time. */
	readonly slots: number;
	/** Absolute path of `runner.pyz`. */
	readonly runner: string;
	/** The server's environment, of which a job gets what is allowed. */
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Further variables that a job may have. */
	readonly allowedVariables: readonly string[];
	/** Whether the runner keeps the notebook's folder from all that a job starts, not from Python alone. */
	readonly protectFolder: boolean;
	/** How long a job may take to save after it was asked to end, before it is killed. */
	readonly graceMs: number;
	/** Id of this boot of the machine. */
	readonly bootId: string;
	/** What ends its jobs together with the session in which this server runs, in a sentence; null where nothing is known to. */
	readonly endsWithSession: string | null;
	/** How long a job may go on after its wall time before it is ended: the runner ends by itself and keeps 10 s to save. */
	readonly wallTimeGraceSeconds: number;
	readonly log: Pick<Log, 'write'>;
}

/** What of a job is needed to start it, kept in its handle. */
interface LaunchPlan {
	readonly python: string;
	readonly cpus: number | null;
	readonly memoryBytes: number | null;
	readonly wallTimeSeconds: number | null;
	/** Boot of the machine that it was submitted on: after another one its files may be there without their content. */
	readonly bootId: string;
}

type Phase =
	| { readonly kind: 'queued' }
	| { readonly kind: 'running'; readonly identity: ProcessIdentity; readonly child: ChildProcess | null; readonly begunAwakeSeconds: number }
	/** It was begun on another machine that has the same home; from here nobody can tell whether it still runs. */
	| { readonly kind: 'elsewhere'; readonly host: string }
	| { readonly kind: 'ended'; readonly exit: BackendExit; readonly detail: string | null; readonly endedAt: string | null };

interface Entry {
	readonly id: JobId;
	readonly folder: string;
	readonly plan: LaunchPlan;
	phase: Phase;
	/** Why it could not be started yet though there was a slot, and is tried again; null where that is not so. */
	problem: unknown;
	watcher: FSWatcher | null;
	/** Whether this backend saw it end, and to it that nothing is left of it. */
	settled: boolean;
	/** Set when it was asked to end: by whom, and when it is killed (of the process's own clock, `performance.now`). */
	ending: { readonly why: 'cancelled' | 'wall-time'; readonly killAt: number } | null;
}

/** Files whose change means that a job's progress or end can be read. */
const toldBy = new Set(['events.ndjson', 'receipt.json']);
const tickMs = 1000;
/** Tells the runner to leave the folder to Python's hook (`guarding.py`). */
const unprotected = { NIGHTLOG_FOLDER_GUARD: 'off' };

/** Runs jobs as processes of this machine, at most `slots` at a time, in the order of their ids. They go on when the server ends. */
export function createLocalBackend(options: LocalBackendOptions): Backend {
	return new LocalBackend(options);
}

class LocalBackend implements Backend {
	readonly type = 'local';
	readonly name: string;
	readonly capabilities: BackendCapabilities;
	readonly limits: BackendLimits;
	readonly endsWithSession: string | null;
	readonly pollMs = 5000;
	readonly #options: LocalBackendOptions;
	readonly #groups: ControlGroups;
	readonly #bootId: string;
	readonly #entries = new Map<JobId, Entry>();
	readonly #listeners = new Set<(id: JobId | null) => void>();
	#timer: NodeJS.Timeout | null = null;

	constructor(options: LocalBackendOptions) {
		this.#options = options;
		this.name = options.name;
		this.#groups = findControlGroups();
		this.#bootId = options.bootId;
		this.endsWithSession = options.endsWithSession;
		this.capabilities = {
			cpuLimit: this.#groups.cpu !== null,
			memoryLimit: this.#groups.memory !== null,
			gpus: false,
			wallTime: true,
			survivesServer: true,
		};
		this.limits = { cpus: availableParallelism(), memoryBytes: totalmem(), gpus: 0, wallTimeSeconds: null, slots: options.slots };
	}

	async check(request: Parameters<Backend['check']>[0]): Promise<readonly Finding[]> {
		const findings = checkLocalResources(request.resources, this.capabilities, this.limits);
		if (this.endsWithSession === null) return findings;
		return [...findings, { code: endsWithSessionCode, severity: 'information', message: this.endsWithSession, cell: null, path: '/backend' }];
	}

	async submit(job: BackendJob): Promise<BackendHandle> {
		if (job.python === null) throw new TypeError('a local job needs a Python');
		const plan: LaunchPlan = {
			python: job.python,
			cpus: job.resources.cpus,
			memoryBytes: job.resources.memoryBytes,
			wallTimeSeconds: job.resources.wallTimeSeconds,
			bootId: this.#bootId,
		};
		const entry = this.#entryOf(job.id, job.folder, plan);
		this.#fillSlots();
		if (entry.phase.kind === 'queued' && entry.problem !== null) {
			// It never began, or its folder says so: whoever submits decides whether to try again, and looks for it before.
			this.#entries.delete(job.id);
			throw entry.problem;
		}
		return { ...plan };
	}

	async findByName(job: BackendJob): Promise<BackendHandle | null> {
		if (!this.#entries.has(job.id) && readProcessFile(job.folder).kind === 'none') return null;
		return this.submit(job);
	}

	async status(jobs: readonly BegunJob[]): Promise<ReadonlyMap<JobId, BackendStatus>> {
		const answer = new Map<JobId, BackendStatus>();
		// All are known before one is started: what runs already counts first.
		for (const job of jobs) {
			const plan = readPlan(job.handle);
			if (plan === null || !isFolder(job.folder)) continue;
			if (plan.bootId !== this.#bootId && !this.#entries.has(job.id) && readProcessFile(job.folder).kind === 'none') {
				answer.set(job.id, { state: 'not-begun' });
			} else this.#entryOf(job.id, job.folder, plan);
		}
		this.#look();
		this.#fillSlots();
		const queue = this.#queue();
		for (const { id } of jobs) {
			if (answer.has(id)) continue;
			const entry = this.#entries.get(id);
			answer.set(id, entry === undefined ? { state: 'unknown' } : statusOf(entry, queue));
		}
		return answer;
	}

	watch(onChange: (id: JobId | null) => void, signal: AbortSignal): void {
		if (signal.aborted) return;
		this.#listeners.add(onChange);
		signal.addEventListener('abort', () => this.#listeners.delete(onChange), { once: true });
	}

	async cancel(job: BegunJob): Promise<void> {
		const plan = readPlan(job.handle);
		if (plan === null || !isFolder(job.folder)) return;
		const entry = this.#entryOf(job.id, job.folder, plan);
		if (entry.phase.kind === 'queued') {
			if (claimCancelled(job.folder)) this.#end(entry, 'cancelled', 'Cancelled before it began.');
			else this.#adopt(entry);
		}
		if (entry.phase.kind === 'running') this.#askToEnd(entry, 'cancelled');
		if (entry.phase.kind === 'elsewhere') {
			throw new NightlogError('backend/unreachable', `The job was begun on ${entry.phase.host}; cancel it there.`, { status: 503, retryable: true });
		}
	}

	async collect(job: BegunJob, signal: AbortSignal): Promise<void> {
		// Everything that a local job writes lies in its folder already; only what a killed runner saved last is to be put into its notebook.
		const plan = readPlan(job.handle);
		if (plan === null) return;
		const { environment, allowedVariables, runner, log } = this.#options;
		const start = {
			python: plan.python,
			runner,
			folder: job.folder,
			environment: jobEnvironment(environment, allowedVariables, { id: job.id, cpus: null }),
		};
		const problem = await step('collect/recover', () => recoverResult(start, signal));
		if (problem !== null) log.write('warning', 'what a killed runner saved last could not be put into its result', { job: job.id, problem });
	}

	async remove(job: BegunJob): Promise<void> {
		const entry = this.#entries.get(job.id);
		if (entry?.phase.kind === 'running') return;
		// What this backend saw end left nothing behind; of what ended before it started nobody knows.
		const file = entry?.settled === true || !isFolder(job.folder) ? null : readProcessFile(job.folder);
		if (file !== null && file.kind !== 'none' && file.kind !== 'cancelled') {
			killJobProcesses(job.id, {
				leader: null,
				since: file.kind === 'begun' && file.identity.bootId === this.#bootId ? file.identity.startTime : null,
			});
		}
		removeJobGroups(this.#groups, nameOf(job.id));
		if (entry !== undefined) this.#unwatch(entry);
		this.#entries.delete(job.id);
	}

	async dispose(): Promise<void> {
		if (this.#timer !== null) clearInterval(this.#timer);
		this.#timer = null;
		for (const entry of this.#entries.values()) this.#unwatch(entry);
		this.#entries.clear();
		this.#listeners.clear();
	}

	/** The entry of a job, made from what its folder says where this backend does not know it yet. */
	#entryOf(id: JobId, folder: string, plan: LaunchPlan): Entry {
		const known = this.#entries.get(id);
		if (known !== undefined) return known;
		const entry: Entry = { id, folder, plan, phase: { kind: 'queued' }, problem: null, watcher: null, settled: false, ending: null };
		this.#entries.set(id, entry);
		this.#adopt(entry);
		return entry;
	}

	/** Reads from the folder whether the job has begun. */
	#adopt(entry: Entry): void {
		const file = readProcessFile(entry.folder);
		switch (file.kind) {
			case 'none':
				return;
			case 'cancelled':
				this.#end(entry, 'cancelled', 'Cancelled before it began.');
				return;
			case 'unreadable':
				this.#adoptUnreadable(entry);
				return;
			case 'begun':
				if (isRunning(file.identity, this.#bootId)) this.#begin(entry, file.identity, null, file.begunAwakeSeconds);
				else if (file.host !== hostname()) entry.phase = { kind: 'elsewhere', host: file.host };
				else if (file.identity.bootId !== this.#bootId) this.#end(entry, 'killed', 'The machine was started anew while the job ran.');
				else this.#end(entry, 'unknown', null);
		}
	}

	#adoptUnreadable(entry: Entry): void {
		const [pid] = findJobProcesses(entry.id);
		const stat = pid === undefined ? null : readStat(pid);
		if (stat === null) this.#end(entry, 'unknown', 'It was stopped while it began.');
		else this.#begin(entry, { pid: stat.pid, startTime: stat.startTime, bootId: this.#bootId }, null);
	}

	#queue(): Entry[] {
		return [...this.#entries.values()].filter((entry) => entry.phase.kind === 'queued').sort((a, b) => (a.id < b.id ? -1 : 1));
	}

	#fillSlots(): void {
		let free = this.#options.slots - [...this.#entries.values()].filter((entry) => entry.phase.kind === 'running').length;
		for (const entry of this.#queue()) {
			if (free <= 0) return;
			try {
				if (isFolder(entry.folder)) this.#start(entry);
				else this.#entries.delete(entry.id); // Somebody removed it: nothing is left that could be started.
			} catch (error) {
				this.#noteProblem(entry, error);
			}
			if (entry.phase.kind === 'running') free -= 1;
		}
	}

	/** It waits on, and those behind it have their turn: on a full disk, or with too many open files, the next look may start it. */
	#noteProblem(entry: Entry, error: unknown): void {
		const isNew = entry.problem === null || messageOf(entry.problem) !== messageOf(error);
		entry.problem = error;
		if (isNew) this.#options.log.write('warning', 'a job could not be started yet', { job: entry.id, ...errorFields(error) });
	}

	#start(entry: Entry): void {
		const { plan } = entry;
		const groups = makeJobGroups(this.#groups, nameOf(entry.id), plan);
		for (const problem of groups.problems) this.#options.log.write('warning', problem, { job: entry.id });
		const child = startProcess({
			folder: entry.folder,
			command: [plan.python, this.#options.runner, entry.folder],
			environment: this.#environmentOf(entry),
			groupFiles: groups.entries,
		});
		child.once('error', (error) => {
			if (isOutOfFiles(error) || hasCode(error, 'EAGAIN')) this.#noteProblem(entry, error);
			else this.#end(entry, 'unknown', `It could not be started: ${error.message}`);
		});
		child.once('exit', (code, signal) => this.#safely(() => this.#onExit(entry, code, signal)));
		if (child.pid === undefined) return;
		this.#begin(entry, { pid: child.pid, startTime: readStat(child.pid)?.startTime ?? '0', bootId: this.#bootId }, child);
	}

	#environmentOf({ id, plan }: Entry): Record<string, string> {
		const { environment, allowedVariables, protectFolder } = this.#options;
		return { ...jobEnvironment(environment, allowedVariables, { id, cpus: plan.cpus }), ...(protectFolder ? {} : unprotected) };
	}

	/** Where nobody noted when it began, its wall time counts from now: the runner keeps to it, too. */
	#begin(entry: Entry, identity: ProcessIdentity, child: ChildProcess | null, begunAwakeSeconds: number | null = null): void {
		entry.phase = { kind: 'running', identity, child, begunAwakeSeconds: begunAwakeSeconds ?? awakeSeconds() };
		entry.problem = null;
		try {
			entry.watcher = watch(entry.folder, { persistent: false }, (_, file) => {
				if (file === null || toldBy.has(file)) this.#tell(entry.id);
			});
			entry.watcher.on('error', () => this.#unwatch(entry));
		} catch (error) {
			// Too many watches on this machine: the ticks see changes, later.
			this.#options.log.write('warning', 'a job cannot be watched; its progress is seen later', { job: entry.id, ...errorFields(error) });
		}
		this.#timer ??= setInterval(() => this.#safely(() => this.#tick()), tickMs);
		this.#timer.unref();
	}

	#onExit(entry: Entry, code: number | null, signal: NodeJS.Signals | null): void {
		if (entry.phase.kind === 'ended') return;
		if (code === begunBefore) {
			// Somebody else began it, or cancelled it, first: what the folder says counts, now or when it can be read.
			const { phase } = entry;
			this.#unwatch(entry);
			entry.phase = { kind: 'queued' };
			const file = readProcessFile(entry.folder);
			if (file.kind === 'begun' && phase.kind === 'running' && file.identity.pid === phase.identity.pid) entry.phase = phase;
			else {
				this.#adopt(entry);
				this.#tell(entry.id);
				return;
			}
		}
		if (code === 0) this.#settle(entry, 'finished', null);
		else if (signal !== null) this.#settle(entry, 'killed', `It was ended by ${signal}.`);
		else if (code === diskFull) this.#settle(entry, 'disk-full', 'How it ended could not be written down.');
		else this.#settle(entry, 'unknown', `Its process ended with status ${code}.`);
	}

	/** Looks at every process that this server did not start itself. */
	#look(): void {
		for (const entry of this.#entries.values()) {
			if (entry.phase.kind === 'running' && entry.phase.child === null && !isRunning(entry.phase.identity, this.#bootId)) {
				this.#settle(entry, 'unknown', null);
			}
		}
	}

	#tick(): void {
		this.#look();
		let running = 0;
		for (const entry of this.#entries.values()) {
			if (entry.phase.kind !== 'running') continue;
			running += 1;
			const { wallTimeSeconds } = entry.plan;
			if (entry.ending !== null) {
				if (performance.now() >= entry.ending.killAt) killAll(entry.id, entry.phase.identity);
			} else if (wallTimeSeconds !== null && awakeSeconds() - entry.phase.begunAwakeSeconds > wallTimeSeconds + this.#options.wallTimeGraceSeconds) {
				this.#askToEnd(entry, 'wall-time');
			}
			if (entry.watcher === null) this.#tell(entry.id);
		}
		if (running === 0 && this.#timer !== null) {
			clearInterval(this.#timer);
			this.#timer = null;
		}
	}

	#askToEnd(entry: Entry, why: 'cancelled' | 'wall-time'): void {
		if (entry.phase.kind !== 'running' || entry.ending !== null) return;
		entry.ending = { why, killAt: performance.now() + this.#options.graceMs };
		// Only the runner is told: it interrupts the kernel, saves and ends. Who does not listen is killed with all that it started.
		sendSignal(entry.phase.identity.pid, 'SIGTERM');
		const { identity } = entry.phase;
		const kill = () => {
			if (entry.phase.kind === 'running' && isRunning(identity, this.#bootId)) killAll(entry.id, identity);
			this.#look();
		};
		setTimeout(() => this.#safely(kill), this.#options.graceMs).unref();
	}

	/** The job's first process is over: nothing that it started outlives it. */
	#settle(entry: Entry, exit: BackendExit, detail: string | null): void {
		try {
			killRest(entry);
			entry.settled = true;
		} catch (error) {
			// `remove` looks for it again.
			this.#options.log.write('warning', 'what an ended job left running could not be looked for', { job: entry.id, ...errorFields(error) });
		}
		const outOfMemory = wasOutOfMemory(this.#groups, nameOf(entry.id));
		if (outOfMemory) this.#end(entry, 'out-of-memory', 'The kernel of the machine stopped it at its memory limit.');
		else if (entry.ending !== null && exit !== 'finished') this.#end(entry, entry.ending.why, detail);
		else this.#end(entry, exit, detail);
		removeJobGroups(this.#groups, nameOf(entry.id));
		this.#fillSlots();
	}

	/** Does what nobody waits for: an error there is told, and must not end the server. The next look, a second later or when somebody asks, tries it again. */
	#safely(act: () => void): void {
		try {
			act();
		} catch (error) {
			this.#options.log.write('error', 'jobs on this machine could not be looked after', errorFields(error));
		}
	}

	#end(entry: Entry, exit: BackendExit, detail: string | null): void {
		if (entry.phase.kind === 'ended') return;
		this.#unwatch(entry);
		entry.phase = { kind: 'ended', exit, detail, endedAt: null };
		this.#tell(entry.id);
	}

	#unwatch(entry: Entry): void {
		entry.watcher?.close();
		entry.watcher = null;
	}

	#tell(id: JobId | null): void {
		for (const listener of this.#listeners) listener(id);
	}
}

function killAll(id: JobId, { pid, startTime }: ProcessIdentity): void {
	killJobProcesses(id, { leader: pid, since: startTime });
}

/** Kills what a job whose first process is over has left. */
function killRest({ id, phase }: Entry): void {
	if (phase.kind === 'running') {
		const { pid, startTime } = phase.identity;
		killJobProcesses(id, { leader: readStat(pid) === null ? pid : null, since: startTime });
	} else killJobProcesses(id, { leader: null, since: null });
}

function nameOf(id: JobId): string {
	return `nl-${id}`;
}

function statusOf(entry: Entry, queue: readonly Entry[]): BackendStatus {
	switch (entry.phase.kind) {
		case 'queued': {
			if (entry.problem !== null) return { state: 'queued', reason: `could not be started yet and is tried again: ${messageOf(entry.problem)}` };
			const ahead = queue.indexOf(entry);
			const words = ahead <= 0 ? 'it is next' : ahead === 1 ? '1 job ahead' : `${ahead} jobs ahead`;
			return { state: 'queued', reason: `waits for a free slot; ${words}` };
		}
		case 'running':
			return { state: 'running', startedAt: begunAt(entry.folder), reason: null };
		case 'elsewhere':
			return { state: 'unknown' };
		case 'ended':
			return { state: 'ended', exit: entry.phase.exit, detail: entry.phase.detail, endedAt: entry.phase.endedAt };
	}
}

function begunAt(folder: string): string | null {
	return statSync(processFilePath(folder), { throwIfNoEntry: false })?.mtime.toISOString() ?? null;
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

function isFolder(folder: string): boolean {
	return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}

function readPlan(handle: BackendHandle): LaunchPlan | null {
	const { python, cpus, memoryBytes, wallTimeSeconds, bootId } = handle;
	if (typeof python !== 'string' || typeof bootId !== 'string') return null;
	return { python, cpus: numberOf(cpus), memoryBytes: numberOf(memoryBytes), wallTimeSeconds: numberOf(wallTimeSeconds), bootId };
}

function numberOf(value: BackendHandle[string] | undefined): number | null {
	return typeof value === 'number' ? value : null;
}
