import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The folder that a notebook belongs to. */
export interface Project {
	/** Absolute, links resolved. */
	readonly folder: string;
	/** Whether that is the top level of a Git working tree. */
	readonly isGit: boolean;
}

/**
 * Git's top level, else the nearest folder with `.nightlog.yaml`, else the notebook's own folder. The home directory is never taken for a repository.
 *
 * @param notebookFolder absolute, links resolved
 * @param home absolute, links resolved
 */
export async function findProject(notebookFolder: string, home: string): Promise<Project> {
	let configured: string | null = null;
	for (let folder = notebookFolder; ; folder = dirname(folder)) {
		if (folder !== home && (await exists(join(folder, '.git')))) return { folder, isGit: true };
		if (configured === null && (await exists(join(folder, '.nightlog.yaml')))) configured = folder;
		if (dirname(folder) === folder) return { folder: configured ?? notebookFolder, isGit: false };
	}
}

async function exists(path: string): Promise<boolean> {
	try {
		await lstat(path);
		return true;
	} catch {
		return false;
	}
}
