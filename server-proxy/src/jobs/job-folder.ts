import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { JobId } from '@nightlog/shared/base/ids';
import { isMissing } from '../durable/file-errors.ts';
import { openRegularFile } from '../files/regular-file.ts';

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
	/** Space that is set aside, which the runner frees to say how it ended when the disk is full. */
	readonly reserve: string;
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
		reserve: path.join(folder, '.runner', 'reserve'),
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

/** A regular file that lies in `folder` once all links are resolved; null where there is none, or it leads elsewhere, or the folder itself is a link. */
export async function regularFileIn(folder: string, file: string): Promise<string | null> {
	try {
		if (!(await lstat(folder)).isDirectory()) return null;
		const root = await realpath(folder);
		const real = await realpath(file);
		return isBelow(root, real) && real !== root && (await lstat(real)).isFile() ? real : null;
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
}

const lastWordsBytes = 500;

/** What a job that left no receipt wrote last: the end of its log, on one line; null where it wrote nothing. */
export async function lastWords(places: JobFolder): Promise<string | null> {
	const file = await regularFileIn(places.folder, places.log);
	if (file === null) return null;
	const handle = await openRegularFile(file);
	if (handle === null) return null;
	try {
		const { size } = await handle.stat();
		const buffer = Buffer.alloc(Math.min(size, lastWordsBytes));
		const { bytesRead } = await handle.read(buffer, 0, buffer.length, size - buffer.length);
		const line = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').at(-1)?.trim() ?? '';
		return line === '' ? null : line;
	} finally {
		await handle.close();
	}
}
