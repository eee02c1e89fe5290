import { type Dirent, lstatSync, mkdirSync, opendirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
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
	/** Further originals outside the project that code or parameters name; absolute, and possibly not there. */
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
/** So many links do folders outside the project get in all: each is a mount of its own where the machine keeps them from the job. */
export const mostOutsideLinks = 20;
/**
 * The history, our own records, and what programs write beside their sources: that is made anew in the tree. The history, because a job could write to it
 * where nothing keeps the folder from it, and because Git would take links for changes; `checkRepository` tells of cells that ask it.
 */
const neverLinked = new Set(['.git', '.nightlog', '__pycache__', '.ipynb_checkpoints']);

/**
 * Makes the project's other files reachable in a job's tree. Folders become real ones, so that what the job writes stays in its tree, and files links
 * to the originals. Folders that hold a file of the version are always real. Then what lies outside the project is linked likewise, as far as it is named.
 */
export async function linkTree(plan: LinkPlan): Promise<LinkedFile[]> {
	return new TreeLinks(plan).make();
}

class TreeLinks {
	readonly real: ReadonlySet<string>;
	readonly linked: LinkedFile[] = [];
	readonly #plan: LinkPlan;
	readonly #placed: ReadonlySet<string>;
	readonly #seen = new Set<string>();
	readonly #links = new Set<string>();
	readonly #slice = new TimeSlice();

	constructor(plan: LinkPlan) {
		this.#plan = plan;
		this.#placed = new Set(plan.placed);
		this.real = foldersAbove(plan);
	}

	async make(): Promise<LinkedFile[]> {
		const { project, stateFolder, place, outside: named } = this.#plan;
		await this.fill(
			[...this.real].filter((folder) => isBelow(project, folder)),
			mostLinks,
			false,
		);
		const outside = [...new Set(named)]
			.filter((original) => !this.real.has(original) && !isBelow(project, original) && !isBelow(stateFolder, original))
			// What lies below another stands behind it.
			.sort();
		const isUppermost = (original: string) => !outside.some((above) => above !== original && isBelow(above, original));
		const folders = outside.filter((original) => isFolder(original, lstatSync) && isUppermost(original));
		for (const folder of folders) mkdirSync(path.dirname(place(folder)), { recursive: true, mode: 0o700 });
		await this.fill(folders, mostOutsideLinks, true);
		for (const original of outside) {
			// A folder is made only where there is one, and never through a link.
			if (folders.includes(original) || this.isReached(original) || !isFolder(path.dirname(original), statSync)) continue;
			mkdirSync(path.dirname(place(original)), { recursive: true, mode: 0o700 });
			this.link(original);
		}
		return this.linked;
	}

	link(original: string): void {
		this.#links.add(original);
		const file = linkOne(original, this.#plan.place(original));
		if (file !== null) this.linked.push(file);
	}

	/** Whether a folder above it is one link, so that it lies behind that. */
	isReached(original: string): boolean {
		for (let folder = path.dirname(original); folder !== path.dirname(folder); folder = path.dirname(folder))
			if (this.#links.has(folder)) return true;
		return false;
	}

	/** Makes these folders anew with all that is in them, while that takes no more links than this. Of those outside the project no more is read than that. */
	async fill(folders: readonly string[], mostOfThem: number, isOutside: boolean): Promise<void> {
		const { place, stateFolder, isHome } = this.#plan;
		const queue = [...folders];
		const hidden: string[] = [];
		for (const folder of folders) this.#seen.add(folder);
		let left = mostOfThem;
		const next = () => {
			if (queue.length === 0 && hidden.length > 0) {
				queue.push(...hidden.splice(0));
				left = Math.min(left, mostHiddenLinks);
			}
			return queue.shift();
		};
		for (let folder = next(); folder !== undefined; folder = next()) {
			const here = folder;
			const all = entriesOf(here, isOutside ? left : Number.POSITIVE_INFINITY);
			const entries = all?.filter(({ name }) => {
				const original = path.join(here, name);
				return !neverLinked.has(name) && !this.#placed.has(original) && original !== stateFolder;
			});
			// An environment, with its thousands of files, is no place that a job writes to, and another repository is none without its history.
			const isWhole = all?.some(({ name }) => name === 'pyvenv.cfg' || name === 'conda-meta' || (isOutside && name === '.git'));
			if (entries === undefined || ((entries.length > left || isWhole === true) && !this.real.has(here))) {
				this.link(here);
				continue;
			}
			left -= entries.length;
			mkdirSync(place(here), { recursive: true, mode: 0o700 });
			for (const entry of entries) {
				const original = path.join(here, entry.name);
				if (this.#seen.has(original)) continue;
				// A link to a folder is left as one: who knows what lies behind it.
				const isHidden = entry.name.startsWith('.');
				if (entry.isDirectory() && left > 0 && entry.name !== 'node_modules' && !(isHidden && isHome)) {
					this.#seen.add(original);
					(isHidden ? hidden : queue).push(original);
				} else this.link(original);
				if (this.#slice.isOver()) await rest(this.#slice);
			}
			await rest(this.#slice);
		}
	}
}

/** Folders that must be real: the notebook's first, then those that hold a file of the version, each with all above it. */
function foldersAbove(plan: LinkPlan): Set<string> {
	const folders = new Set<string>();
	for (const start of [plan.notebookFolder, ...plan.placed.map((file) => path.dirname(file))]) {
		for (let folder = start; !folders.has(folder); folder = path.dirname(folder)) folders.add(folder);
	}
	return folders;
}

/** What is in a folder; null where that is more than so much. */
function entriesOf(folder: string, most: number): Dirent[] | null {
	try {
		if (most === Number.POSITIVE_INFINITY) return readdirSync(folder, { withFileTypes: true });
		const found = opendirSync(folder);
		try {
			const entries: Dirent[] = [];
			for (let entry = found.readSync(); entry !== null; entry = found.readSync()) {
				entries.push(entry);
				if (entries.length > most) return null;
			}
			return entries;
		} finally {
			found.closeSync();
		}
	} catch (error) {
		// A folder of the version that is no longer there, or that we may not read: nothing can be reached in it in place.
		if (isMissing(error) || hasCode(error, 'EACCES') || hasCode(error, 'EPERM')) return [];
		throw error;
	}
}

/** @param look `lstatSync` where a link to a folder is none */
function isFolder(original: string, look: typeof statSync | typeof lstatSync): boolean {
	try {
		return look(original).isDirectory();
	} catch {
		// Not there, or not ours to see: nothing is made for it.
		return false;
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
