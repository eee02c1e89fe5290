import { createStore } from '@nightlog/shared/node/git/create-store';
import { inspectRepository } from '@nightlog/shared/node/git/inspect-repository';
import { openForReading } from '@nightlog/shared/node/git/open-for-reading';
import { openRepository } from '@nightlog/shared/node/git/open-repository';
import { findGitProgram, type GitProgram } from '@nightlog/shared/node/git/run-git';
import type { RepositoryEngine } from './repository-engine.ts';

/**
 * Repositories on this machine's disk. The person's `git` is looked for once.
 *
 * @param home absolute path of the home directory
 * @param now milliseconds since 1970
 * @param onBrokenRef told of refs of ours that are passed over because they hold no id
 */
export function createGitEngine(home: string, now: () => number, onBrokenRef: (ref: string, gitDir: string) => void = () => {}): RepositoryEngine {
	let found: Promise<GitProgram | null> | null = null;
	const git = (): Promise<GitProgram | null> => {
		found ??= findGitProgram(new AbortController().signal);
		return found;
	};
	return {
		inspect: async (folder, signal) => inspectRepository(folder, signal, { git: await git(), home }),
		open: async (layout) => openRepository(layout, { git: await git(), now, onBrokenRef }),
		openForReading,
		createStore: async (folder) => createStore(folder, { git: await git(), now, onBrokenRef }),
	};
}
