import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { open, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { objectHeader } from '../../versions/repository-objects.ts';
import type { IndexEntry } from './index-file.ts';

/** What comparing a file with its entry in an index needs. */
export interface ComparisonContext {
	readonly workTree: string;
	/** When the index was written. */
	readonly indexTimeNs: bigint;
	/** `core.fileMode` is false: whether a file may be run says nothing. */
	readonly ignoresModes: boolean;
	readonly objectFormat: 'sha1' | 'sha256';
}

const nanosecondsPerSecond = 1_000_000_000n;

/** What a file's facts say: `unknown` where only its content can tell. Never surer than Git is (read-cache.c, `ie_match_stat`). */
export function compareFacts(entry: IndexEntry, found: BigIntStats, context: ComparisonContext): 'same' | 'changed' | 'unknown' {
	const isLink = isLinkEntry(entry);
	if (isLink !== found.isSymbolicLink() || (!isLink && !found.isFile())) return 'changed';
	if (!isLink && !context.ignoresModes && ((entry.mode & 0o100) !== 0) !== ((found.mode & 0o100n) !== 0n)) return 'changed';
	// Git sets a size to 0 where it wants the content read, also of an empty file; that of a link is the length of its target.
	if (entry.sizeBytes === 0) return 'unknown';
	if (low32(found.size) !== entry.sizeBytes) return 'changed';
	const seconds = found.mtimeNs / nanosecondsPerSecond;
	const isSame =
		low32(seconds) === entry.mtimeSeconds && low32(found.ctimeNs / nanosecondsPerSecond) === entry.ctimeSeconds && low32(found.ino) === entry.inode;
	// What was written in the index's own moment may have been changed after it, with the same time ("racy git").
	return isSame && seconds < context.indexTimeNs / nanosecondsPerSecond ? 'same' : 'unknown';
}

/** Whether a file has the content that its entry names, byte for byte: no filter and no line-end setting is applied. */
export async function hasContentOf(entry: IndexEntry, found: BigIntStats, { workTree, objectFormat }: ComparisonContext): Promise<boolean> {
	const path = join(workTree, entry.path);
	const hash = createHash(objectFormat);
	if (isLinkEntry(entry)) {
		const target = await readlink(path, { encoding: 'buffer' });
		hash.update(objectHeader('blob', target.length)).update(target);
	} else {
		hash.update(objectHeader('blob', Number(found.size)));
		// A pipe or a link that was put in the file's place meanwhile is not waited for nor followed.
		const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
		// The stream closes the file, and reads one byte more than was there at most.
		const content = handle.createReadStream({ end: Number(found.size) });
		for await (const chunk of content as AsyncIterable<Buffer>) hash.update(chunk);
	}
	return hash.digest('hex') === entry.oid;
}

/** Whether an entry is of a plain file or a link, and not of a folder or another repository. */
export function isFileEntry({ mode, path }: IndexEntry): boolean {
	return (mode >> 12 === 0o10 || mode >> 12 === 0o12) && !path.endsWith('/');
}

function isLinkEntry({ mode }: IndexEntry): boolean {
	return mode >> 12 === 0o12;
}

/** As much as an index keeps of a number. */
function low32(value: bigint): number {
	return Number(value & 0xffff_ffffn);
}
