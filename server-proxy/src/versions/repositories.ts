import { stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { CommitOid, PersonId } from '@nightlog/shared/base/ids';
import { type FileCalls, fileCallsFor } from '@nightlog/shared/node/git/file-calls';
import { createObjectReader, type ObjectReader, unlessDamaged } from '@nightlog/shared/versions/object-reader';
import { versionsRef } from '@nightlog/shared/versions/ref-names';
import type { RepositoryLayout } from '@nightlog/shared/versions/repository';
import { findProject, type Project } from './find-project.ts';
import type { NotebookRecord, NotebookRecords } from './notebook-records.ts';
import type { RepositoryEngine } from './repository-engine.ts';
import { takeUpRefs } from './take-up-refs.ts';
import { isBelow, treePath } from './tree-path.ts';

/** Where a notebook's versions are kept. */
export interface Place {
	/** Absolute path of the folder that versions' trees are of. */
	readonly project: string;
	/** The notebook's path in it, with '/'. */
	readonly path: string;
	/** Absolute path of the notebook, links resolved. */
	readonly file: string;
	/** For what lies in the notebook's folder. */
	readonly calls: FileCalls;
	readonly reader: ObjectReader;
	/** Absolute path of the Git directory, by which the store tells repositories apart. */
	readonly gitDir: string;
	/** Whether the repository is the project's own. */
	readonly inProject: boolean;
	/** Name of the linked working tree; null in the main one and in the person's own store. */
	readonly worktree: string | null;
	/** What the person should know of the place; null where nothing needs saying. */
	readonly note: string | null;
	/** The repository of the notebook's folder, where that can take the history that began in the person's own store; else null. */
	readonly canMoveTo: Place | null;
	/** The repository of the notebook's folder, where nothing can be kept in it now; else null. */
	readonly unusable: RepositoryLayout | null;
}

/** Versions of a notebook that lie elsewhere than where its next one goes. */
export interface OtherHistory {
	readonly place: Place;
	readonly record: NotebookRecord;
}

/** Finds where notebooks' versions are kept. */
export interface Repositories {
	find(file: string, signal: AbortSignal): Promise<Place>;
	/**
	 * What was kept of the notebook at a place while versions went elsewhere: in its repository, where that cannot be written now; or in the person's own
	 * store, while it could not be. Null where there is no such history. Only for reading.
	 *
	 * @param evenMoved also where all of it has moved to the place since: for what cannot be read there
	 */
	findOther(place: Place, evenMoved: boolean): Promise<OtherHistory | null>;
}

interface OpenRepository {
	readonly fingerprint: string;
	readonly layout: RepositoryLayout;
	/** For its Git directory. */
	readonly calls: FileCalls;
	readonly reader: ObjectReader | null;
}

/** As many folders are remembered with the calls for them. */
const mostFolders = 2000;

/** What finding repositories needs. */
export interface RepositoriesContext {
	readonly engine: RepositoryEngine;
	readonly records: NotebookRecords;
	readonly person: PersonId;
	/** Absolute path of the home directory, links resolved. */
	readonly home: string;
	/** Where the person's own bare repository is or is to be. */
	readonly storeFolder: string;
}

export function createRepositories({ engine, records, person, home, storeFolder }: RepositoriesContext): Repositories {
	const open = new Map<string, OpenRepository>();
	/** By their Git directory. */
	const unusable = new Map<string, { readonly layout: RepositoryLayout; readonly reader: ObjectReader | null }>();
	const folders = new Map<string, Promise<FileCalls>>();
	let store: Promise<ObjectReader> | null = null;
	/** What the store's refs say is taken up once; from then on the records know. */
	let storeRefs: Promise<void> | null = null;

	function callsFor(folder: string): Promise<FileCalls> {
		if (folders.size > mostFolders) folders.clear();
		const known = folders.get(folder) ?? fileCallsFor(folder);
		folders.set(folder, known);
		return known;
	}

	async function openStore(): Promise<ObjectReader> {
		store ??= engine.createStore(storeFolder).then(createObjectReader);
		try {
			return await store;
		} catch (error) {
			store = null;
			throw error;
		}
	}

	async function openProject(project: Project, signal: AbortSignal): Promise<OpenRepository | null> {
		const known = open.get(project.folder);
		// Of what it hangs on that nothing can be kept in a repository, some is in no file of it: that is asked each time.
		if (known !== undefined && known.reader !== null && known.fingerprint === (await fingerprintOf(project.folder, known.layout, known.calls)))
			return known;
		const layout = await engine.inspect(project.folder, signal);
		if (layout === null) return null;
		const calls = await callsFor(layout.commonDir);
		const fingerprint = await fingerprintOf(project.folder, layout, calls);
		if (known !== undefined && JSON.stringify(known.layout) === JSON.stringify(layout)) {
			const same = { ...known, fingerprint };
			open.set(project.folder, same);
			return same;
		}
		const reader = layout.engine === 'elsewhere' ? null : createObjectReader(await engine.open(layout));
		const opened = { fingerprint, layout, calls, reader };
		open.set(project.folder, opened);
		return opened;
	}

	async function find(file: string, signal: AbortSignal): Promise<Place> {
		const noRepositories = new Set([home]);
		const calls = await callsFor(dirname(file));
		let project = await findProject(dirname(file), noRepositories, callsFor);
		let opened: OpenRepository | null = null;
		while (project.isGit) {
			opened = await openProject(project, signal);
			if (opened?.layout.workTree && isBelow(opened.layout.workTree, file)) break;
			// A `.git` that is no repository, or one of files elsewhere, says nothing about where the project begins.
			noRepositories.add(project.folder);
			project = await findProject(dirname(file), noRepositories, callsFor);
		}
		const workTree = opened?.layout.workTree ?? null;
		if (opened === null || workTree === null || !project.isGit) {
			return inStore(project.folder, file, `Versions of this folder are kept in ${storeFolder}, because it is in no Git repository.`);
		}
		if (opened.reader === null) {
			const place = await inStore(workTree, file, opened.layout.note ?? `Versions of this folder are kept in ${storeFolder}.`);
			return { ...place, unusable: opened.layout };
		}
		const path = treePath(workTree, file);
		const { commonDir: gitDir, note } = opened.layout;
		const worktree = worktreeOf(opened.layout);
		const { reader } = opened;
		const place = { project: workTree, path, file, calls, reader, gitDir, inProject: true, worktree, note, canMoveTo: null, unusable: null };
		if (records.find(gitDir, workTree, path) !== null) return place;
		const begunInStore = await findInStore(file);
		return begunInStore === null || (await hasMoved(opened.reader, begunInStore)) ? place : whereItBegan(begunInStore, place);
	}

	async function findOther(place: Place, evenMoved: boolean): Promise<OtherHistory | null> {
		if (place.inProject) {
			const record = await findInStore(place.file);
			const other = record === null ? null : await inStore(record.project, place.file, place.note ?? '');
			if (record === null || other === null) return null;
			return evenMoved || !(await hasAll(place.reader, other.reader, record)) ? { place: other, record } : null;
		}
		if (place.unusable === null) return null;
		const { workTree, commonDir: gitDir, note } = place.unusable;
		const path = workTree === null ? null : treePath(workTree, place.file);
		// Only what was kept there by this person: a repository of somebody else says nothing here.
		const record = workTree === null || path === null ? null : records.find(gitDir, workTree, path);
		if (workTree === null || path === null || record === null) return null;
		const reader = await openUnusable(place.unusable);
		if (reader === null) return null;
		const worktree = worktreeOf(place.unusable);
		return { place: { ...place, project: workTree, path, reader, gitDir, inProject: true, worktree, note }, record };
	}

	/** Whether a repository has what the store has of a notebook: it moved there, and nothing was kept in the store since. */
	async function hasAll({ repository }: ObjectReader, stored: ObjectReader, record: NotebookRecord): Promise<boolean> {
		for (const each of new Set([person, record.person])) {
			const ref = versionsRef(each, record.id);
			const tip = (await unlessDamaged(() => stored.repository.readRef(ref))) as CommitOid | null;
			if (tip !== null && records.successor(tip) === null && !(await repository.hasObject(tip))) return false;
		}
		return true;
	}

	async function openUnusable(layout: RepositoryLayout): Promise<ObjectReader | null> {
		const known = unusable.get(layout.commonDir);
		if (known !== undefined && JSON.stringify(known.layout) === JSON.stringify(layout)) return known.reader;
		const repository = await engine.openForReading(layout);
		const reader = repository === null ? null : createObjectReader(repository);
		unusable.set(layout.commonDir, { layout, reader });
		return reader;
	}

	/** What the person's own store knows of a file. */
	async function findInStore(file: string): Promise<NotebookRecord | null> {
		const known = records.findFile(storeFolder, file);
		if (known !== null || (storeRefs === null && (await stat(storeFolder).catch(() => null)) === null)) return known;
		storeRefs ??= openStore().then((reader) => takeUpRefs({ records, person }, reader, ({ project }, path) => ({ project: project ?? '', path })));
		try {
			await storeRefs;
		} catch (error) {
			storeRefs = null;
			throw error;
		}
		return records.findFile(storeFolder, file);
	}

	/** Whether a history lies in the repository by now: that its ref is there is what makes it so. */
	async function hasMoved({ repository }: ObjectReader, record: NotebookRecord): Promise<boolean> {
		for (const each of new Set([person, record.person])) {
			const ref = versionsRef(each, record.id);
			// One that holds no id is there, too.
			const isThere = await unlessDamaged(async () => (await repository.readRef(ref)) !== null);
			if (isThere !== false) return true;
		}
		return false;
	}

	async function whereItBegan(record: NotebookRecord, project: Place): Promise<Place> {
		const began = `The history of this notebook is kept in ${storeFolder}, where it began, and not in the repository of its folder.`;
		const place = await inStore(record.project, project.file, began);
		if (place.reader.repository.objectFormat === project.reader.repository.objectFormat) return { ...place, canMoveTo: project };
		return { ...place, note: `${began} It stays there, because the repository names its objects by SHA-256.` };
	}

	async function inStore(project: string, file: string, note: string): Promise<Place> {
		const reader = await openStore();
		const { gitDir } = reader.repository;
		const calls = await callsFor(dirname(file));
		const path = treePath(project, file);
		return { project, path, file, calls, reader, gitDir, inProject: false, worktree: null, note, canMoveTo: null, unusable: null };
	}

	return { find, findOther };
}

/** Changes when a repository may have become another kind of repository. */
async function fingerprintOf(folder: string, layout: RepositoryLayout, calls: FileCalls): Promise<string> {
	const paths = new Set([join(folder, '.git'), layout.gitDir, join(layout.commonDir, 'config'), join(layout.gitDir, 'config.worktree')]);
	const facts = await Promise.all(
		[...paths].map(async (path) => {
			const found = await calls.stat(path).catch(() => null);
			return found === null ? 'none' : `${found.ino}.${found.mtimeNs}.${found.size}`;
		}),
	);
	return facts.join(' ');
}

function worktreeOf(layout: RepositoryLayout): string | null {
	return layout.gitDir === layout.commonDir ? null : layout.gitDir.slice(layout.gitDir.lastIndexOf(sep) + 1);
}
