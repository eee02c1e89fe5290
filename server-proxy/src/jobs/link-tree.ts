import { type Dirent, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { hasCode, isMissing } from '../durable/file-errors.ts';
import { rest, TimeSlice } from '../durable/time-slice.ts';
import { isBelow } from './job-folder.ts';

/** A file or folder that the job reaches in place, as it was before the job began. */
export interface LinkedFile {
	/** Absolute path of the original. */
	readonly original: string;
	readonly sizeBytes: number;
	readonly modifiedMs: number;
}

/** What is linked into a job's tree. */
export interface LinkPlan {
	/** Absolute path of the project at home. */
	readonly project: string;
	/** The notebook's folder at home. */
	readonly notebookFolder: string;
	/** Files of the version, absolute as at home: they lie in the tree already. */
	readonly placed: readonly string[];
	/** Further originals outside the project that are opened by name; absolute. */
	readonly outside: readonly string[];
	/** Never linked: the folder that holds the tree. */
	readonly stateFolder: string;
	/** Whether the project is a person's home, whose hidden folders are settings and caches of everything. */
	readonly isHome: boolean;
	/** Where what lies at `file` at home lies in the tree. */
	readonly place: (file: string) => string;
}

/**
 * Folders of the project are made anew while that takes no more links than this; beyond, a folder is one link. What a job writes there by a relative path
 * does not land in its tree: the runner refuses it and says what to do.
 */
export const mostLinks = 2000;
/** Of these, hidden folders get so many, and after all others: tools keep large things there, and notebooks small ones. */
export const mostHiddenLinks = 200;
/** The history, our own records, and what programs write beside their sources: that is made anew in the tree. */
const neverLinked = new Set(['.git', '.nightlog', '__pycache__', '.ipynb_checkpoints']);

/**
 * Makes the project's other files reachable in a job's tree. Folders become real ones, so that what the job writes stays in its tree, and files links
 * to the originals. Folders that hold a file of the version are always real.
 */
export async function linkTree(plan: LinkPlan): Promise<LinkedFile[]> {
	const slice = new TimeSlice();
	const placed = new Set(plan.placed);
	const real = foldersAbove(plan);
	const queue = [...real].filter((folder) => isBelow(plan.project, folder));
	const seen = new Set(queue);
	const linked: LinkedFile[] = [];
	const link = (original: string) => {
		const file = linkOne(original, plan.place(original));
		if (file !== null) linked.push(file);
	};
	const hidden: string[] = [];
	let left = mostLinks;
	const next = () => {
		if (queue.length === 0 && hidden.length > 0) {
			queue.push(...hidden.splice(0));
			left = Math.min(left, mostHiddenLinks);
		}
		return queue.shift();
	};
	for (let folder = next(); folder !== undefined; folder = next()) {
		const here = folder;
		const entries = entriesOf(here).filter(({ name }) => {
			const original = path.join(here, name);
			return !neverLinked.has(name) && !placed.has(original) && original !== plan.stateFolder;
		});
		// An environment, with its thousands of files, is no place that a job writes to.
		const isEnvironment = entries.some(({ name }) => name === 'pyvenv.cfg' || name === 'conda-meta');
		if ((entries.length > left || isEnvironment) && !real.has(here)) {
			link(here);
			continue;
		}
		left -= entries.length;
		mkdirSync(plan.place(here), { recursive: true, mode: 0o700 });
		for (const entry of entries) {
			const original = path.join(here, entry.name);
			if (seen.has(original)) continue;
			// A link to a folder is left as one: who knows what lies behind it.
			const isHidden = entry.name.startsWith('.');
			if (entry.isDirectory() && left > 0 && entry.name !== 'node_modules' && !(isHidden && plan.isHome)) {
				seen.add(original);
				(isHidden ? hidden : queue).push(original);
			} else link(original);
			if (slice.isOver()) await rest(slice);
		}
		await rest(slice);
	}
	for (const original of plan.outside) {
		if (real.has(original) || isBelow(plan.project, original) || isBelow(plan.stateFolder, original)) continue;
		mkdirSync(path.dirname(plan.place(original)), { recursive: true, mode: 0o700 });
		link(original);
	}
	return linked;
}

/** Folders that must be real: the notebook's first, then those that hold a file of the version, each with all above it. */
function foldersAbove(plan: LinkPlan): Set<string> {
	const folders = new Set<string>();
	for (const start of [plan.notebookFolder, ...plan.placed.map((file) => path.dirname(file))]) {
		for (let folder = start; !folders.has(folder); folder = path.dirname(folder)) folders.add(folder);
	}
	return folders;
}

function entriesOf(folder: string): Dirent[] {
	try {
		return readdirSync(folder, { withFileTypes: true });
	} catch (error) {
		// A folder of the version that is no longer there, or that we may not read: nothing can be reached in it in place.
		if (isMissing(error) || hasCode(error, 'EACCES') || hasCode(error, 'EPERM')) return [];
		throw error;
	}
}

function linkOne(original: string, at: string): LinkedFile | null {
	try {
		const found = statSync(original);
		symlinkSync(original, at);
		return found.isFile() || found.isDirectory() ? { original, sizeBytes: found.size, modifiedMs: found.mtimeMs } : null;
	} catch (error) {
		// Gone meanwhile, a dangling link, or not ours to see: it could not be opened at home either.
		if (isMissing(error) || ['EACCES', 'EPERM', 'ELOOP', 'EEXIST'].some((code) => hasCode(error, code))) return null;
		throw error;
	}
}

/** Which of the linked files are no longer as they were: changed or gone. */
export async function changedOriginals(linked: readonly LinkedFile[]): Promise<string[]> {
	const slice = new TimeSlice();
	const changed: string[] = [];
	for (const { original, sizeBytes, modifiedMs } of linked) {
		const now = lookAgain(original);
		if (now === null || now.size !== sizeBytes || now.mtimeMs !== modifiedMs) changed.push(original);
		if (slice.isOver()) await rest(slice);
	}
	return changed.sort();
}

function lookAgain(file: string) {
	try {
		return statSync(file);
	} catch {
		// Gone, or no longer ours to see: either way not as it was.
		return null;
	}
}
