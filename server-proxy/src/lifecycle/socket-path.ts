import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Surroundings } from './state-folder.ts';

/** The longest path of a socket: `sun_path` holds 108 bytes with its end (unix(7)). */
const longestSocketBytes = 107;

/** A folder on this machine's own disk, for what must not be seen by other machines with the same home. */
export function localFolders({ env, uid }: Surroundings): string[] {
	const runtime = env.XDG_RUNTIME_DIR;
	return [...(runtime !== undefined && path.isAbsolute(runtime) ? [path.join(runtime, 'nightlog')] : []), `/tmp/nightlog-${uid ?? 'user'}`];
}

/** Short and the same for everyone who means the same state folder. */
export function stateFolderDigest(stateFolder: string): string {
	return createHash('sha256').update(stateFolder).digest('hex').slice(0, 12);
}

/** Where a socket can be. */
export interface SocketPlace {
	readonly path: string;
	/** Whose folder it is in, which is then made private: below a place of the person's own, or of everybody's. Null leaves the folder as it is. */
	readonly folder: 'own' | 'shared' | null;
}

/** Where the server's socket can be, best first: in the state folder, else on this machine's own disk, where it fits. */
export function socketCandidates(stateFolder: string, surroundings: Surroundings, inStateFolder: boolean): SocketPlace[] {
	const name = `${stateFolderDigest(stateFolder)}.sock`;
	const local = localFolders(surroundings).map((folder) => ({ path: path.join(folder, name), folder: 'shared' }) as const);
	const all: SocketPlace[] = inStateFolder ? [{ path: path.join(stateFolder, 'server.sock'), folder: 'own' }, ...local] : local;
	return all.filter((candidate) => Buffer.byteLength(candidate.path) <= longestSocketBytes);
}
