import { createIgnoreRules } from '@nightlog/shared/versions/ignore-rules';
import type { LeftOut } from '@nightlog/shared/versions/version-schema';
import type { ProjectFiles } from './project-files.ts';

/** Names of the files whose rules count where there is no Git to ask. */
export const ignoreNames = ['.gitignore', '.nightlogignore'] as const;

/** As many names are looked at; a folder with more is no notebook's folder. */
const mostNames = 50_000;

/** Files in a folder of no repository. */
export interface WalkedFolder {
	/** Sorted. */
	readonly files: readonly string[];
	/** Folders that were not looked into. */
	readonly leftOut: readonly LeftOut[];
}

/** Finds the files below a folder, but for hidden folders, other repositories, what is ignored, and folders behind links. */
export async function walkFolder(project: ProjectFiles, top: string, signal: AbortSignal): Promise<WalkedFolder> {
	const files: string[] = [];
	const leftOut: LeftOut[] = [];
	const waiting = [top];
	let names = 0;
	for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
		signal.throwIfAborted();
		const prefix = folder === '' ? '' : `${folder}/`;
		const listing = await project.list(folder);
		if (folder !== top && listing.has('.git')) {
			leftOut.push({ path: prefix, sizeBytes: null, reason: 'ignored' });
			continue;
		}
		if (names + listing.size > mostNames) {
			leftOut.push({ path: prefix, sizeBytes: null, reason: 'too-many' });
			continue;
		}
		names += listing.size;
		const isIgnored = createIgnoreRules(await project.ignoreFiles(`${prefix}x`, ignoreNames));
		for (const [name, kind] of [...listing].sort(([left], [right]) => (left < right ? -1 : 1))) {
			const path = prefix + name;
			if (kind !== 'folder') files.push(path);
			else if (name.startsWith('.')) leftOut.push({ path: `${path}/`, sizeBytes: null, reason: 'hidden' });
			else if (isIgnored(`${path}/`)) leftOut.push({ path: `${path}/`, sizeBytes: null, reason: 'ignored' });
			else waiting.push(path);
		}
	}
	return { files: files.sort(), leftOut };
}
