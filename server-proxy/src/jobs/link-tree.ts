import { mkdir, readdir, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { step } from '../durable/crash-points.ts';
import { hasCode, isMissing } from '../durable/file-errors.ts';
import { forEach } from '../durable/for-each.ts';
import { isBelow } from './job-folder.ts';

/** A file that the job reaches in place, as it was before the job began. */
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
	/** Where what lies at `file` at home lies in the tree. */
	readonly place: (file: string) => string;
}

/** Folders of the project are made anew while that takes no more links than this; beyond, a folder is one link. */
export const mostLinks = 2000;
const neverLinked = new Set(['.git', '.nightlog']);

/**
 * Makes the project's other files reachable in a job's tree. Folders become real ones, so that what the job writes stays in its tree, and files links
 * to the originals. Folders that hold a file of the version are always real.
 */
export async function linkTree(plan: LinkPlan): Promise<LinkedFile[]> {
	const placed = new Set(plan.placed);
	const real = foldersAbove(plan);
	const queue = [...real].filter((folder) => isBelow(plan.project, folder));
	const seen = new Set(queue);
	const linked: LinkedFile[] = [];
	let left = mostLinks;
	for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) {
		const here = folder;
		const entries = (await entriesOf(here)).filter(
			(entry) => !neverLinked.has(entry.name) && !placed.has(path.join(here, entry.name)) && path.join(here, entry.name) !== plan.stateFolder,
		);
		const within = entries.length <= left;
		if (!within && !real.has(here)) {
			linked.push(...(await linkAll([here], plan)));
			continue;
		}
		left -= entries.length;
		await step('link/make-folder', () => mkdir(plan.place(here), { recursive: true, mode: 0o700 }));
		const files: string[] = [];
		for (const entry of entries) {
			const original = path.join(here, entry.name);
			if (seen.has(original)) continue;
			// A link to a folder is left as one: who knows what lies behind it.
			if (entry.isDirectory() && left > 0) {
				seen.add(original);
				queue.push(original);
			} else files.push(original);
		}
		linked.push(...(await linkAll(files, plan)));
	}
	const outside = plan.outside.filter((original) => !real.has(original) && !isBelow(plan.project, original) && !isBelow(plan.stateFolder, original));
	for (const original of outside) {
		await step('link/make-outside-folder', () => mkdir(path.dirname(plan.place(original)), { recursive: true, mode: 0o700 }));
	}
	linked.push(...(await linkAll(outside, plan)));
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

async function entriesOf(folder: string) {
	try {
		return await step('link/read-folder', () => readdir(folder, { withFileTypes: true }));
	} catch (error) {
		// A folder of the version that is no longer there, or that we may not read: nothing can be reached in it in place.
		if (isMissing(error) || hasCode(error, 'EACCES') || hasCode(error, 'EPERM')) return [];
		throw error;
	}
}

async function linkAll(originals: readonly string[], plan: LinkPlan): Promise<LinkedFile[]> {
	const linked: LinkedFile[] = [];
	await forEach(originals, async (original) => {
		const file = await linkOne(original, plan.place(original));
		if (file !== null) linked.push(file);
	});
	return linked;
}

async function linkOne(original: string, at: string): Promise<LinkedFile | null> {
	try {
		const found = await step('link/look-at-original', () => stat(original));
		await step('link/make-link', () => symlink(original, at));
		return found.isFile() ? { original, sizeBytes: found.size, modifiedMs: found.mtimeMs } : null;
	} catch (error) {
		// Gone meanwhile, a dangling link, or not ours to see: it could not be opened at home either.
		if (isMissing(error) || hasCode(error, 'EACCES') || hasCode(error, 'EPERM') || hasCode(error, 'ELOOP') || hasCode(error, 'EEXIST')) return null;
		throw error;
	}
}

/** Which of the linked files are no longer as they were: changed or gone. */
export async function changedOriginals(linked: readonly LinkedFile[]): Promise<string[]> {
	const changed: string[] = [];
	await forEach(linked, async (file) => {
		const now = await step('link/look-again', () => stat(file.original).catch(() => null));
		if (now === null || now.size !== file.sizeBytes || now.mtimeMs !== file.modifiedMs) changed.push(file.original);
	});
	return changed.sort();
}
