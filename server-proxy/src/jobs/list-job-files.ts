import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import { step } from '../durable/crash-points.ts';
import { hasCode, isMissing } from '../durable/file-errors.ts';
import { hashRegularFile } from '../files/regular-file.ts';
import { isBelow, type JobFolder } from './job-folder.ts';
import type { Prepared } from './prepare-folder.ts';

/** A file that a job wrote, as the job shows it. */
export type JobFile = NonNullable<Job['result']>['files'][number];

const hashUpToBytes = 1024 ** 3;
const mostFiles = 10_000;

/**
 * The files that a job wrote: those of its receipt that are there, else, where it left none, every regular file of the tree that is new or not as it
 * was placed. Links are not followed.
 *
 * @param workDir absolute path of the notebook's folder in the tree; paths are relative to it
 */
export async function listJobFiles(places: JobFolder, workDir: string, receipt: Receipt | null, prepared: Prepared | null): Promise<JobFile[]> {
	if (receipt?.filesComplete === true) return filesOfReceipt(places, workDir, receipt);
	const files: JobFile[] = [];
	// A link in place of the tree itself would lead to files of the person.
	const queue = (await isFolder(places.tree)) ? [places.tree] : [];
	for (let folder = queue.shift(); folder !== undefined && files.length < mostFiles; folder = queue.shift()) {
		const here = folder;
		for (const entry of await entriesOf(here)) {
			const file = path.join(here, entry.name);
			if (entry.isDirectory()) queue.push(file);
			if (!entry.isFile()) continue;
			const found = await lookAt(file);
			if (found === null) continue;
			const before = prepared?.placed[path.relative(places.tree, file)];
			if (before !== undefined && before.sizeBytes === found.size && before.modifiedMs === found.mtimeMs) continue;
			files.push({ path: relativeTo(workDir, file), sizeBytes: found.size, sha256: await hashOf(file, found.size), link: file });
		}
	}
	return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function filesOfReceipt(places: JobFolder, workDir: string, receipt: Receipt): Promise<JobFile[]> {
	const files: JobFile[] = [];
	for (const { path: relative, sizeBytes, sha256 } of receipt.files.slice(0, mostFiles)) {
		const file = path.resolve(workDir, relative);
		// The receipt is the job's word; what it names must lie in the job's own tree.
		if (!isBelow(places.tree, file) || (await lookAt(file)) === null) continue;
		files.push({ path: relativeTo(workDir, file), sizeBytes, sha256, link: file });
	}
	return files;
}

async function lookAt(file: string) {
	const found = await factsOf(file);
	return found?.isFile() ? found : null;
}

async function isFolder(folder: string): Promise<boolean> {
	return (await factsOf(folder))?.isDirectory() ?? false;
}

async function factsOf(file: string) {
	try {
		return await step('files/look', () => lstat(file));
	} catch (error) {
		if (isMissing(error) || hasCode(error, 'EACCES')) return null;
		throw error;
	}
}

async function entriesOf(folder: string) {
	try {
		return await step('files/read-folder', () => readdir(folder, { withFileTypes: true }));
	} catch (error) {
		// A folder that the job closed against its own person.
		if (isMissing(error) || hasCode(error, 'EACCES')) return [];
		throw error;
	}
}

async function hashOf(file: string, sizeBytes: number): Promise<string | null> {
	if (sizeBytes > hashUpToBytes) return null;
	return await step('files/hash', () => hashRegularFile(file));
}

function relativeTo(folder: string, file: string): string {
	return path.relative(folder, file).split(path.sep).join('/');
}
