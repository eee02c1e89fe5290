import type { CommitOid, JobId } from '../base/ids.ts';
import { isNightlogError } from '../base/nightlog-error.ts';
import type { ParameterValues } from '../base/parameter-values.ts';
import { type ObjectReader, type StoredVersion, unlessDamaged } from './object-reader.ts';
import { listOutputs, outputPaths, restoreScriptPath } from './output-paths.ts';
import { planTree, type TreeFile, writeTree } from './plan-tree.ts';
import type { Signature } from './repository.ts';
import type { CutNotebook } from './snapshot.ts';
import { serialiseVersionDocument, type VersionDocument, versionDocumentPath, versionMessage } from './version-document.ts';

/** The run record in a result's tree. */
const receiptPath = '.nightlog/receipt.json';

/** The bytes of the run record that a job's result holds; null where the version is no result, or of a job that left none. */
export async function readResultReceipt(reader: ObjectReader, version: StoredVersion): Promise<Uint8Array | null> {
	if (version.document.reason !== 'result') return null;
	const entry = await reader.findEntry(version.commit.tree, receiptPath);
	return entry === null || entry.mode !== '100644' ? null : reader.repository.readBlob(entry.oid);
}

/** What a job left. */
export interface JobResult {
	readonly job: JobId;
	/** Where the result goes. */
	readonly ref: string;
	readonly submitted: StoredVersion;
	readonly executed: { readonly bytes: Uint8Array; readonly cut: CutNotebook | null; readonly valid: boolean };
	/** The run record's bytes; null where the job left none. */
	readonly receipt: Uint8Array | null;
	readonly environmentDigest: string | null;
	readonly parameters: ParameterValues;
	readonly execution: VersionDocument['execution'];
	readonly createdAt: string;
	readonly signature: Signature;
}

/**
 * Keeps a job's executed notebook as a version of its own, with the submitted version as its parent and the submitted files in its tree. A result that is
 * there already stays as it is: the same job has one result, however often it is brought.
 *
 * @returns its id, and whether it was made just now
 */
export async function keepResultVersion(reader: ObjectReader, result: JobResult): Promise<{ readonly id: CommitOid; readonly created: boolean }> {
	const { repository } = reader;
	// A ref that holds no id, as after a power cut, has no result: it is made anew.
	const readBefore = () => unlessDamaged(() => repository.readRef(result.ref));
	const before = await readBefore();
	if (before !== null) return { id: before as CommitOid, created: false };
	const { submitted, executed } = result;
	const session = repository.begin();
	const changes = new Map<string, TreeFile | null>();
	const put = (path: string, bytes: Uint8Array) => changes.set(path, { mode: '100644', oid: session.blob(bytes) });
	const outputs = await listOutputs(reader, submitted.commit.tree);
	for (const path of outputs.keys()) changes.set(path, null);
	const { path } = submitted.document.notebook;
	if (executed.cut === null) changes.set(restoreScriptPath, null);
	else {
		put(restoreScriptPath, executed.cut.restoreScript);
		for (const [name, place] of outputPaths([...executed.cut.payloads.keys()])) put(place, executed.cut.payloads.get(name)?.() ?? new Uint8Array(0));
	}
	put(path, executed.cut?.bytes ?? executed.bytes);
	if (result.receipt !== null) put(receiptPath, result.receipt);
	const document: VersionDocument = {
		...submitted.document,
		notebook: {
			...submitted.document.notebook,
			form: executed.cut === null ? 'full' : 'cut',
			sizeBytes: executed.bytes.length,
			valid: executed.valid,
		},
		reason: 'result',
		label: null,
		createdAt: result.createdAt,
		firstSavedAt: result.createdAt,
		replaces: [],
		parameters: result.parameters,
		environment: result.environmentDigest === null ? null : { digest: result.environmentDigest },
		execution: result.execution,
		files: [{ path, sizeBytes: executed.bytes.length }],
		job: result.job,
		fullFormOf: null,
	};
	put(versionDocumentPath, serialiseVersionDocument(document));
	const tree = writeTree(session, await planTree(reader.readTree, submitted.commit.tree, changes));
	const { signature } = result;
	const id = session.commit({ tree, parents: [submitted.id], author: signature, committer: signature, message: versionMessage(document) });
	await session.finish();
	try {
		await repository.changeRefs([{ ref: result.ref, from: null, to: id }]);
		return { id, created: true };
	} catch (error) {
		// Somebody else brought it at the same moment.
		const other = isNightlogError(error, 'repository/ref-moved') ? await readBefore() : null;
		if (other === null) throw error;
		return { id: other as CommitOid, created: false };
	}
}
