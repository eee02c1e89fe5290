import type { CommitOid, NotebookId } from '../base/ids.ts';
import { isNightlogError, NightlogError } from '../base/nightlog-error.ts';
import { findSuccessor } from './find-successor.ts';
import { createObjectReader } from './object-reader.ts';
import { parseRef } from './ref-names.ts';
import type { CommitContent, ObjectId, RefChange, Repository, WriteSession } from './repository.ts';
import { refNamespace } from './repository-ref-names.ts';

/** A ref and what it leads to. */
interface Ref {
	readonly ref: string;
	readonly oid: ObjectId;
}

/** So much is held in memory before it is written. */
const mostPendingBytes = 16_000_000;
const mostPendingObjects = 2000;
/** How often it is looked again what another process added meanwhile. */
const mostPasses = 20;

/**
 * Brings all that a repository has of a notebook, versions, names and results, to another one, under the same ids. Objects are there before what leads to
 * them, be it a commit or a ref, and the history itself comes last: where that is there, all is. After a crash some refs may be there before it, each with
 * all that it leads to, and doing it again goes on. Nothing is taken away from where it came. What the other repository has of the notebook already stays, and is only followed by what comes after it.
 *
 * @throws NightlogError `version/other-format` (409) where the repositories name objects differently; `version/histories-differ` (409) where both went on
 * from the same version; what `Repository` throws when it cannot be written
 */
export async function moveHistory(from: Repository, to: Repository, notebook: NotebookId, signal: AbortSignal): Promise<void> {
	if (from.objectFormat !== to.objectFormat) throw otherFormat();
	for (let pass = 1; ; pass++) {
		signal.throwIfAborted();
		const refs = await refsOf(from, notebook);
		const wanted: Ref[] = [];
		for (const each of refs) if ((await to.readRef(each.ref)) !== each.oid) wanted.push(each);
		if (wanted.length === 0) return;
		const commits = await copyCommits(
			from,
			to,
			wanted.map(({ oid }) => oid as CommitOid),
			signal,
		);
		const changes: RefChange[] = [];
		for (const each of wanted) {
			const change = await changeOf(from, to, each, commits);
			if (change !== null) changes.push(change);
		}
		if (changes.length === 0) return;
		try {
			const isHistory = ({ ref }: RefChange): boolean => parseRef(ref)?.kind === 'versions';
			await to.changeRefs(changes.filter((change) => !isHistory(change)));
			await to.changeRefs(changes.filter(isHistory));
		} catch (error) {
			if (!isNightlogError(error, 'repository/ref-moved') || pass >= mostPasses) throw error;
		}
	}
}

/** All refs of a notebook, whoever's, also of kinds that this Nightlog does not know. What only keeps the id of a damaged version stays where it is. */
async function refsOf(repository: Repository, notebook: NotebookId): Promise<readonly Ref[]> {
	return (await repository.listRefs(refNamespace)).filter(({ ref }) => {
		const [, , , id, kind] = ref.split('/');
		return id === notebook && kind !== 'damaged';
	});
}

/** What is to become of a ref; null where it is to stay as it is. */
async function changeOf(from: Repository, to: Repository, { ref, oid }: Ref, commits: ReadonlySet<string>): Promise<RefChange | null> {
	const there = (await to.readRef(ref)) as CommitOid | null;
	if (there === null) return { ref, from: null, to: oid };
	// A name or a result that is there already was given there.
	if (there === oid || parseRef(ref)?.kind !== 'versions') return null;
	const isEarlier = commits.has(there) || (await findSuccessor(createObjectReader(from), oid as CommitOid, there, null)) !== null;
	if (isEarlier) return { ref, from: there, to: oid };
	if (await leadsBackTo(to, there, oid as CommitOid)) return null;
	throw new NightlogError(
		'version/histories-differ',
		'This notebook has other versions in its repository than in your own store, so they cannot become one history. Both stay where they are.',
		{ status: 409, data: { here: oid, there } },
	);
}

async function leadsBackTo(repository: Repository, tip: CommitOid, wanted: CommitOid): Promise<boolean> {
	if (!(await repository.hasObject(wanted))) return false;
	const seen = new Set<CommitOid>();
	for (const waiting = [tip]; waiting.length > 0; ) {
		const id = waiting.pop() as CommitOid;
		if (id === wanted) return true;
		if (seen.has(id)) continue;
		seen.add(id);
		waiting.push(...(await repository.readCommit(id)).parents);
	}
	return false;
}

/** Copies commits with all that they lead to, each after its parents; answers the ids of all of them. */
async function copyCommits(from: Repository, to: Repository, tips: readonly CommitOid[], signal: AbortSignal): Promise<Set<string>> {
	const commits = await readCommits(from, tips);
	const writer = new CopyWriter(to, signal);
	const seen = new Set<ObjectId>();
	async function copyTree(oid: ObjectId): Promise<void> {
		if (seen.has(oid)) return;
		seen.add(oid);
		const entries = await from.readTree(oid);
		for (const entry of entries) {
			if (entry.mode === '40000') await copyTree(entry.oid);
			// A submodule's commit lies in another repository.
			else if (entry.mode !== '160000' && !seen.has(entry.oid)) {
				seen.add(entry.oid);
				const bytes = await from.readBlob(entry.oid);
				await writer.add(entry.oid, bytes.length, (session) => session.blob(bytes));
			}
		}
		await writer.add(oid, entries.length * 64, (session) => session.tree(entries));
	}
	for (const [id, commit] of commits) {
		await copyTree(commit.tree);
		await writer.add(id, 256, (session) => session.commit(commit));
	}
	await writer.finish();
	return new Set(commits.keys());
}

/** Commits and all that came before them, each after its parents: what is written half leads to nothing that is not there. */
async function readCommits(from: Repository, tips: readonly CommitOid[]): Promise<Map<CommitOid, CommitContent>> {
	const begun = new Map<CommitOid, CommitContent>();
	const ordered = new Map<CommitOid, CommitContent>();
	for (const waiting = [...tips]; waiting.length > 0; ) {
		const id = waiting.at(-1) as CommitOid;
		const known = begun.get(id);
		if (known === undefined) {
			const commit = await from.readCommit(id);
			begun.set(id, commit);
			waiting.push(...commit.parents.filter((parent) => !begun.has(parent)));
			continue;
		}
		// All that it leads to was written above it.
		ordered.set(id, known);
		waiting.pop();
	}
	return ordered;
}

/** Writes objects some at a time, and sees that each has the id that it had. */
class CopyWriter {
	readonly #repository: Repository;
	readonly #signal: AbortSignal;
	#session: WriteSession;
	#bytes = 0;
	#objects = 0;

	constructor(repository: Repository, signal: AbortSignal) {
		this.#repository = repository;
		this.#signal = signal;
		this.#session = repository.begin();
	}

	async add(oid: ObjectId, bytes: number, put: (session: WriteSession) => ObjectId): Promise<void> {
		if (put(this.#session) !== oid) {
			throw new NightlogError('version/not-the-same', 'A version would have another id in the repository, so the history stays where it is.', {
				data: { oid },
			});
		}
		this.#bytes += bytes;
		this.#objects += 1;
		if (this.#bytes >= mostPendingBytes || this.#objects >= mostPendingObjects) await this.finish();
	}

	async finish(): Promise<void> {
		this.#signal.throwIfAborted();
		await this.#session.finish();
		this.#session = this.#repository.begin();
		this.#bytes = 0;
		this.#objects = 0;
	}
}

function otherFormat(): NightlogError {
	return new NightlogError(
		'version/other-format',
		'This repository names its objects by SHA-256 and your own store by SHA-1, so versions would have other ids there. They stay where they are.',
		{ status: 409 },
	);
}
