import type { DatabaseSync } from 'node:sqlite';
import type { Signature } from '@nightlog/shared/versions/repository';

/** Whose versions they are, and on which machine. */
export interface VersionEnvironment {
	/** Absolute path of the home directory; never taken for a repository. */
	readonly home: string;
	/** Absolute path of the folder for temporary files; nothing untracked is kept from it. */
	readonly temporaryFolder: string;
	readonly userName: string;
	readonly machineId: string;
	/** Git's `user.email` and `user.name` of the person; null where none is set. */
	readonly gitEmail: string | null;
	readonly gitName: string | null;
}

/** What the service of versions is made of. */
export interface VersionServiceOptions {
	/** Absolute path of the state folder, which exists; the person's own store is made in it. */
	readonly stateFolder: string;
	/** Has the tables of `versionTables`. */
	readonly database: DatabaseSync;
	/** Milliseconds since 1970. */
	readonly clock: () => number;
	readonly random: (length: number) => Uint8Array;
	readonly environment: VersionEnvironment;
	/** Says what the person need not act on; facts never hold a secret. */
	readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** Who writes a version, as Git has it. */
export function signatureOf(environment: VersionEnvironment, nowMs: number): Signature {
	const email = environment.gitEmail?.trim() ?? '';
	const name = environment.gitName?.trim() ?? '';
	return {
		name: name === '' ? environment.userName : name,
		email: email === '' ? `${environment.userName}@localhost` : email,
		timeSeconds: Math.floor(nowMs / 1000),
		offsetMinutes: -new Date(nowMs).getTimezoneOffset(),
	};
}
