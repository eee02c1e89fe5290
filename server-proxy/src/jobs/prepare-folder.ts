import { lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { RunnerJob } from '@nightlog/shared/jobs/runner-protocol';
import { step } from '../durable/crash-points.ts';
import { isDiskFull } from '../durable/file-errors.ts';
import { forEach } from '../durable/for-each.ts';
import { rest, TimeSlice } from '../durable/time-slice.ts';
import { writeFileWhole } from '../durable/write-file.ts';
import { readRegularFile } from '../files/regular-file.ts';
import type { VersionContent, VersionFile } from '../services.ts';
import { inTree, isBelow, type JobFolder } from './job-folder.ts';
import type { JobRecord } from './job-record.ts';
import { type LinkedFile, linkTree } from './link-tree.ts';
import { assertVersionPaths } from './version-paths.ts';

/** `prepared.json`: written last, so that a folder that has it is whole. */
export interface Prepared {
	/** Boot of the machine: after a power cut the files may be there without their content. */
	readonly bootId: string;
	/** Files of the version as they were placed, by their path below the tree. */
	readonly placed: Readonly<Record<string, { readonly sizeBytes: number; readonly modifiedMs: number }>>;
	readonly linked: readonly LinkedFile[];
}

/** Environment variables whose values a receipt may hold. */
const recorded = [
	'LANG',
	'LC_ALL',
	'TZ',
	'VIRTUAL_ENV',
	'CONDA_PREFIX',
	'CONDA_DEFAULT_ENV',
	'PYTHONPATH',
	'OMP_NUM_THREADS',
	'CUDA_VISIBLE_DEVICES',
];
const hashUpToBytes = 1024 ** 3;
/** A hundred thousand files are a tenth of this. */
const mostPreparedBytes = 100_000_000;
/** As much as the runner sets aside itself where nobody did (`RESERVE_BYTES` in job_folder.py). */
const reserveBytes = 256 * 1024;

/**
 * Lays out a job's folder from its version: the files of the version, links to what else the project has, and `job.json`. A folder that is whole is
 * left as it is; a half one is begun anew.
 */
export async function prepareFolder(
	places: JobFolder,
	record: JobRecord,
	readContent: () => Promise<VersionContent>,
	outside: { readonly stateFolder: string; readonly bootId: string },
): Promise<RunnerJob> {
	const runnerJob = runnerJobOf(places, record);
	const before = await readPrepared(places);
	if (before?.bootId === outside.bootId) return runnerJob;
	try {
		await layOut(places, record, runnerJob, readContent, outside);
	} catch (error) {
		// What lies there half would keep the store from saying that there is no room.
		if (isDiskFull(error)) for (const half of [places.tree, places.reserve]) rmSync(half, { recursive: true, force: true });
		throw error;
	}
	return runnerJob;
}

async function layOut(
	places: JobFolder,
	record: JobRecord,
	runnerJob: RunnerJob,
	readContent: () => Promise<VersionContent>,
	outside: { readonly stateFolder: string; readonly bootId: string },
): Promise<void> {
	const { project, notebook } = record.job;
	await step('prepare/clear', () => rm(places.tree, { recursive: true, force: true }));
	const content = await step('prepare/read-version', readContent);
	const files = content.files.filter((file) => file.path !== notebook && !file.path.startsWith('.nightlog/'));
	assertVersionPaths([notebook, ...files.map((file) => file.path)]);
	await step('prepare/make-folder', () => mkdir(places.tree, { recursive: true, mode: 0o700 }));
	const home = (relative: string) => path.join(project, ...relative.split('/'));
	const notebookFile = inTree(places, home(notebook));
	await step('prepare/make-notebook-folder', () => mkdir(path.dirname(notebookFile), { recursive: true, mode: 0o700 }));
	await step('prepare/write-notebook', () => writeFile(notebookFile, content.notebook, { flag: 'wx', mode: 0o600 }));
	const written = await writeAll(files, project, (relative) => inTree(places, home(relative)));
	const linked = await linkTree({
		project,
		notebookFolder: path.dirname(home(notebook)),
		placed: [notebook, ...written].map(home),
		outside: record.work.outside.map((relative) => path.resolve(path.dirname(home(notebook)), relative)),
		stateFolder: outside.stateFolder,
		isHome: project === homedir(),
		place: (file) => inTree(places, file),
	});
	const placed = await describePlaced(
		places,
		[notebook, ...written].map((relative) => inTree(places, home(relative))),
	);
	setSpaceAside(places);
	await writeFileWhole(places.jobFile, `${JSON.stringify(runnerJob, null, '\t')}\n`);
	const prepared: Prepared = { bootId: outside.bootId, placed, linked };
	await writeFileWhole(places.preparedFile, JSON.stringify(prepared));
}

/** A job that has no room even to say that it has none is not begun: it waits for room instead. */
function setSpaceAside(places: JobFolder): void {
	mkdirSync(path.dirname(places.reserve), { recursive: true, mode: 0o700 });
	writeFileSync(places.reserve, Buffer.alloc(reserveBytes), { mode: 0o600 });
}

/** What was prepared; null where the folder is not whole. */
export async function readPrepared(places: JobFolder): Promise<Prepared | null> {
	const bytes = await step('prepare/look', () => readRegularFile(places.preparedFile, mostPreparedBytes));
	if (bytes === null || bytes === 'too-large') return null;
	try {
		const value: unknown = JSON.parse(bytes.toString('utf8'));
		return isPrepared(value) ? value : null;
	} catch {
		// Cut off by a power failure: the folder is begun anew.
		return null;
	}
}

/** The job could write there, too. */
function isPrepared(value: unknown): value is Prepared {
	const { bootId, placed, linked } = (value ?? {}) as Partial<Prepared>;
	return (
		typeof bootId === 'string' &&
		typeof placed === 'object' &&
		placed !== null &&
		Object.values(placed).every((each) => typeof each === 'object' && each !== null) &&
		Array.isArray(linked) &&
		linked.every((each: Partial<LinkedFile> | null) => typeof each?.original === 'string')
	);
}

/** `job.json` of a job. */
export function runnerJobOf(places: JobFolder, { job, work }: JobRecord): RunnerJob {
	const notebookFile = inTree(places, path.join(job.project, ...job.notebook.split('/')));
	return {
		format: 1,
		id: job.id,
		attempt: 1,
		version: job.version,
		project: job.project,
		notebook: path.relative(places.folder, notebookFile),
		workDir: path.relative(places.folder, path.dirname(notebookFile)),
		cells: job.cells,
		parameters: job.parameters,
		injectedSource: work.injected?.source ?? null,
		injectedIndex: work.injected?.index ?? null,
		injectedReplaces: work.injected?.replaces ?? false,
		kernelName: work.kernelName,
		...(work.nativeKernel === true ? { nativeKernel: true } : {}),
		wallTimeSeconds: job.resources.wallTimeSeconds,
		cellTimeoutSeconds: null,
		memoryBytes: job.resources.memoryBytes,
		hashUpToBytes,
		recordEnvironment: recorded,
		linkedFrom: job.project,
	};
}

/** Answers the paths of those that were there to be written. */
async function writeAll(files: readonly VersionFile[], project: string, place: (relative: string) => string): Promise<string[]> {
	const written: string[] = [];
	const made = new Set<string>();
	const makeFolderOf = (at: string) => {
		const folder = path.dirname(at);
		if (!made.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
		made.add(folder);
	};
	await forEach(
		files.filter((file) => file.mode !== '120000'),
		async (file) => {
			const at = place(file.path);
			const bytes = await step('prepare/read-file', () => file.read());
			if (bytes === null) return;
			written.push(file.path);
			makeFolderOf(at);
			await step('prepare/write-file', () => writeFile(at, bytes, { flag: 'wx', mode: file.mode === '100755' ? 0o700 : 0o600 }));
		},
	);
	// Links come last, so that no file is written through one.
	for (const file of files.filter((file) => file.mode === '120000')) {
		const bytes = await step('prepare/read-link', () => file.read());
		if (bytes === null) continue;
		written.push(file.path);
		const target = new TextDecoder().decode(bytes);
		const at = place(file.path);
		const original = path.resolve(path.dirname(path.join(project, file.path)), target);
		makeFolderOf(at);
		await step('prepare/write-link', () => symlink(path.isAbsolute(target) || !isBelow(project, original) ? original : target, at));
	}
	return written;
}

async function describePlaced(places: JobFolder, files: readonly string[]): Promise<Prepared['placed']> {
	const slice = new TimeSlice();
	const placed: Record<string, { sizeBytes: number; modifiedMs: number }> = {};
	for (const file of files) {
		const found = lstatSync(file);
		if (found.isFile()) placed[path.relative(places.tree, file)] = { sizeBytes: found.size, modifiedMs: found.mtimeMs };
		if (slice.isOver()) await rest(slice);
	}
	return placed;
}
