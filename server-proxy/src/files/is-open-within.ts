import type { BigIntStats } from 'node:fs';
import { type FileHandle, readlink, realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';

/**
 * Whether an open file is a folder's own, or that very file. The kernel tells where it lies now; where it tells nothing, or names things otherwise, the path is
 * asked again.
 *
 * @param path by which it was opened
 * @param within absolute, links resolved
 */
export async function isOpenWithin(handle: FileHandle, facts: BigIntStats, path: string, within: string): Promise<boolean> {
	const isBelow = (place: string | null) => place !== null && (place === within || place.startsWith(within.endsWith(sep) ? within : within + sep));
	const opened = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => null);
	// An editor put another file in its place since: proc(5) says so behind the name that it had.
	if (isBelow(opened?.replace(/ \(deleted\)$/, '') ?? null)) return true;
	const real = await realpath(path).catch(() => null);
	if (real === null || !isBelow(real)) return false;
	const there = await stat(real, { bigint: true }).catch(() => null);
	return there?.dev === facts.dev && there.ino === facts.ino;
}
