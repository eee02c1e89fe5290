import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CommitOid } from '../../base/ids.ts';
import { NightlogError } from '../../base/nightlog-error.ts';
import type { ObjectId, Repository, RepositoryLayout } from '../../versions/repository.ts';
import { refNamespace } from '../../versions/repository-ref-names.ts';
import { enginesOf, packingEngine, trackedFilesEngine } from './choose-engine.ts';
import { composeRepository } from './compose-repository.ts';
import { repositoryError } from './disk-errors.ts';
import { allDone } from './durable-files.ts';
import { type FileCalls, fileCallsFor } from './file-calls.ts';
import { FileObjectStore } from './file-object-store.ts';
import { FileRefStore } from './file-ref-store.ts';
import { keepStoreSmall } from './keep-store-small.ts';
import { LockFiles } from './lock-files.ts';
import type { ObjectStore, RefStore } from './object-store.ts';
import { OwnRecords } from './own-records.ts';
import { packByGit } from './pack-by-git.ts';
import { createPersonConfigReader } from './person-config.ts';
import { ProgramObjectStore } from './program-object-store.ts';
import { ProgramRefStore } from './program-ref-store.ts';
import { readRepositoryConfig } from './repository-config.ts';
import type { GitProgram } from './run-git.ts';
import { readSmallWorkingTree } from './small-working-tree.ts';
import { trackedFilesByGit } from './tracked-files.ts';
import { trackedFilesFromIndex } from './tracked-files-from-index.ts';

/** What opening a repository needs of the outside. */
export interface OpenRepositoryOptions {
	/** The person's `git`, see `findGitProgram`; null where there is none. */
	readonly git: GitProgram | null;
	/** Whether it is the person's own store, which nobody else looks after; `createStore` says so, never a repository's configuration. */
	readonly isOwnStore?: boolean;
	/** Told, once each, of refs of ours that are passed over because they hold no id. */
	readonly onBrokenRef?: (ref: string, gitDir: string) => void;
	/** How the file system is called; by what holds the repository where nothing is said. */
	readonly calls?: FileCalls;
	/** Milliseconds since 1970; the system's clock where nothing is said. */
	readonly now?: () => number;
	/** Letters and digits that nobody had before; random where nothing is said. */
	readonly uniqueName?: () => string;
}

/**
 * Opens a repository that `inspectRepository` looked at. Nothing is held open and nothing is written until something is kept.
 *
 * @throws NightlogError `repository/not-here` for a layout whose engine is `elsewhere`, with the layout's note
 */
export async function openRepository(layout: RepositoryLayout, options: OpenRepositoryOptions): Promise<Repository> {
	if (layout.engine === 'elsewhere') {
		throw new NightlogError('repository/not-here', layout.note ?? 'Versions cannot be kept in this repository.', {
			status: 409,
			data: { gitDir: layout.gitDir },
		});
	}
	const { commonDir, gitDir, objectFormat } = layout;
	const { git } = options;
	const now = options.now ?? Date.now;
	const engines = enginesOf(layout);
	const { shared, isPrecious } = await readRepositoryConfig(commonDir, gitDir);
	const uniqueName = options.uniqueName ?? (() => randomBytes(10).toString('hex'));
	const calls = options.calls ?? (await fileCallsFor(commonDir));
	const personConfig = git === null ? null : createPersonConfigReader(git, now);
	const records = new OwnRecords(commonDir, shared, calls);
	const locks = new LockFiles(records, shared, uniqueName, calls);
	const broken = new Set<string>();
	const onBroken = (ref: string): void => {
		if (!broken.has(ref)) options.onBrokenRef?.(ref, commonDir);
		broken.add(ref);
	};
	const refs: RefStore =
		engines.refs === 'git' ? new ProgramRefStore(assertGit(git), layout) : new FileRefStore({ gitDir, commonDir, shared, locks, calls, onBroken });
	const objects: ObjectStore =
		engines.objects === 'git'
			? new ProgramObjectStore(assertGit(git), layout, now)
			: new FileObjectStore({
					objectsFolder: join(commonDir, 'objects'),
					calls,
					objectFormat,
					shared,
					records,
					isPrecious,
					ownTips: async () => (await refs.list(refNamespace)).map(({ oid }) => oid),
					packByGit:
						packingEngine(git) === 'own' ? null : (found, signal) => packByGit(assertGit(git), layout, records, shared, uniqueName(), found, signal),
					keepSmall: options.isOwnStore === true && git !== null ? (signal) => keepStoreSmall(git, commonDir, now(), signal) : null,
					now,
					uniqueName,
				});
	let lastHead: { readonly commit: CommitOid; readonly tree: ObjectId } | null = null;

	/** What a commit's tree is never changes. */
	async function treeOf(commit: CommitOid | null): Promise<ObjectId | null> {
		if (commit === null) return null;
		if (lastHead?.commit !== commit) lastHead = { commit, tree: (await repository.readCommit(commit)).tree };
		return lastHead.tree;
	}

	const repository = composeRepository({
		layout,
		objects,
		refs,
		async maintain(signal) {
			await locks.sweep();
			await records.sweep(now());
			await allDone([refs.maintain(), objects.maintain(signal)]);
		},
		async trackedFiles(signal, untrackedIn) {
			const head = repository.headCommit();
			// It may fail before it is waited for.
			head.catch(() => {});
			try {
				const headTree = head.then(treeOf);
				headTree.catch(() => {});
				if (personConfig === null || trackedFilesEngine(git) === 'own')
					return await trackedFilesFromIndex(layout, { tree: await headTree, readTree: repository.readTree }, signal);
				const person = personConfig();
				person.catch(() => {});
				const ask = { git: assertGit(git), layout, head, findFilters: async () => (await person).filters };
				const askGit = async (folder: string) => await (await trackedFilesByGit(ask, signal, folder)).untracked(folder);
				const small = await readSmallWorkingTree({ layout, calls, headTree, person, askGit }, signal, untrackedIn ?? null).catch((error: unknown) => {
					if (signal.aborted) throw error;
					// A file may have gone while it was looked at, and what we cannot read `git` may.
					return null;
				});
				return small ?? (await trackedFilesByGit(ask, signal, untrackedIn ?? null));
			} catch (error) {
				if (signal.aborted) throw error;
				throw repositoryError(error, layout.workTree ?? gitDir);
			}
		},
	});
	return repository;
}

function assertGit(git: GitProgram | null): GitProgram {
	if (git !== null) return git;
	throw new NightlogError('repository/not-here', 'This repository needs a git program, and there is none here any more.', { status: 409 });
}
