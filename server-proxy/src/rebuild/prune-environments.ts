import { readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../durable/file-errors.ts';

/** What nobody asked for in so long is removed; it is made again when it is wanted. */
const unusedMs = 30 * 24 * 60 * 60 * 1000;
/** A name of an environment: half of its digest. */
const environment = /^[0-9a-f]{32}$/;
const abandoned = /^[0-9a-f]{32}\.old$/;

/** What pruning needs of the world. */
export interface PruneOptions {
	/** Folder of environments, absolute. */
	readonly folder: string;
	/** The file in each whose time says when it was asked for last. */
	readonly mark: string;
	/** Absolute path of one that stays. */
	readonly keep: string;
	readonly nowMs: number;
	/** Command lines of the programs that run now. */
	readonly commands: () => Promise<readonly string[]>;
}

/** Notes that an environment is used now. */
export async function markUsed(folder: string, mark: string, nowMs: number): Promise<void> {
	await utimes(path.join(folder, mark), nowMs / 1000, nowMs / 1000);
}

/** Removes environments that nobody asked for in 30 days, but for those that a running program was started from. Answers how many. */
export async function pruneEnvironments({ folder, mark, keep, nowMs, commands }: PruneOptions): Promise<number> {
	let removed = 0;
	let running: readonly string[] | null = null;
	for (const name of await readdir(folder)) {
		const place = path.join(folder, name);
		// Left by one that was killed while it removed it.
		if (abandoned.test(name)) await rm(place, { recursive: true, force: true });
		if (!environment.test(name) || place === keep) continue;
		const facts = await stat(path.join(place, mark)).catch(() => null);
		if (facts === null || nowMs - facts.mtimeMs <= unusedMs) continue;
		running ??= await commands();
		if (running.some((command) => command.includes(`${place}${path.sep}`))) continue;
		// Under another name first, so that nobody finds half of one.
		await rename(place, `${place}.old`);
		await rm(`${place}.old`, { recursive: true, force: true });
		removed += 1;
	}
	return removed;
}

/** Command lines of the programs that run; none where the system does not tell. Source: proc(5). */
export async function runningCommands(): Promise<readonly string[]> {
	const names = await readdir('/proc').catch(() => []);
	const commands: string[] = [];
	for (const pid of names.filter((name) => /^\d+$/.test(name))) {
		try {
			commands.push((await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' '));
		} catch (error) {
			// It ended meanwhile, or is somebody else's.
			if (!isMissing(error) && (error as NodeJS.ErrnoException).code !== 'ESRCH' && (error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
		}
	}
	return commands;
}
