import { existsSync, realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitOid, NotebookId } from '@nightlog/shared/base/ids';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { createNotebookValidator } from '@nightlog/shared/notebook/notebook-validator';
import { readNotebook } from '@nightlog/shared/notebook/parse-notebook';
import { findParameters } from '@nightlog/shared/parameters/find-parameters';
import { labelVersion } from '@nightlog/shared/versions/label-version';
import { readLabels, versionOf } from '@nightlog/shared/versions/list-versions';
import { readWholeVersion, type StoredVersion } from '@nightlog/shared/versions/object-reader';
import { listVersionFiles, readVersionCode } from '@nightlog/shared/versions/read-version';
import { personIdOf, resultRef } from '@nightlog/shared/versions/ref-names';
import { keepResultVersion, readResultReceipt } from '@nightlog/shared/versions/result-version';
import type { UnreadableVersions } from '@nightlog/shared/versions/version-schema';
import type { VersionChange, VersionContent, VersionService } from '../services.ts';
import { cutNotebook } from './cut-notebook.ts';
import { offerOf } from './describe-version.ts';
import { createFileMemo } from './file-memo.ts';
import { findNotebookNow } from './find-notebook-now.ts';
import { createGitEngine } from './git-engine.ts';
import { createHousekeeping } from './housekeeping.ts';
import { invalidNotebook, type KeepNotebookRequest, keepNotebook, previewNotebook } from './keep-notebook.ts';
import { createKeyedLock } from './keyed-lock.ts';
import { listNotebook } from './list-notebook.ts';
import { cutFormOf, executionOf } from './make-snapshot.ts';
import { moveIntoProject } from './move-into-project.ts';
import { findNotebookFile, readWholeFile } from './notebook-file.ts';
import { createNotebookReadings } from './notebook-readings.ts';
import { createNotebookRecords } from './notebook-records.ts';
import { readVersionFile } from './read-version-file.ts';
import { createRepositories, type Place } from './repositories.ts';
import type { RepositoryEngine } from './repository-engine.ts';
import { restoreNotebook } from './restore-notebook.ts';
import { detailOf, findTip, findVersion, findVersionOf, knowNotebook, notebookBytes, type ServiceContext } from './service-context.ts';
import { sha256Hex } from './sha256.ts';
import { UnkeptSaves } from './unkept-saves.ts';
import { signatureOf, type VersionServiceOptions } from './version-context.ts';
import { createNotebookWatch, type SaveOutcome, watchFolder } from './watch-notebooks.ts';

/** As many ids are remembered as given out; of the others the refs are asked again. */
const mostPinned = 10_000;
/** So much is remembered of what was logged once. */
const mostLogged = 1000;

type ResultRequest = Parameters<VersionService['keepResult']>[0];

/** Versions of this person's notebooks on this machine. */
export function createVersionService(
	given: VersionServiceOptions,
	engine: RepositoryEngine = createGitEngine(given.environment.home, given.clock, (ref, gitDir) =>
		given.log('a ref of a repository holds no id and is passed over', { ref, gitDir }),
	),
): VersionService {
	const options = withResolvedFolders(given);
	const { environment, clock } = options;
	const person = personIdOf({ ...environment }, sha256Hex);
	const records = createNotebookRecords(options.database, options.log);
	const listeners = new Set<(change: VersionChange) => void>();
	const unkept = new UnkeptSaves(clock);
	const context: ServiceContext = {
		options,
		person,
		records,
		repositories: createRepositories({ engine, records, person, home: environment.home, storeFolder: join(options.stateFolder, 'versions.git') }),
		readings: createNotebookReadings(),
		files: createFileMemo(clock),
		folders: new Map(),
		lastKept: new Map(),
		validate: createNotebookValidator(),
		locks: createKeyedLock(),
		tell: (change) => {
			for (const listener of listeners) listener(change);
		},
	};
	const ended = new AbortController();
	const watched = createNotebookWatch({
		clock,
		keep: keepSaved,
		log: options.log,
		watchFolder,
		lookAt: (file) => stat(file, { bigint: true }).catch(() => null),
	});
	const housekeeping = createHousekeeping(ended.signal, options.log);
	/** Versions that nothing can take the place of any more. */
	const pinned = new Set<CommitOid>();
	/** Of which notebooks and versions it was logged that they cannot be read: lists are asked for often. */
	const loggedUnreadable = new Set<string>();

	/** Keeps a notebook, and answers what the person should know of it. */
	async function keep(request: KeepNotebookRequest, signal: AbortSignal) {
		const kept = await keepNotebook(context, request, signal);
		const { place, version, created } = kept;
		unkept.clear(place.file);
		const first = created && records.tellOnce(place.project, clock());
		const notes = [first ? noteOf(place) : null, kept.note].filter((note) => note !== null);
		const detail = await detailOf(context, kept, created ? (request.label ?? null) : undefined, notes.length === 0 ? null : notes.join(' '));
		if (request.reason !== 'save') rememberPinned(version.id);
		if (created) housekeeping.didWrite(place.reader.repository);
		return { version: detail, created };
	}

	/** Keeps a notebook, and notes whether that went well where nobody waits for it. */
	async function keepOrNote(request: KeepNotebookRequest, signal: AbortSignal) {
		const { notebook, reason } = request;
		try {
			return await keep(request, signal);
		} catch (error) {
			const file = reason === 'save' || reason === 'keep' ? await findNotebookFile(notebook).catch(() => null) : null;
			if (file !== null && !signal.aborted) unkept.note(file.path, error);
			throw error;
		}
	}

	/** Keeps what was saved, by whichever program. */
	async function keepSaved(file: string, editor: string | null, evenIfBroken: boolean): Promise<SaveOutcome> {
		try {
			await keepOrNote({ notebook: file, reason: 'save', wholeOnly: !evenIfBroken, ...(editor === null ? {} : { editor }) }, ended.signal);
			return 'done';
		} catch (error) {
			if (isNightlogError(error, 'notebook/half-written')) return 'half-written';
			if (isNightlogError(error, 'version/ignored') || isNightlogError(error, 'notebook/not-found') || ended.signal.aborted) return 'done';
			options.log('a save could not be kept; it is tried again', {
				file,
				code: isNightlogError(error) ? error.code : 'unknown',
				error: String(error),
			});
			return 'failed';
		}
	}

	async function content(id: CommitOid, notebook: string, signal: AbortSignal): Promise<VersionContent> {
		const found = await findVersion(context, id, notebook, signal);
		await pin(id, notebook);
		const { reader } = found.place;
		const sizes = new Map(found.version.document.files.map((file) => [file.path, file.sizeBytes]));
		const files = (await listVersionFiles(reader, found.version)).map((file) => ({
			path: file.path,
			mode: file.mode,
			sizeBytes: sizes.get(file.path) ?? null,
			read: () => readVersionFile(found.place, file, ended.signal),
		}));
		return { detail: await detailOf(context, found), notebook: await notebookBytes(reader, found.version), files };
	}

	async function pin(id: CommitOid, notebook: string): Promise<void> {
		if (pinned.has(id)) return;
		const { place, version } = await findVersion(context, id, notebook, new AbortController().signal);
		const notebookId = version.document.notebook.id as NotebookId;
		// No save takes the place of a version that was made for something else.
		if (version.document.reason !== 'save') {
			rememberPinned(id);
			return;
		}
		await context.locks.run(`notebook:${notebookId}`, async () => {
			// A save may have taken its place while this waited for the lock.
			await findVersion(context, id, notebook, new AbortController().signal);
			if (records.get(place.gitDir, notebookId)?.replaceable === id) records.clearReplaceable(place.gitDir, notebookId, id);
			rememberPinned(id);
		});
	}

	function rememberPinned(id: CommitOid): void {
		if (pinned.size >= mostPinned) pinned.clear();
		pinned.add(id);
	}

	function logUnreadable(file: string, { id, title }: UnreadableVersions): void {
		const what = `${file}\0${id ?? ''}`;
		if (loggedUnreadable.has(what)) return;
		if (loggedUnreadable.size >= mostLogged) loggedUnreadable.clear();
		loggedUnreadable.add(what);
		options.log('versions of a notebook cannot be read', { file, version: id, title });
	}

	async function keepResult(request: ResultRequest, signal: AbortSignal): Promise<CommitOid> {
		const { version } = await findVersion(context, request.version, request.notebook, signal);
		return context.locks.run(`notebook:${version.document.notebook.id}`, () => keepResultNow(request, signal));
	}

	/** Under the notebook's lock: its history may have moved to another repository meanwhile. */
	async function keepResultNow(request: ResultRequest, signal: AbortSignal): Promise<CommitOid> {
		const { place, version: submitted } = await findVersion(context, request.version, request.notebook, signal);
		const bytes = Buffer.from(request.executed.buffer, request.executed.byteOffset, request.executed.length);
		const read = cutNotebook(bytes, null);
		const nowMs = clock();
		const { id, created } = await keepResultVersion(place.reader, {
			job: request.job,
			ref: resultRef(person, submitted.document.notebook.id as NotebookId, request.job),
			submitted,
			executed: { bytes, cut: cutFormOf(read), valid: read.notebook !== null },
			receipt: request.receipt === null ? null : Buffer.from(`${JSON.stringify(request.receipt, null, 1)}\n`),
			environmentDigest: request.receipt?.environment.digest ?? null,
			parameters: request.parameters,
			execution: executionOf(read),
			createdAt: new Date(nowMs).toISOString(),
			signature: signatureOf(environment, nowMs),
		});
		const result = created ? await place.reader.readVersion(id) : null;
		if (result !== null) context.tell({ notebook: place.file, version: versionOf(result, null), isNew: true });
		return id;
	}

	return {
		keep: keepOrNote,
		content,
		pin,
		keepResult,
		async readReceipt(result, notebook, signal) {
			const { place, version } = await findVersion(context, result, notebook, signal);
			return readResultReceipt(place.reader, version);
		},
		async open(request, signal) {
			const file = await findNotebookFile(request.notebook);
			const { place, record } = await knowNotebook(context, request.notebook, signal);
			const { id, isRefDamaged } = await findTip(context, place, record);
			const tip = id === null ? null : await readWholeVersion(place.reader, id);
			const isNew = id === null && !isRefDamaged;
			if (request.closed === true) watched.close(place.file, request.client);
			// A notebook with versions may have been saved while nobody looked; one without gets its first version with its first save.
			else watched.open(place.file, request.client, request.editor ?? null, isNew ? file.facts : null);
			const { project, gitDir, inProject } = place;
			if (request.closed !== true) records.tellOnce(project, clock());
			const versions = isNew ? 0 : (tip?.document.number ?? null);
			return { project, repository: gitDir, inProject, note: noteOf(place), offer: offerOf(place), versions, unkept: unkept.of(place.file) };
		},
		async list({ notebook, results, cursor, limit }, signal) {
			const known = await knowNotebook(context, notebook, signal);
			const { unreadable, ...page } = await listNotebook(context, known, { results, cursor: cursor ?? null, limit });
			if (unreadable !== null) logUnreadable(known.place.file, unreadable);
			return { ...page, offer: offerOf(known.place), unkept: unkept.of(known.place.file), unreadable };
		},
		async moveIn(notebook, signal) {
			const { place, notebooks } = await moveIntoProject(context, notebook, signal);
			return { repository: place.gitDir, inProject: place.inProject, notebooks: [...notebooks] };
		},
		get: async (id, notebook, signal) => detailOf(context, await findVersionOf(context, id, notebook, signal)),
		findNow: (id, notebook, signal) => findNotebookNow(context, id, notebook, signal),
		async readNotebook(id, notebook, signal) {
			const { place, version } = await findVersionOf(context, id, notebook, signal);
			await pin(id, notebook);
			return notebookBytes(place.reader, version);
		},
		async preview(notebook, signal) {
			const { bytes, mayLackFiles, ...detail } = await previewNotebook(context, notebook, signal);
			return { detail, notebook: bytes, mayLackFiles };
		},
		async readCode(id, notebook, signal) {
			const found = await findVersionOf(context, id, notebook, signal);
			await pin(id, notebook);
			const { reader } = found.place;
			const isChecked = found.version.document.reason === 'submit';
			const bytes = isChecked ? readVersionCode(reader, found.version) : notebookBytes(reader, found.version);
			const [detail, notebookText] = await Promise.all([detailOf(context, found), bytes]);
			return { detail, notebook: notebookText, mayLackFiles: reader.repository.mayLackFiles };
		},
		async label(id, notebook, label, move, signal) {
			const asked = await findVersionOf(context, id, notebook, signal);
			await pin(id, notebook);
			const notebookId = asked.version.document.notebook.id as NotebookId;
			return context.locks.run(`notebook:${notebookId}`, async () => {
				// The history may have moved to another repository while this waited for the lock.
				const found = await findVersionOf(context, id, notebook, signal);
				const { place, version } = found;
				const before = await readLabels(place.reader, person, notebookId);
				await labelVersion(place.reader, {
					person,
					notebook: notebookId,
					version,
					label,
					move,
					readNotebook: () => notebookBytes(place.reader, version),
					signature: signatureOf(environment, clock()),
				});
				const after = await readLabels(place.reader, person, notebookId);
				await tellRenamed(context, place, before, after);
				return detailOf(context, found, after.get(version.id) ?? null);
			});
		},
		async restore(id, notebook, to, signal) {
			await pin(id, notebook);
			const { file, place, restored, before } = await restoreNotebook(context, id, notebook, to, signal);
			const labels = await readLabels(place.reader, person, restored.document.notebook.id as NotebookId);
			const show = (version: StoredVersion) => versionOf(version, labels.get(version.id) ?? null);
			return { notebook: file, restored: show(restored), before: before === null ? null : show(before) };
		},
		async parameters({ notebook, content: text, version }, signal) {
			const bytes = await bytesFor(context, notebook, text, version, signal);
			const { value, problems } = readNotebook(bytes);
			if (value === null) throw invalidNotebook('Its parameters cannot be read', problems);
			const { parameters, findings } = findParameters(value);
			return { parameters: [...parameters], findings: [...findings] };
		},
		onDidChange(listener) {
			listeners.add(listener);
			return { dispose: () => listeners.delete(listener) };
		},
		onDidMiss: (listener) => unkept.onDidChange(listener),
		async dispose() {
			await watched.dispose();
			ended.abort();
			await context.locks.idle();
			await housekeeping.idle();
			context.readings.dispose();
			records.flush();
			listeners.clear();
		},
	};
}

/** Tells of the versions that have another name now, or none. */
async function tellRenamed(
	context: ServiceContext,
	place: Place,
	before: ReadonlyMap<CommitOid, string>,
	after: ReadonlyMap<CommitOid, string>,
): Promise<void> {
	for (const id of new Set([...before.keys(), ...after.keys()])) {
		const label = after.get(id) ?? null;
		if (label === (before.get(id) ?? null)) continue;
		const version = await place.reader.readVersion(id);
		if (version !== null) context.tell({ notebook: place.file, version: versionOf(version, label), isNew: false });
	}
}

/** Folders as they are compared with those of notebooks: links resolved. */
function withResolvedFolders(options: VersionServiceOptions): VersionServiceOptions {
	const resolve = (folder: string): string => (existsSync(folder) ? realpathSync(folder) : folder);
	const { home, temporaryFolder } = options.environment;
	return {
		...options,
		stateFolder: resolve(options.stateFolder),
		environment: { ...options.environment, home: resolve(home), temporaryFolder: resolve(temporaryFolder) },
	};
}

async function bytesFor(
	context: ServiceContext,
	notebook: string,
	text: string | undefined,
	version: CommitOid | undefined,
	signal: AbortSignal,
): Promise<Uint8Array> {
	if (text !== undefined) return Buffer.from(text);
	if (version === undefined) return (await readWholeFile((await findNotebookFile(notebook)).path, signal)).bytes;
	const found = await findVersionOf(context, version, notebook, signal);
	return notebookBytes(found.place.reader, found.version);
}

/** What is said once of a folder: by the editor that opens a notebook there, or with the first version. */
function noteOf(place: Place): string {
	const what = 'Each save of a notebook is kept as a version, with its outputs and the modules that it imports';
	const where = place.inProject
		? `${what}: those of ${place.project} in its Git repository below refs/nightlog; branches, index and files stay as they are.`
		: `${what}.`;
	return [where, place.note ?? ''].filter((text) => text !== '').join(' ');
}
