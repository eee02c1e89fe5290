import type { RepositoryLayout } from '../../versions/repository.ts';
import type { GitProgram } from './run-git.ts';

/** What the choice hangs on. */
export interface EngineFacts {
	/** What is wrong with it, for the person; null where nothing is. */
	readonly problem: string | null;
	readonly objectFormat: string;
	readonly refFormat: string;
	readonly unknownExtensions: readonly string[];
	/** Whether folder, Git directory and its file belong to this person. */
	readonly isOwned: boolean;
	/** The first path of those that versions are written to which the person may not write to; null where they may write to all. */
	readonly unwritable: { readonly path: string; readonly isWhole: boolean } | null;
	/** Whether there is a `git`. */
	readonly hasGit: boolean;
	/** Whether the person's `git` works in it; asked only where our own code is not enough. */
	readonly gitAccepts: () => Promise<boolean>;
}

/**
 * Which code keeps versions in a repository: this is the one place that decides. Our own wherever it knows the format, since it is quick and runs nothing;
 * the person's `git` where only that knows the format; and where neither may or can, the person's own store.
 */
export async function chooseEngine(facts: EngineFacts): Promise<Pick<RepositoryLayout, 'engine' | 'note'>> {
	if (facts.problem !== null) return elsewhere(facts.problem);
	if (facts.unwritable !== null) return elsewhere(whyUnwritable(facts.unwritable));
	if (!facts.isOwned && !(await facts.gitAccepts())) {
		return elsewhere('it belongs to somebody else, and your Git is not told to trust it (git config --global --add safe.directory)');
	}
	if (facts.objectFormat !== 'sha1' && facts.objectFormat !== 'sha256')
		return elsewhere(`its objects have the format ${facts.objectFormat}, which is not known here`);
	if (facts.refFormat === 'files' && facts.unknownExtensions.length === 0) return { engine: 'own', note: null };
	const what =
		facts.unknownExtensions.length > 0
			? `it uses an extension (${facts.unknownExtensions.join(', ')})`
			: `its refs have the format ${facts.refFormat}`;
	if (!facts.hasGit) return elsewhere(`${what}, and there is no git program here that could know it`);
	if (!(await facts.gitAccepts())) return elsewhere(`${what} that your git program does not know; a newer one does`);
	return { engine: 'git', note: null };
}

/** Which code does what in a repository that is used in place. Where only the refs are foreign, objects are still files that we know. */
export function enginesOf(layout: RepositoryLayout): { readonly objects: 'own' | 'git'; readonly refs: 'own' | 'git' } {
	if (layout.engine === 'own') return { objects: 'own', refs: 'own' };
	return { objects: layout.features.includes('unknown-extension') ? 'git' : 'own', refs: 'git' };
}

/**
 * What a working tree may have at most for our own code to find what is changed in it, although there is a `git`: in a small one that is done before
 * a program has begun. See `small-working-tree.ts`.
 */
export const smallTree = {
	indexBytes: 256 * 1024,
	entries: 1000,
	/** Names in the folder of the notebook and below it. */
	listed: 2000,
	/** Files, and bytes in all, that have to be read because their facts do not say whether they changed. */
	filesRead: 100,
	bytesRead: 32 * 1024 * 1024,
	/** Of one file of ignore rules, and rules in all that one name is held against. */
	ruleBytes: 64 * 1024,
	rules: 400,
} as const;

/** Who finds what is changed in a working tree that is not small: `git` does it better. */
export function trackedFilesEngine(git: GitProgram | null): 'own' | 'git' {
	return git === null ? 'own' : 'git';
}

/** Who packs our own objects: `git` keeps what versions have in common only once, which our own writer does not. */
export function packingEngine(git: GitProgram | null): 'own' | 'git' {
	return git === null ? 'own' : 'git';
}

/** Where only a part of it is closed, as after `sudo git pull`, the person can put that right. */
function whyUnwritable({ path, isWhole }: NonNullable<EngineFacts['unwritable']>): string {
	if (isWhole) return 'you may read it but not write to it';
	return `you may not write to ${path} in it; to keep them here, make that yours and writable (chown, chmod)`;
}

function elsewhere(why: string): Pick<RepositoryLayout, 'engine' | 'note'> {
	return { engine: 'elsewhere', note: `Versions are kept in your own store, not in this repository: ${why}.` };
}
