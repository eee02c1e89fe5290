import { dirname, join } from 'node:path';
import type { FileCalls } from '@nightlog/shared/node/git/file-calls';

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
 * @param callsFor the calls for a folder
 */
export async function findProject(
	notebookFolder: string,
	noRepositories: ReadonlySet<string>,
	callsFor: (folder: string) => Promise<FileCalls>,
): Promise<Project> {
	let configured: string | null = null;
	for (let folder = notebookFolder; ; folder = dirname(folder)) {
		const calls = await callsFor(folder);
		const [isGit, isConfigured] = await Promise.all([
			!noRepositories.has(folder) && exists(join(folder, '.git'), calls),
			configured === null && exists(join(folder, '.nightlog.yaml'), calls),
		]);
		if (isGit) return { folder, isGit };
		if (isConfigured) configured = folder;
		if (dirname(folder) === folder) return { folder: configured ?? notebookFolder, isGit: false };
	}
}

async function exists(path: string, calls: FileCalls): Promise<boolean> {
	try {
		return (await calls.lstat(path)) !== null;
	} catch {
		return false;
	}
}
