import type { CommitOid } from '@nightlog/shared/base/ids';
import { listVersions } from '@nightlog/shared/versions/list-versions';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { type KnownNotebook, newestVersion, type ServiceContext } from './service-context.ts';

/** Which page of a notebook's versions. */
export interface PageRequest {
	readonly results: boolean;
	/** `next` of the page before; null begins with the newest. */
	readonly cursor: string | null;
	readonly limit: number;
}

/** What the marks of pages begin with that go on with what lies elsewhere. */
const otherMark = '~';

/**
 * A page of a notebook's versions: those that lie where the next one goes, newest first, and then those that were kept elsewhere while its repository
 * could not be written, or before it could not be. What moved, and so lies in both, is listed once.
 */
export async function listNotebook(
	context: ServiceContext,
	known: KnownNotebook,
	{ results, cursor, limit }: PageRequest,
): Promise<{ versions: Version[]; next: string | null }> {
	const other = await context.repositories.findOther(known.place);
	const isInOther = other !== null && cursor?.startsWith(otherMark) === true;
	const page = isInOther ? { versions: [], next: null } : await pageOf(context, known, { results, cursor, limit });
	if (other === null || page.next !== null) return page;
	const left = limit - page.versions.length;
	if (left === 0) return { ...page, next: otherMark };
	const mark = isInOther ? cursor.slice(otherMark.length) : '';
	const more = await pageOf(context, other, { results, cursor: mark === '' ? null : mark, limit: left });
	const { repository } = known.place.reader;
	const only: Version[] = [];
	for (const version of more.versions) if (!(await repository.hasObject(version.id))) only.push(version);
	return { versions: [...page.versions, ...only], next: more.next === null ? null : otherMark + more.next };
}

async function pageOf(
	context: ServiceContext,
	{ place, record }: KnownNotebook,
	request: PageRequest,
): Promise<{ versions: Version[]; next: string | null }> {
	const { person, records } = context;
	const earlier = (await newestVersion(context, place, record))?.id ?? null;
	const successor = (id: CommitOid) => records.successor(id);
	return listVersions(place.reader, { ...request, person, notebook: record.id, earlier, successor });
}
