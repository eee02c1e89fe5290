import type { CommitOid, PersonId } from '@nightlog/shared/base/ids';
import { type ObjectReader, readWholeVersion } from '@nightlog/shared/versions/object-reader';
import { parseRef, personPrefix } from '@nightlog/shared/versions/ref-names';
import type { VersionDocument } from '@nightlog/shared/versions/version-document';
import type { NotebookRecords } from './notebook-records.ts';

/** Where a version says that its notebook is; `project` is empty where that cannot be known from here. */
export type PlaceOfDocument = (document: VersionDocument, path: string) => { readonly project: string; readonly path: string };

/** Takes up notebooks of a person that a repository's refs know and the store does not. */
export async function takeUpRefs(
	{ records, person }: { readonly records: NotebookRecords; readonly person: PersonId },
	reader: ObjectReader,
	placeOf: PlaceOfDocument,
): Promise<void> {
	const { gitDir } = reader.repository;
	for (const { ref, oid } of await reader.repository.listRefs(personPrefix(person))) {
		const parsed = parseRef(ref);
		if (parsed?.kind !== 'versions') continue;
		const known = records.get(gitDir, parsed.notebook);
		if (known !== null && known.project !== '') continue;
		const version = await readWholeVersion(reader, oid as CommitOid);
		if (version === null) continue;
		const { project, path } = placeOf(version.document, version.document.notebook.path);
		if (known !== null && project === '') continue;
		const fields = { gitDir, id: parsed.notebook, person, project, path };
		records.put({ ...fields, device: null, inode: null }, Date.parse(version.document.createdAt) || 0);
	}
}
