import type { CommitOid } from '@nightlog/shared/base/ids';
import { type HistoryGap, listVersions, nextReadable, parentOf, type VersionPage } from '@nightlog/shared/versions/list-versions';
import { readWholeVersion } from '@nightlog/shared/versions/object-reader';
import type { UnreadableVersions, Version } from '@nightlog/shared/versions/version-schema';
import type { Place } from './repositories.ts';
import { findTip, type KnownNotebook, type ServiceContext } from './service-context.ts';

/** Which page of a notebook's versions. */
export interface PageRequest {
	readonly results: boolean;
	/** `next` of the page before; null begins with the newest. */
	readonly cursor: string | null;
	readonly limit: number;
}

/** A page of a notebook's versions. */
export interface NotebookPage {
	readonly versions: Version[];
	/** The mark of the next page; null on the last one. */
	readonly next: string | null;
	/** What could not be read between these versions or right after them; null where all is whole. */
	readonly unreadable: UnreadableVersions | null;
}

/** What the marks of pages begin with that go on with what lies elsewhere. */
const otherMark = '~';

/**
 * A page of a notebook's versions: those that lie where the next one goes, newest first, and then those that were kept elsewhere while its repository
 * could not be written, or before it could not be. What moved, and so lies in both, is listed once, also where it can be read in one of them only.
 */
export async function listNotebook(context: ServiceContext, known: KnownNotebook, { results, cursor, limit }: PageRequest): Promise<NotebookPage> {
	const { place } = known;
	const isInOther = cursor?.startsWith(otherMark) === true;
	const page: VersionPage = isInOther ? { versions: [], next: null, gap: null } : await pageOf(context, known, { results, cursor, limit });
	const unreadable = page.gap === null ? null : describeGap(place, page.gap);
	const here = { versions: page.versions, next: page.next, unreadable };
	if (page.next !== null) return here;
	const other = await context.repositories.findOther(place, isInOther || page.gap !== null);
	if (other === null) return here;
	const left = limit - page.versions.length;
	if (left === 0) return { ...here, next: otherMark };
	const mark = isInOther ? cursor.slice(otherMark.length) : '';
	const more = await pageOf(context, other, { results, cursor: mark === '' ? null : mark, limit: left });
	const isListed = listedIn(context, known);
	const only: Version[] = [];
	for (const version of more.versions) if (!(await isListed(version))) only.push(version);
	return {
		versions: [...page.versions, ...only],
		next: more.next === null ? null : otherMark + more.next,
		unreadable: unreadable ?? (more.gap === null ? null : describeGap(other.place, more.gap)),
	};
}

async function pageOf(context: ServiceContext, { place, record }: KnownNotebook, request: PageRequest): Promise<VersionPage> {
	const { person, records } = context;
	const earlier = (await findTip(context, place, record)).id;
	const successor = (id: CommitOid) => records.successor(id);
	return listVersions(place.reader, { ...request, person, notebook: record.id, earlier, successor });
}

/**
 * Tells of versions from elsewhere, newest first, whether the history here has them, or what took their place. That their objects are here says nothing: where something between
 * is lost, nothing leads to them any more.
 */
function listedIn(context: ServiceContext, { place, record }: KnownNotebook): (version: Version) => Promise<boolean> {
	const { reader } = place;
	let seen: Set<string> | null = null;
	async function readHistory(): Promise<Set<string>> {
		const ids = new Set<string>();
		const { id } = await findTip(context, place, record);
		for (let at = await nextReadable(reader, id); at !== null; at = await nextReadable(reader, parentOf(at)))
			for (const each of [at.id, ...at.document.replaces]) ids.add(each);
		return ids;
	}
	return async ({ id, reason }) => {
		// Only what moved lies in both, and only for that is the history walked through.
		if ((await readWholeVersion(reader, id as CommitOid)) === null) return false;
		// A result has a ref of its own.
		if (reason === 'result') return true;
		seen ??= await readHistory();
		return seen.has(id);
	};
}

/** What cannot be read, as a person is told of it. */
function describeGap({ gitDir }: Place, { id, isEnd }: HistoryGap): UnreadableVersions {
	const look = `run git fsck in ${gitDir} to see what is missing or damaged.`;
	if (id === null)
		return { id, title: `Earlier versions cannot be found in ${gitDir}, because the ref that names the newest of them holds no id; ${look}` };
	return { id, title: `Version ${id} cannot be read${isEnd ? ', and neither can what came before it' : ''}; ${look}` };
}
