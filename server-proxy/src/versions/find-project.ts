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
 * Git's top level, else the nearest folder with `.nightlog.yaml`, else the notebook's own folder.
 *
 * @param notebookFolder absolute, links resolved
 * @param noRepositories folders whose `.git` does not count: the home directory is never taken for a repository
 */
export async function findProject(notebookFolder: string, noRepositories: ReadonlySet<string>): Promise<Project> {
	let configured: string | null = null;
	for (let folder = notebookFolder; ; folder = dirname(folder)) {
		const [isGit, isConfigured] = await Promise.all([
			!noRepositories.has(folder) && exists(join(folder, '.git')),
			configured === null && exists(join(folder, '.nightlog.yaml')),
		]);
		if (isGit) return { folder, isGit };
		if (isConfigured) configured = folder;
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
