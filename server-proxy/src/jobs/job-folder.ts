import { lstat, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { JobId } from '@nightlog/shared/base/ids';
import { isMissing } from '../durable/file-errors.ts';

/** Where the parts of a job's folder lie; absolute. */
export interface JobFolder {
	readonly folder: string;
	/** The work tree: what a path of the machine is at home is below it here. */
	readonly tree: string;
	readonly jobFile: string;
	readonly preparedFile: string;
	readonly events: string;
	readonly log: string;
	readonly result: string;
	readonly receipt: string;
}

/** The folder of a job below the state folder. */
export function jobFolder(stateFolder: string, id: JobId): JobFolder {
	const folder = path.join(stateFolder, 'jobs', id);
	return {
		folder,
		tree: path.join(folder, 'tree'),
		jobFile: path.join(folder, 'job.json'),
		preparedFile: path.join(folder, 'prepared.json'),
		events: path.join(folder, 'events.ndjson'),
		log: path.join(folder, 'log.txt'),
		result: path.join(folder, 'result.ipynb'),
		receipt: path.join(folder, 'receipt.json'),
	};
}

/** Where what lies at `file` at home lies in the job's tree. */
export function inTree(places: JobFolder, file: string): string {
	return path.join(places.tree, path.relative(path.parse(file).root, file));
}

/** Whether `file` is `folder` or lies below it, by their names alone. */
export function isBelow(folder: string, file: string): boolean {
	const relative = path.relative(folder, file);
	return relative === '' || !(relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative));
}

/** A regular file that lies in `folder` once all links are resolved; null where there is none, or it leads elsewhere. */
export async function regularFileIn(folder: string, file: string): Promise<string | null> {
	try {
		const root = await realpath(folder);
		const real = await realpath(file);
		return isBelow(root, real) && real !== root && (await lstat(real)).isFile() ? real : null;
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
}

/** The bytes of a file; null where there is none. */
export async function readIfThere(file: string): Promise<Uint8Array | null> {
	try {
		return await readFile(file);
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
}
