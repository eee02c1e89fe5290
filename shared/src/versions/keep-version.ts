import type { CommitOid, NotebookId } from '../base/ids.ts';
import { isNightlogError, NightlogError } from '../base/nightlog-error.ts';
import { decideSuccession, isSameRequest } from './decide-succession.ts';
import { nextReadable } from './list-versions.ts';
import { isDamage, lookAtUnreadable, type ObjectReader, readWholeVersion, type StoredVersion, unlessDamaged } from './object-reader.ts';
import { listOutputs, outputPaths, restoreScriptPath } from './output-paths.ts';
import { planEquals, planTree, type TreeFile, writeTree } from './plan-tree.ts';
import type { ObjectId, RefChange, Signature, TreeEntry, WriteSession } from './repository.ts';
import type { Snapshot } from './snapshot.ts';
import {
	mostLeftOutNamed,
	serialiseVersionDocument,
	type VersionDocument,
	versionDocumentFormat,
	versionDocumentPath,
	versionMessage,
} from './version-document.ts';

/** Where a version goes and what the world says at the moment. */
export interface KeepContext {
	readonly reader: ObjectReader;
	readonly notebook: NotebookId;
	/** The ref of the notebook's newest version. */
	readonly ref: string;
	/** What it was a moment ago, where somebody has begun to read it; should it have moved since, that is seen when it is to be moved. */
	readonly refSoon: Promise<ObjectId | null> | null;
	/** The ref of the snapshot's label; null where it has none. */
	readonly labelRef: string | null;
	/** The ref that keeps the id of a newest version which is lost. */
	damagedRef(id: CommitOid): string;
	/** Whether another version that has the label loses it. */
	readonly moveLabel: boolean;
	/** A version to begin from where the notebook has none under `ref`: its history under another of the person's names. */
	readonly earlier: CommitOid | null;
	/** Versions that were the newest when they were kept, as far as anybody remembers: where the ref holds no id, the history goes on after one of them. */
	remembered(): readonly CommitOid[];
	/** Milliseconds since 1970. */
	nowMs(): number;
	signature(nowMs: number): Signature;
	/** Whether this store made that version and gave its id to nobody. */
	mayReplace(id: CommitOid): boolean;
	/** Waits a little before the next try, longer each time; rejects when the signal fires. */
	pause(attempt: number, signal: AbortSignal): Promise<void>;
}

/** What became of a snapshot. */
export interface KeptVersion {
	readonly version: StoredVersion;
	/** False where nothing changed since that version. */
	readonly created: boolean;
	/** The version whose place it took. */
	readonly replaced: CommitOid | null;
	/** What could not be read of the version before; null where all could. */
	readonly damage: Damage | null;
}

/** Damage that a version was made in spite of. */
export interface Damage {
	/** The newest version before; null where its ref held no id, whatever was remembered of it. */
	readonly id: CommitOid | null;
	/** Whether the history before could not be reached any more, so that it began anew. */
	readonly isLost: boolean;
}

/** As many replaced ids stand in a version's document; the store of the one who replaced them knows all. */
const mostReplacedNamed = 50;
/** How often a busy repository is tried before the person is told. */
const mostBusyTries = 12;
/** How often a ref may have moved that is what it was all the while: another that moves with it is never what it was said to be. */
const mostMovedTries = 100;

/**
 * Keeps a snapshot as the notebook's newest version. When another process moved the ref meanwhile, the version is made anew on top of what is there now:
 * neither is lost. Nothing is written where nothing changed. What is damaged of the newest version keeps no other from being made: where even its commit is
 * lost the history begins anew, and the id of the lost one stays under a ref of its own. Where the ref holds no id, the history goes on after the newest
 * version that is remembered.
 *
 * @throws NightlogError `version/label-taken` (409) when another version has the label and `moveLabel` is not set; `repository/ref-moved` (retryable) when
 * refs were others at each of many tries, and nobody kept a version meanwhile; what `Repository` throws when it cannot be written
 */
export async function keepVersion(context: KeepContext, snapshot: Snapshot, signal: AbortSignal): Promise<KeptVersion> {
	let passOverTip = false;
	let seen: ObjectId | null = null;
	for (let attempt = 0, busy = 0, moved = 0; ; attempt++) {
		signal.throwIfAborted();
		try {
			return await keepOnce(context, snapshot, attempt === 0 ? context.refSoon : null, passOverTip);
		} catch (error) {
			if (isDamage(error) && !passOverTip) {
				// Something below the newest version, perhaps: then this one is made without its help.
				passOverTip = true;
				continue;
			}
			if (isNightlogError(error, 'repository/ref-moved')) {
				// As long as others keep versions meanwhile, there is no end to trying.
				const now = await unlessDamaged(() => context.reader.repository.readRef(context.ref));
				moved = now === seen ? moved + 1 : 0;
				seen = now;
				if (moved >= mostMovedTries) throw error;
			} else if (!isNightlogError(error, 'repository/busy') || ++busy >= mostBusyTries) throw error;
		}
		await context.pause(attempt, signal);
	}
}

/** One try. @throws NightlogError `repository/ref-moved` */
async function keepOnce(context: KeepContext, snapshot: Snapshot, refSoon: KeepContext['refSoon'], passOverTip: boolean): Promise<KeptVersion> {
	const { reader, labelRef } = context;
	const { repository } = reader;
	const { tip, tipOid, refOid, isRefBroken, damage } = await findTip(context, refSoon, passOverTip);
	const labelOid = labelRef === null ? null : await unlessDamaged(() => repository.readRef(labelRef));
	const nowMs = context.nowMs();

	const session = repository.begin();
	const previous = tip !== null && isOverPrevious(snapshot, tip) ? tip : null;
	const base = previous?.commit.tree ?? snapshot.branchTree;
	const others = await planFiles(context, session, snapshot, base, tip);
	const form = snapshot.label === null && snapshot.notebook.cut !== null ? 'cut' : 'full';
	const changes = await planNotebook(context, session, snapshot, base, tip, form, others);
	const sameContent = tip !== null && isSameRequest(tip.document, snapshot) && (await holdsSame(context, snapshot, base, tip, form, others, changes));
	const next = { ...snapshot, executionDigest: snapshot.facts.execution.digest, nowMs };
	const mayReplace = refOid !== null && context.mayReplace(refOid);
	const succession = tip === null ? 'append' : decideSuccession(tip.document, next, sameContent, mayReplace);
	if (tip !== null && succession === 'same') {
		const isLabelled = labelRef === null || labelOid === tip.id;
		if (!isLabelled && labelOid !== null && !context.moveLabel) throw labelTaken(snapshot.label ?? '', labelOid);
		const refs: RefChange[] = isRefBroken ? [{ ref: context.ref, from: null, to: tip.id }] : [];
		if (!isLabelled) refs.push({ ref: labelRef, from: labelOid, to: tip.id });
		if (refs.length > 0) await repository.changeRefs(refs);
		return { version: tip, created: false, replaced: null, damage };
	}
	if (labelOid !== null && !context.moveLabel) throw labelTaken(snapshot.label ?? '', labelOid);

	const replaced = tip !== null && succession === 'replace' ? tip : null;
	// Below a version that a newer Nightlog made there are some that can be read.
	const before = tip ?? (await nextReadable(reader, tipOid));
	const document = { ...makeDocument(context, snapshot, form, before?.document ?? null, replaced, nowMs), ...(damage && { damaged: damage.id }) };
	const documentFile: TreeFile = { mode: '100644', oid: session.blob(serialiseVersionDocument(document)) };
	const trees = new Map<ObjectId, readonly TreeEntry[]>();
	const tree = writeTree(session, await planTree(reader.readTree, base, new Map([...changes, [versionDocumentPath, documentFile]])), trees);
	const parents = replaced !== null ? replaced.commit.parents : tipOid === null || damage?.isLost ? [] : [tipOid];
	const branch =
		snapshot.base === 'branch' && snapshot.branchCommit !== null && !parents.includes(snapshot.branchCommit) ? [snapshot.branchCommit] : [];
	const signature = context.signature(nowMs);
	const commit = { tree, parents: [...parents, ...branch], author: signature, committer: signature, message: versionMessage(document) };
	const id = session.commit(commit);
	const written = session.finish();
	const refs: RefChange[] = [{ ref: context.ref, from: refOid, to: id }];
	if (labelRef !== null) refs.push({ ref: labelRef, from: labelOid, to: id });
	// Before all others: refs change one after the other, and none must be gone from the one before it is under the other.
	if (damage?.isLost && refOid !== null) refs.unshift(await setAside(context, refOid));
	await repository.changeRefs(refs, written);
	const version = { id, commit, document };
	reader.remember(version, trees);
	return { version, created: true, replaced: replaced?.id ?? null, damage };
}

/** A notebook's newest version, as far as it can be read. */
interface Tip {
	/** What the ref has. */
	readonly refOid: CommitOid | null;
	/** Whether the ref is there and holds no id. */
	readonly isRefBroken: boolean;
	/** What the next version comes after. */
	readonly tipOid: CommitOid | null;
	/** Null where there is none, or none that can be used. */
	readonly tip: StoredVersion | null;
	readonly damage: Damage | null;
}

async function findTip(context: KeepContext, refSoon: KeepContext['refSoon'], passOver: boolean): Promise<Tip> {
	const { reader, ref, earlier } = context;
	let isRefBroken = false;
	let remembered: CommitOid | null = null;
	const refOid = (await (refSoon ?? reader.repository.readRef(ref)).catch(async (error: unknown) => {
		if (!isDamage(error)) throw error;
		isRefBroken = true;
		remembered = await recallNewest(context, isNightlogError(error) ? error.data.packed : null);
		return null;
	})) as CommitOid | null;
	const tipOid = refOid ?? remembered ?? earlier;
	if (tipOid === null) return { refOid, isRefBroken, tipOid, tip: null, damage: isRefBroken ? { id: null, isLost: true } : null };
	const tip = passOver ? null : await readWholeVersion(reader, tipOid);
	if (tip !== null) return { refOid, isRefBroken, tipOid, tip, damage: isRefBroken ? { id: null, isLost: false } : null };
	const what = await lookAtUnreadable(reader, tipOid);
	const isDamaged = passOver || what !== 'other';
	return { refOid, isRefBroken, tipOid, tip: null, damage: isDamaged ? { id: tipOid, isLost: what === 'lost' } : null };
}

/** The first that can be read of what is remembered of a notebook's newest version, `packed` last: what its ref was when refs were packed. */
async function recallNewest({ reader, notebook, remembered }: KeepContext, packed: unknown): Promise<CommitOid | null> {
	for (const id of [...remembered(), ...(typeof packed === 'string' ? [packed as CommitOid] : [])]) {
		const version = await readWholeVersion(reader, id);
		if (version !== null && version.document.notebook.id === notebook) return version.id;
	}
	return null;
}

/** Keeps the id of a lost version: until somebody mends or forgets it, Git says of what it misses, and prunes nothing that only this led to. */
async function setAside({ reader, damagedRef }: KeepContext, lost: CommitOid): Promise<RefChange> {
	const ref = damagedRef(lost);
	// It is there already where a save was ended before its own ref moved.
	return { ref, from: await unlessDamaged(() => reader.repository.readRef(ref)), to: lost };
}

/** Whether a version is made over the tree of the one before: paths of one that is of another folder say something else here. */
function isOverPrevious(snapshot: Snapshot, tip: StoredVersion): boolean {
	return snapshot.base === 'previous' && (tip.document.project === null || tip.document.project === snapshot.root);
}

/** The changes that all files but the notebook and Nightlog's own make to the base. */
async function planFiles(
	{ reader }: KeepContext,
	session: WriteSession,
	snapshot: Snapshot,
	base: ObjectId | null,
	tip: StoredVersion | null,
): Promise<Map<string, TreeFile | null>> {
	const changes = new Map<string, TreeFile | null>();
	if (tip !== null && isOverPrevious(snapshot, tip) && tip.document.notebook.path !== snapshot.notebook.path)
		changes.set(tip.document.notebook.path, null);
	for (const [path, file] of snapshot.files) {
		if (path === snapshot.notebook.path) continue;
		if (file === null) {
			changes.set(path, null);
			continue;
		}
		const trees = [base, tip?.commit.tree ?? null].filter((tree) => tree !== null);
		const named = file.knownOid !== null && (await namesObject(reader, trees, path, file.knownOid));
		const oid = named && file.knownOid !== null ? file.knownOid : session.blob(await file.read());
		changes.set(path, { mode: file.mode, oid });
	}
	return changes;
}

/** Whether a tree has this object at this path: then the repository keeps it. */
async function namesObject(reader: ObjectReader, trees: readonly ObjectId[], path: string, oid: ObjectId): Promise<boolean> {
	for (const tree of trees) if ((await reader.findEntry(tree, path))?.oid === oid) return true;
	return false;
}

/** `others` together with the changes that the notebook makes in one of its forms. */
async function planNotebook(
	{ reader }: KeepContext,
	session: WriteSession,
	snapshot: Snapshot,
	base: ObjectId | null,
	tip: StoredVersion | null,
	form: 'cut' | 'full',
	others: ReadonlyMap<string, TreeFile | null>,
): Promise<Map<string, TreeFile | null>> {
	const changes = new Map(others);
	const { path, mode, cut, full } = snapshot.notebook;
	// What lies in a branch's `.nightlog` belongs to another version.
	if (!(tip !== null && isOverPrevious(snapshot, tip)) && base !== null && (await reader.findEntry(base, '.nightlog')) !== null)
		changes.set('.nightlog', null);
	const before = base === null || changes.has('.nightlog') ? new Map<string, TreeFile>() : await listOutputs(reader, base);
	if (form === 'full' || cut === null) {
		for (const name of before.keys()) changes.set(name, null);
		if (snapshot.base === 'previous') changes.set(restoreScriptPath, null);
		changes.set(path, { mode, oid: session.blob(await full()) });
		return changes;
	}
	const known = new Map<string, ObjectId>();
	for (const outputs of [tip === null ? before : await listOutputs(reader, tip.commit.tree), before]) {
		for (const [name, file] of outputs) known.set(name.slice(name.lastIndexOf('/') + 1), file.oid);
	}
	const wanted = new Map<string, TreeFile>();
	for (const [name, place] of outputPaths([...cut.payloads.keys()])) {
		const oid = known.get(name) ?? session.blob(cut.payloads.get(name)?.() ?? new Uint8Array(0));
		wanted.set(place, { mode: '100644', oid });
	}
	for (const name of before.keys()) if (!wanted.has(name)) changes.set(name, null);
	for (const [name, file] of wanted) changes.set(name, file);
	changes.set(restoreScriptPath, { mode: '100644', oid: session.blob(cut.restoreScript) });
	changes.set(path, { mode, oid: session.blob(cut.bytes) });
	return changes;
}

/**
 * Whether the newest version holds what would be kept now, in whichever form it has the notebook. For a save it is enough that the notebook says the same:
 * editors write one notebook in several ways.
 */
async function holdsSame(
	context: KeepContext,
	snapshot: Snapshot,
	base: ObjectId | null,
	tip: StoredVersion,
	form: 'cut' | 'full',
	others: ReadonlyMap<string, TreeFile | null>,
	changes: ReadonlyMap<string, TreeFile | null>,
): Promise<boolean> {
	const { reader } = context;
	const { notebook } = tip.document;
	if (notebook.path !== snapshot.notebook.path) return false;
	if (notebook.sizeBytes === snapshot.notebook.sizeBytes) {
		const tipForm = notebook.form === 'cut' ? 'cut' : 'full';
		const inItsForm = tipForm === form ? changes : await planNotebook(context, reader.repository.begin(), snapshot, base, tip, tipForm, others);
		const plan = await planTree(reader.readTree, base, inItsForm);
		if (await planEquals(reader.readTree, plan, tip.commit.tree, versionDocumentPath)) return true;
	}
	if (snapshot.reason !== 'save' && snapshot.reason !== 'keep') return false;
	const rest = await planTree(reader.readTree, tip.commit.tree, others);
	return rest.kind === 'same' && (await snapshot.notebook.saysSame(tip));
}

function makeDocument(
	context: KeepContext,
	snapshot: Snapshot,
	form: 'cut' | 'full',
	tip: VersionDocument | null,
	replaced: StoredVersion | null,
	nowMs: number,
): VersionDocument {
	const now = new Date(nowMs).toISOString();
	const { path, sizeBytes, valid } = snapshot.notebook;
	return {
		format: versionDocumentFormat,
		notebook: { id: context.notebook, path, form, sizeBytes, valid },
		...snapshot.facts,
		number: replaced !== null ? replaced.document.number : (tip?.number ?? 0) + 1,
		reason: snapshot.reason,
		label: snapshot.label,
		createdAt: now,
		firstSavedAt: replaced?.document.firstSavedAt ?? now,
		replaces: replaced === null ? [] : [...replaced.document.replaces, replaced.id].slice(-mostReplacedNamed),
		parameters: snapshot.parameters,
		environment: null,
		branchCommit: snapshot.branchCommit,
		files: [
			{ path, sizeBytes },
			...[...snapshot.files].flatMap(([name, file]) => (file === null || name === path ? [] : { path: name, sizeBytes: file.sizeBytes })),
		],
		leftOut: snapshot.leftOut.slice(0, mostLeftOutNamed),
		leftOutUnnamed: Math.max(0, snapshot.leftOut.length - mostLeftOutNamed),
		job: null,
		fullFormOf: null,
		// A save that takes the place of another still tells of what was lost before that.
		...(replaced?.document.damaged === undefined ? {} : { damaged: replaced.document.damaged }),
	};
}

/** A label belongs to another version. */
export function labelTaken(label: string, holder: ObjectId): NightlogError {
	return new NightlogError(
		'version/label-taken',
		`Another version of this notebook is named ${JSON.stringify(label)}; choose another name, or move it.`,
		{
			status: 409,
			data: { label, version: holder },
		},
	);
}
