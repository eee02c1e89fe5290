import { stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NightlogError } from '../../base/nightlog-error.ts';
import { isMissing, systemCode } from './disk-errors.ts';
import { removeIfThere, writeNewFile } from './durable-files.ts';
import { type FileCalls, patientCalls } from './file-calls.ts';
import type { OwnRecords } from './own-records.ts';
import { formatIdentity, hasEnded, ownIdentity, type ProcessIdentity, parseIdentity } from './process-identity.ts';
import type { SharedRepository } from './shared-permissions.ts';

/** How long a lock is waited for. */
const patienceMs = 2000;
/** A holder that took longer than this gives up by itself, so that it never acts on a lock that others may think abandoned. */
const longestHoldMs = 60_000;
/** Age, by the file system's own clock, from which one of our locks counts as abandoned though its process cannot be looked for (another machine). */
const abandonedAfterMs = 10 * 60_000;

/** Content for a lock that is durable already, but does not lock anything yet. */
export interface Claim {
	readonly path: string;
	readonly content: string;
}

/** A lock that is held. */
export interface HeldLock {
	/** The file `<name>.lock`. */
	readonly path: string;
	/** Puts the lock's content in the place of the locked file, which ends the lock. The claim is to be dropped afterwards. */
	commit(): Promise<void>;
	/** Ends the lock and changes nothing. The claim is to be dropped afterwards. */
	release(): Promise<void>;
}

/** By which a file is known again. */
interface FileIdentity {
	readonly ino: number;
	readonly dev: number;
}

/** Which file a lock of ours is. */
type FindFile = () => Promise<FileIdentity | null>;

/**
 * Lock files as Git makes them: `<name>.lock`, made only where it does not exist, put in place by a rename. Any Git respects ours, and we any Git's.
 *
 * Ours are not made by `O_EXCL` but as a second name (hard link) of a *claim*, a file in `<git directory>/nightlog/` that has its final, synced content
 * already and that is named after the process. So a lock is held for a few calls only, and during an fsync only of folders, where each call is a wait
 * (see `FileRefStore.change`); and when a process was killed, the next one sees whose lock it is: same file as a claim, whose process has ended. Then it
 * takes the claim by a rename, which only one can do, and only who has the claim removes the lock. A lock that is not ours is never touched.
 */
export class LockFiles {
	private readonly records: OwnRecords;
	private readonly shared: SharedRepository | null;
	private readonly uniqueName: () => string;
	private readonly calls: FileCalls;
	private identity: Promise<ProcessIdentity> | null = null;

	constructor(records: OwnRecords, shared: SharedRepository | null, uniqueName: () => string, calls: FileCalls = patientCalls) {
		this.calls = calls;
		this.records = records;
		this.shared = shared;
		this.uniqueName = uniqueName;
	}

	/** Prepares a lock's content, durably. */
	async claim(content: string): Promise<Claim> {
		const path = await this.newClaimPath();
		const bytes = new TextEncoder().encode(content);
		await this.records.assertInPlace();
		try {
			await writeNewFile(path, bytes, 0o666, this.shared, this.calls);
		} catch (error) {
			if (!isMissing(error)) throw error;
			await this.records.prepare();
			await writeNewFile(path, bytes, 0o666, this.shared, this.calls);
		}
		return { path, content };
	}

	/** Takes back a claim that locks nothing. */
	async drop(claim: Claim): Promise<void> {
		await removeIfThere(claim.path, this.calls);
	}

	/**
	 * Locks a file with a claim, waiting up to two seconds.
	 *
	 * @param makeFolder makes the folder of the file; called when it is not there
	 * @throws NightlogError `repository/busy` (retryable) naming the lock file
	 */
	async acquire(target: string, claim: Claim, makeFolder: () => Promise<void>): Promise<HeldLock> {
		const path = `${target}.lock`;
		const startMs = performance.now();
		for (let attempt = 0, missing = 0; ; ) {
			const outcome = await this.tryLink(claim, path);
			if (typeof outcome === 'function') return this.held(path, target, outcome);
			if (outcome === 'no-folder') {
				missing += 1;
				if (missing > 20) throw busy(path);
				await makeFolder();
				continue;
			}
			if (await this.freeAbandoned(path, claim)) continue;
			if (performance.now() - startMs > patienceMs) throw busy(path);
			attempt += 1;
			await pause(Math.min(50, 2 ** Math.min(attempt, 5)) * (0.5 + Math.random()));
		}
	}

	/** Locks a file whose lock a killed process of ours left behind; null where there is none such, and nothing is waited for. */
	async takeOver(target: string): Promise<{ release(): Promise<void> } | null> {
		const path = `${target}.lock`;
		if ((await this.calls.lstat(path)) === null) return null;
		const claim = await this.claim('');
		let held: HeldLock | null = null;
		try {
			const outcome = (await this.freeAbandoned(path, claim)) ? await this.tryLink(claim, path) : null;
			if (typeof outcome === 'function') held = this.held(path, target, outcome);
		} finally {
			if (held === null) await this.drop(claim);
		}
		if (held === null) return null;
		const { release } = held;
		return {
			release: async () => {
				await release();
				await this.drop(claim);
			},
		};
	}

	/** Removes claims of processes that have ended and that lock nothing; they are left behind by a kill. */
	async sweep(): Promise<void> {
		const own = await this.ownIdentity();
		for (const name of await this.claimNames()) {
			const identity = identityOfClaim(name);
			if (identity === null || !(await hasEnded(identity, own))) continue;
			const path = join(this.records.folder, name);
			try {
				if ((await stat(path)).nlink === 1) await unlink(path);
			} catch (error) {
				if (!isMissing(error)) throw error;
			}
		}
	}

	private async tryLink(claim: Claim, path: string): Promise<FindFile | 'taken' | 'no-folder'> {
		const findClaim = (): Promise<FileIdentity | null> => statOrNull(claim.path);
		try {
			await this.calls.link(claim.path, path);
			return findClaim;
		} catch (error) {
			switch (systemCode(error)) {
				case 'EEXIST':
					// NFS may answer so although our own call, sent twice, made the link.
					return (await isSameFile(claim.path, path)) ? findClaim : 'taken';
				case 'ENOENT':
				case 'ENOTDIR':
					await stat(claim.path);
					return 'no-folder';
				case 'EPERM':
				case 'ENOTSUP':
				case 'EOPNOTSUPP':
				case 'ENOSYS':
				case 'EXDEV':
				case 'EMLINK':
					return await this.tryCreate(claim, path);
				default:
					throw error;
			}
		}
	}

	/** Where the file system has no hard links: the lock as Git makes it. Whose it is cannot be seen then, and it is never taken over. */
	private async tryCreate(claim: Claim, path: string): Promise<FindFile | 'taken' | 'no-folder'> {
		try {
			await writeNewFile(path, new TextEncoder().encode(claim.content), 0o666, this.shared, this.calls);
			// Where it cannot be looked at, it is held all the same.
			const made = await statOrNull(path).catch(() => null);
			return async () => made;
		} catch (error) {
			if (systemCode(error) === 'EEXIST') return 'taken';
			if (isMissing(error)) return 'no-folder';
			throw error;
		}
	}

	private held(path: string, target: string, findOwn: FindFile): HeldLock {
		const sinceMs = performance.now();
		return {
			path,
			commit: async () => {
				if (performance.now() - sinceMs > longestHoldMs) throw busy(path);
				await this.calls.rename(path, target);
			},
			release: async () => {
				const isOurs = performance.now() - sinceMs < longestHoldMs || isSame(await findOwn(), await statOrNull(path));
				if (isOurs) await removeIfThere(path, this.calls);
			},
		};
	}

	/** Whether a lock was one of ours, abandoned, and is gone now. */
	private async freeAbandoned(path: string, claim: Claim): Promise<boolean> {
		const own = await this.ownIdentity();
		const lock = await statOrNull(path);
		if (lock === null) return true;
		for (const name of await this.claimNames()) {
			const identity = identityOfClaim(name);
			const candidate = join(this.records.folder, name);
			const found = identity === null ? null : await statOrNull(candidate);
			if (identity === null || found === null || found.ino !== lock.ino || found.dev !== lock.dev) continue;
			const nowMs = (await stat(claim.path)).ctimeMs;
			if (!(await hasEnded(identity, own)) && nowMs - found.ctimeMs < abandonedAfterMs) return false;
			const taken = await this.newClaimPath();
			try {
				await this.calls.rename(candidate, taken);
			} catch (error) {
				if (isMissing(error)) return false;
				throw error;
			}
			if (await isSameFile(taken, path)) await removeIfThere(path, this.calls);
			await removeIfThere(taken, this.calls);
			return true;
		}
		return false;
	}

	private async claimNames(): Promise<string[]> {
		return (await this.records.names()).filter((name) => name.startsWith('claim-'));
	}

	private async newClaimPath(): Promise<string> {
		return join(this.records.folder, `claim-${formatIdentity(await this.ownIdentity())}-${this.uniqueName()}`);
	}

	private ownIdentity(): Promise<ProcessIdentity> {
		this.identity ??= ownIdentity();
		return this.identity;
	}
}

function identityOfClaim(name: string): ProcessIdentity | null {
	return parseIdentity(name.split('-')[1] ?? '');
}

async function statOrNull(path: string) {
	try {
		return await stat(path);
	} catch (error) {
		if (isMissing(error)) return null;
		throw error;
	}
}

async function isSameFile(left: string, right: string): Promise<boolean> {
	return isSame(await statOrNull(left), await statOrNull(right));
}

function isSame(first: FileIdentity | null, second: FileIdentity | null): boolean {
	return first !== null && second !== null && first.ino === second.ino && first.dev === second.dev;
}

function busy(path: string): NightlogError {
	return new NightlogError(
		'repository/busy',
		`Another program holds ${path}. If no program works on ${dirname(path)} any more, remove that file and save again.`,
		{ status: 503, retryable: true, data: { lockFile: path } },
	);
}

function pause(delayMs: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, delayMs));
}
