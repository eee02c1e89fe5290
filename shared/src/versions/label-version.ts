import type { CommitOid, NotebookId, PersonId } from '../base/ids.ts';
import { isNightlogError, NightlogError } from '../base/nightlog-error.ts';
import { labelTaken } from './keep-version.ts';
import { type ObjectReader, readWholeVersion, type StoredVersion } from './object-reader.ts';
import { listOutputs, restoreScriptPath } from './output-paths.ts';
import { planTree, type TreeFile, writeTree } from './plan-tree.ts';
import { labelRef, notebookPrefix } from './ref-names.ts';
import type { RefChange, Signature } from './repository.ts';
import { serialiseVersionDocument, type VersionDocument, versionDocumentPath, versionMessage } from './version-document.ts';

/** Which version is to be named how. */
export interface LabelRequest {
	readonly person: PersonId;
	readonly notebook: NotebookId;
	readonly version: StoredVersion;
	/** Null takes its name away. */
	readonly label: string | null;
	/** Whether another version with that name loses it. */
	readonly move: boolean;
	/** The version's notebook in full. */
	readNotebook(): Promise<Uint8Array>;
	readonly signature: Signature;
}

/** How often a ref is looked at again that another process moved. */
const mostTries = 8;

/**
 * Names a version; a name that it had before is taken from it. Where the version has its outputs beside its notebook, the name leads to a commit of its
 * own on top of it, which holds the notebook in full, so that whoever gets the name gets everything.
 *
 * @throws NightlogError `version/label-taken` (409, data.version) where another version has the name and `move` is not set
 */
export async function labelVersion(reader: ObjectReader, request: LabelRequest): Promise<void> {
	const { repository } = reader;
	const { version, label } = request;
	const wanted = label === null ? null : labelRef(request.person, request.notebook, label);
	for (let attempt = 1; ; attempt++) {
		const changes: RefChange[] = [];
		let holder: CommitOid | null = null;
		let named = false;
		for (const { ref, oid } of await repository.listRefs(`${notebookPrefix(request.person, request.notebook)}labels/`)) {
			const leadsTo = ((await readWholeVersion(reader, oid as CommitOid))?.document.fullFormOf ?? oid) as CommitOid;
			if (ref === wanted) {
				holder = oid as CommitOid;
				named = leadsTo === version.id;
				if (!named && !request.move) throw labelTaken(label ?? '', leadsTo);
			} else if (leadsTo === version.id) changes.push({ ref, from: oid, to: null });
		}
		if (wanted !== null && !named) changes.push({ ref: wanted, from: holder, to: await fullForm(reader, request, label ?? '') });
		if (changes.length === 0) return;
		try {
			await repository.changeRefs(changes);
			return;
		} catch (error) {
			if (!isNightlogError(error, 'repository/ref-moved') || attempt >= mostTries) throw error;
		}
	}
}

/** The version itself where it holds its notebook in full, else a commit on top of it that does. */
async function fullForm(reader: ObjectReader, request: LabelRequest, label: string): Promise<CommitOid> {
	const { version, signature } = request;
	if (version.document.notebook.form !== 'cut') return version.id;
	const session = reader.repository.begin();
	const { path } = version.document.notebook;
	const entry = await reader.findEntry(version.commit.tree, path);
	if (entry === null)
		throw new NightlogError('version/damaged', 'This version cannot be named: its notebook is not there.', { data: { version: version.id } });
	const changes = new Map<string, TreeFile | null>();
	for (const output of (await listOutputs(reader, version.commit.tree)).keys()) changes.set(output, null);
	changes.set(restoreScriptPath, null);
	changes.set(path, { mode: entry.mode === '100755' ? '100755' : '100644', oid: session.blob(await request.readNotebook()) });
	const document: VersionDocument = {
		...version.document,
		notebook: { ...version.document.notebook, form: 'full' },
		reason: 'label',
		label,
		replaces: [],
		fullFormOf: version.id,
	};
	changes.set(versionDocumentPath, { mode: '100644', oid: session.blob(serialiseVersionDocument(document)) });
	const tree = writeTree(session, await planTree(reader.readTree, version.commit.tree, changes));
	const id = session.commit({ tree, parents: [version.id], author: signature, committer: signature, message: versionMessage(document) });
	await session.finish();
	return id;
}
