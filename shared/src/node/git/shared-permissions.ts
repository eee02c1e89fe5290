import { chmod, stat } from 'node:fs/promises';

/** `core.sharedRepository` as bits: those to add, or with `exact` those to have. Null: the umask decides. */
export interface SharedRepository {
	readonly bits: number;
	readonly exact: boolean;
}

/** Reads `core.sharedRepository` (git-config(1)); undefined: not set. A value that Git refuses gives null, like the umask. */
export function parseSharedRepository(value: string | null | undefined): SharedRepository | null {
	if (value === undefined) return null;
	if (value === null || /^(?:group|true|yes|on|1)$/i.test(value)) return { bits: 0o660, exact: false };
	if (/^(?:all|world|everybody|2)$/i.test(value)) return { bits: 0o664, exact: false };
	if (!/^0[0-7]{3,4}$/.test(value)) return null;
	const bits = Number.parseInt(value, 8);
	return (bits & 0o600) === 0o600 ? { bits: bits & 0o666, exact: true } : null;
}

/** The mode that Git gives a file or folder of a shared repository. Source: calc_shared_perm and adjust_shared_perm in Git's path.c. */
export function sharedMode(mode: number, shared: SharedRepository, isFolder: boolean): number {
	let tweak = shared.bits;
	if ((mode & 0o200) === 0) tweak &= ~0o222;
	if ((mode & 0o100) !== 0) tweak |= (tweak & 0o444) >> 2;
	let result = shared.exact ? (mode & ~0o777) | tweak : mode | tweak;
	if (isFolder) {
		result |= (result & 0o444) >> 2;
		if ((result & 0o060) !== 0) result |= 0o2000;
	}
	return result & 0o7777;
}

/** Gives the group its rights on what was written, where the repository is shared. */
export async function applySharedMode(path: string, shared: SharedRepository | null): Promise<void> {
	if (shared === null) return;
	const found = await stat(path);
	const mode = sharedMode(found.mode, shared, found.isDirectory());
	if (mode !== (found.mode & 0o7777)) await chmod(path, mode);
}
