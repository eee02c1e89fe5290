import type { BigIntStats } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { CommitOid } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { ParameterValues } from '@nightlog/shared/base/parameter-values';
import type { NotebookProblem } from '@nightlog/shared/notebook/notebook-problem';
import { readNotebook } from '@nightlog/shared/notebook/parse-notebook';
import { createIgnoreRules, nightlogIgnoreName } from '@nightlog/shared/versions/ignore-rules';
import { type Damage, type KeptVersion, keepVersion } from '@nightlog/shared/versions/keep-version';
import { readLabels, versionOf } from '@nightlog/shared/versions/list-versions';
import { isDamage, unlessDamaged } from '@nightlog/shared/versions/object-reader';
import { damagedRef, labelRef, versionsRef } from '@nightlog/shared/versions/ref-names';
import type { ObjectId, TrackedFiles } from '@nightlog/shared/versions/repository';
import { isUnsafeFolder } from '@nightlog/shared/versions/select-files';
import type { Snapshot } from '@nightlog/shared/versions/snapshot';
import type { VersionDetail } from '@nightlog/shared/versions/version-schema';
import { collectFiles, folderOf } from './collect-files.ts';
import { cutFormOf, executionOf } from './make-snapshot.ts';
import { findNotebookFile, notFound } from './notebook-file.ts';
import { identifyNotebook } from './notebook-identity.ts';
import type { Reading } from './notebook-readings.ts';
import type { NotebookRecord } from './notebook-records.ts';
import { createProjectFiles, type ProjectFiles } from './project-files.ts';
import type { Place } from './repositories.ts';
import { type LastKept, saysSame } from './says-same.ts';
import { screenBytes } from './screen-bytes.ts';
import { identityContext, type KnownNotebook, type ServiceContext } from './service-context.ts';
import { signatureOf, type VersionEnvironment } from './version-context.ts';

/** What to keep, and why. */
export interface KeepNotebookRequest {
	readonly notebook: string;
	/** The editor's document, where it is not on disk. */
	readonly content?: string;
	readonly reason: Snapshot['reason'];
	readonly label?: string;
	/** Whether another version that has this name loses it. */
	readonly move?: boolean;
	readonly parameters?: ParameterValues;
	readonly editor?: string;
	/** Id of the kernel session in which the editor runs the cells. */
	readonly session?: string;
	/** Whether to leave what is no notebook for a later look, since it may be half written. */
	readonly wholeOnly?: boolean;
}

/** A version that was kept, and what the person should know of how. */
export type KeptNotebook = KnownNotebook & KeptVersion & { readonly note: string | null };

/** Keeps a notebook as it is on disk or on the screen, and tells of the version that was made or named. */
export async function keepNotebook(context: ServiceContext, request: KeepNotebookRequest, signal: AbortSignal): Promise<KeptNotebook> {
	if ((request.reason === 'label') !== (request.label !== undefined) || (request.move === true && request.label === undefined)) {
		throw new NightlogError('version/label-or-not', 'A name is given with the reason "label", and that reason with a name.', {
			status: 400,
			errors: [{ path: '/label', message: request.label === undefined ? 'Give a name.' : 'Leave it out, or say "label" as the reason.' }],
		});
	}
	const file = await findNotebookFile(request.notebook);
	if (file.facts === null) throw notFound(request.notebook);
	const kept = await context.locks.run(`file:${file.path}`, async () => {
		const place = await context.repositories.find(file.path, signal);
		const refSoon = startReadingRef(context, place);
		const { facts, ...now } = await readNotebookNow(context, place, file.facts, request, signal);
		const record = facts === null ? null : await identifyNotebook(identityContext(context), place, facts);
		if (record === null) throw notFound(request.notebook);
		return context.locks.run(`notebook:${record.id}`, async () => {
			const { snapshot, note } = await makeSnapshot(context, now, request, signal);
			const refNow = refSoon?.notebook === record.id ? refSoon.oid : null;
			const kept = await keepSnapshot(context, { place, record, snapshot, refSoon: refNow, moveLabel: request.move === true }, signal);
			const { notebook } = now.reading;
			if (kept.created && notebook !== null) rememberKept(context, record.id, { version: kept.version.id, notebook });
			const notes = [note, kept.damage === null ? null : damageNote(place, kept.damage)].filter((each) => each !== null);
			return { place, record, note: notes.length === 0 ? null : notes.join(' '), ...kept };
		});
	});
	if (kept.created || request.label !== undefined) await tellKept(context, kept, request.label ?? null);
	return kept;
}

/** A notebook as it is at its place, and what lies around it; all of it is asked for at once. */
async function readNotebookNow(
	context: ServiceContext,
	place: Place,
	known: BigIntStats | null,
	request: KeepNotebookRequest,
	signal: AbortSignal,
): Promise<NotebookNow & { readonly facts: BigIntStats | null }> {
	// Git looks at the working tree while the notebook is read.
	const tracked = isWhole(request) ? startTrackedFiles(place, context.options.environment, signal) : null;
	const [read, branch] = await Promise.all([readNow(context, place.file, request.content, signal), readBranch(context, place, isWhole(request))]);
	const { reading } = read;
	if (request.reason === 'submit') assertNotebook(context, reading);
	if (request.wholeOnly === true && reading.notebook === null) throw halfWritten(place.file);
	const facts = read.facts ?? known;
	const mode = facts !== null && (facts.mode & 0o100n) !== 0n ? '100755' : '100644';
	return { place, reading, mode, branch, tracked, facts };
}

/** A version that was there already may have another name besides. */
async function tellKept({ person, tell }: ServiceContext, kept: KeptNotebook, given: string | null): Promise<void> {
	const { place, record, version, created } = kept;
	const label = created ? given : ((await readLabels(place.reader, person, record.id)).get(version.id) ?? null);
	tell({ notebook: place.file, version: versionOf(version, label), isNew: created });
}

/** What a job would run if it were submitted now. */
export type NotebookPreview = Pick<VersionDetail, 'project' | 'notebook' | 'files' | 'reason'> & {
	readonly bytes: Uint8Array;
	/** Whether files of the branch may be missing. */
	readonly mayLackFiles: boolean;
};

/**
 * What keeping a notebook for a job would keep; nothing is written.
 *
 * @throws NightlogError `notebook/not-found`, `notebook/invalid` as keeping it would
 */
export async function previewNotebook(context: ServiceContext, notebook: string, signal: AbortSignal): Promise<NotebookPreview> {
	const file = await findNotebookFile(notebook);
	if (file.facts === null) throw notFound(notebook);
	return context.locks.run(`file:${file.path}`, async () => {
		const place = await context.repositories.find(file.path, signal);
		const request = { notebook, reason: 'submit' } as const;
		const now = await readNotebookNow(context, place, file.facts, request, signal);
		const { reading } = now;
		const { snapshot } = await makeSnapshot(context, now, request, signal);
		const others = [...snapshot.files].flatMap(([path, other]) =>
			other === null || path === place.path ? [] : { path, sizeBytes: other.sizeBytes },
		);
		return {
			project: place.project,
			notebook: place.path,
			files: [{ path: place.path, sizeBytes: reading.bytes.length }, ...others],
			reason: 'submit',
			// The next reading may use the memory of this one.
			bytes: Buffer.from(reading.cutBytes ?? reading.bytes),
			mayLackFiles: place.reader.repository.mayLackFiles,
		};
	});
}

/** Begins to read where the newest version is, while the notebook is read, on a disk where each call is a wait; null elsewhere and for a new notebook. */
function startReadingRef({ records, person }: ServiceContext, place: Place): RefSoon | null {
	const record = place.calls.isQuick ? null : records.find(place.gitDir, place.project, place.path);
	if (record === null) return null;
	const oid = place.reader.repository.readRef(versionsRef(person, record.id));
	// Where the notebook cannot be kept, nobody waits for it.
	oid.catch(() => {});
	return { notebook: record.id, oid };
}

interface RefSoon {
	readonly notebook: NotebookRecord['id'];
	readonly oid: Promise<ObjectId | null>;
}

/** Asks Git what is changed, and what lies untracked beside the notebook; null outside of a repository. */
function startTrackedFiles(place: Place, environment: VersionEnvironment, signal: AbortSignal): Promise<TrackedFiles> | null {
	if (!place.inProject) return null;
	const isUnsafe = isUnsafeFolder(dirname(place.file), environment);
	const tracked = place.reader.repository.trackedFiles(signal, isUnsafe ? undefined : folderOf(place.path));
	// Where the notebook cannot be kept, nobody waits for it.
	tracked.catch(() => {});
	return tracked;
}

/** Whether a version holds all that belongs to the notebook, not only what it imports. */
function isWhole({ reason }: KeepNotebookRequest): boolean {
	return reason === 'submit' || reason === 'label';
}

interface Branch {
	readonly commit: CommitOid;
	readonly tree: ObjectId;
}

/** A notebook at this moment. */
interface NotebookNow {
	readonly place: Place;
	readonly reading: Reading;
	readonly mode: '100644' | '100755';
	readonly branch: Branch | null;
	/** What Git says of the working tree; null for a save, and where there is no repository. */
	readonly tracked: Promise<TrackedFiles> | null;
}

async function makeSnapshot(
	context: ServiceContext,
	{ place, reading, mode, branch, tracked }: NotebookNow,
	request: KeepNotebookRequest,
	signal: AbortSignal,
): Promise<{ readonly snapshot: Snapshot; readonly note: string | null }> {
	const whole = isWhole(request);
	const project = createProjectFiles(place.project, context.folders, context.options.clock, place.calls);
	if (request.reason === 'save') await assertNotIgnored(project, place);
	const { environment } = context.options;
	const { files, leftOut, note } = await collectFiles(
		{ place, project, memo: context.files, environment, signal },
		reading,
		whole ? { tracked } : null,
	);
	const snapshot: Snapshot = {
		notebook: {
			path: place.path,
			mode,
			sizeBytes: reading.bytes.length,
			valid: reading.notebook !== null,
			cut: cutFormOf(reading),
			full: async () => reading.bytes,
			saysSame: (version) => saysSame(place.reader, version, reading, context.lastKept.get(version.document.notebook.id) ?? null),
		},
		root: place.project,
		files,
		base: whole ? 'branch' : 'previous',
		branchTree: branch?.tree ?? null,
		branchCommit: branch?.commit ?? null,
		leftOut,
		facts: {
			project: place.inProject ? null : place.project,
			worktree: place.worktree,
			editor: request.editor ?? null,
			kernel: reading.notebook === null ? null : { name: reading.notebook.kernelName, session: request.session ?? null },
			execution: executionOf(reading),
		},
		reason: request.reason,
		label: request.label ?? null,
		parameters: request.parameters ?? {},
	};
	return { snapshot, note };
}

/** A snapshot, and where it goes. */
interface SnapshotToKeep {
	readonly place: Place;
	readonly record: NotebookRecord;
	readonly snapshot: Snapshot;
	readonly refSoon: Promise<ObjectId | null> | null;
	readonly moveLabel: boolean;
}

/** Puts a snapshot into the repository, and what became of it into the store. Runs under the notebook's lock. */
async function keepSnapshot(
	context: ServiceContext,
	{ place, record, snapshot, refSoon, moveLabel }: SnapshotToKeep,
	signal: AbortSignal,
): Promise<KeptVersion> {
	const { options, records, person } = context;
	const { gitDir } = place;
	const readEarlier = () => place.reader.repository.readRef(versionsRef(record.person, record.id));
	const kept = await keepVersion(
		{
			reader: place.reader,
			notebook: record.id,
			ref: versionsRef(person, record.id),
			refSoon,
			labelRef: snapshot.label === null ? null : labelRef(person, record.id, snapshot.label),
			damagedRef: (id) => damagedRef(person, record.id, id),
			moveLabel,
			earlier: record.person === person ? null : ((await unlessDamaged(readEarlier)) as CommitOid | null),
			remembered: () =>
				[records.get(gitDir, record.id)?.replaceable, context.lastKept.get(record.id)?.version].flatMap((id) => (id ?? []) as CommitOid[]),
			nowMs: options.clock,
			signature: (nowMs) => signatureOf(options.environment, nowMs),
			mayReplace: (id) => records.get(gitDir, record.id)?.replaceable === id,
			pause: (attempt, pauseSignal) => pause(options.random, attempt, pauseSignal),
		},
		snapshot,
		signal,
	);
	const { version, created, replaced, damage } = kept;
	if (damage !== null)
		options.log('the newest version of a notebook is damaged; another was kept after it', { gitDir, notebook: record.id, ...damage });
	if (snapshot.reason !== 'save') records.clearReplaceable(gitDir, record.id, version.id);
	else if (created) records.setReplaceable(gitDir, record.id, version.id);
	if (replaced !== null) records.addSuccessor(replaced, version.id);
	return kept;
}

/** What the person should know of a version that was kept though the one before is damaged. */
function damageNote({ gitDir }: Place, { id, isLost }: Damage): string {
	if (id === null && !isLost)
		return `Where this notebook's newest version was is not known any more; its history goes on after the newest that is remembered. Run git fsck in ${gitDir} to see more.`;
	const what =
		id === null ? "This notebook's newest version cannot be found any more" : `The version before this one, ${id}, cannot be read any more`;
	return `${what}${isLost ? ', so its history begins anew' : ''}; run git fsck in ${gitDir} to see more.`;
}

/** As many notebooks' last versions are remembered. */
const mostLastKept = 8;

function rememberKept(context: ServiceContext, notebook: string, last: LastKept): void {
	context.lastKept.delete(notebook);
	context.lastKept.set(notebook, last);
	const oldest = context.lastKept.keys().next();
	if (context.lastKept.size > mostLastKept && !oldest.done) context.lastKept.delete(oldest.value);
}

/** Waits up to a few milliseconds, more each time, and never as long as another process that began at the same moment. */
async function pause(random: (length: number) => Uint8Array, attempt: number, signal: AbortSignal): Promise<void> {
	const share = (random(1)[0] ?? 0) / 255;
	await wait(share * Math.min(200, 2 ** Math.min(attempt, 10)), undefined, { signal });
}

/** What is on disk; or what somebody has on the screen, and no facts. */
async function readNow(
	context: ServiceContext,
	path: string,
	content: string | undefined,
	signal: AbortSignal,
): Promise<{ readonly reading: Reading; readonly facts: BigIntStats | null }> {
	if (content === undefined) {
		const { facts, ...reading } = await context.readings.readFile(path, signal);
		return { reading, facts };
	}
	const disk = await context.readings.readFile(path, signal).catch(() => null);
	return { reading: context.readings.readContent(path, screenBytes(content, disk)), facts: null };
}

/**
 * Where the project's branch is; null where there is none, or, for a save, none that can be read.
 *
 * @throws NightlogError `repository/branch-damaged` (409) where what belongs to the notebook hangs on it
 */
async function readBranch({ options }: ServiceContext, place: Place, isNeeded: boolean): Promise<Branch | null> {
	try {
		const commit = place.inProject ? await place.reader.repository.headCommit() : null;
		if (commit === null) return null;
		const { tree } = await place.reader.readCommit(commit);
		// A version is made over this tree: what of it leads to the notebook has to be there.
		await place.reader.findEntry(tree, place.path);
		return { commit, tree };
	} catch (error) {
		if (!isDamage(error)) throw error;
		const { gitDir } = place;
		if (!isNeeded) {
			options.log('the branch of a repository cannot be read; a save was kept without it', { gitDir, error: String(error) });
			return null;
		}
		throw new NightlogError(
			'repository/branch-damaged',
			`The branch of this repository cannot be read, so it is not known what belongs to the notebook. Saves are kept all the same; run git fsck in ${gitDir} to see what is damaged.`,
			{ status: 409, data: { gitDir }, cause: error },
		);
	}
}

const quote = 0x22;

/** @throws NightlogError `notebook/invalid` (422) with everything that keeps this from being a notebook */
function assertNotebook(context: ServiceContext, reading: Reading): void {
	// What was cut is a string, and stands for one: then the form with outputs cut is valid where the whole is, and a hundredth of its size.
	const isCutValid = reading.notebook !== null && [...reading.payloads.values()].every((payload) => payload()[0] === quote);
	const { value, problems } = isCutValid ? { value: reading.notebook, problems: reading.problems } : readNotebook(reading.bytes);
	const errors = (value === null ? problems : context.validate(value)).filter(({ severity }) => severity === 'error');
	if (value === null || errors.length > 0) throw invalidNotebook('This notebook cannot be run', errors);
}

/** @throws NightlogError `version/ignored` (409): saves of a notebook that `.nightlogignore` names are nobody's business */
async function assertNotIgnored(project: ProjectFiles, place: Place): Promise<void> {
	const isIgnored = createIgnoreRules(await project.ignoreFiles(place.path, [nightlogIgnoreName]));
	if (!isIgnored(place.path)) return;
	throw new NightlogError('version/ignored', `A ${nightlogIgnoreName} file says that saves of ${JSON.stringify(place.path)} are not kept.`, {
		status: 409,
	});
}

function halfWritten(path: string): NightlogError {
	return new NightlogError('notebook/half-written', `${JSON.stringify(path)} is no notebook at the moment; it may be half written.`, {
		status: 409,
		retryable: true,
	});
}

/** A notebook that can be kept, but not worked with. */
export function invalidNotebook(what: string, problems: readonly NotebookProblem[]): NightlogError {
	const [first] = problems;
	return new NightlogError('notebook/invalid', `${what}: ${first?.message ?? 'it cannot be read.'}`, {
		status: 422,
		errors: problems.map(({ path, message }) => ({ path, message })),
	});
}
