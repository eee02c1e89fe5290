import { execFile } from 'node:child_process';
import { lstatSync } from 'node:fs';
import path from 'node:path';

/** Exit status of `runner.pyz` where the disk is so full that it could not even say so. */
export const diskFull = 4;
const timeoutMs = 120_000;

/** What is started to complete a result. */
export interface RecoverStart {
	readonly python: string;
	/** Absolute path of `runner.pyz`. */
	readonly runner: string;
	/** Absolute path of the job's folder. */
	readonly folder: string;
	readonly environment: Readonly<Record<string, string>>;
}

/**
 * Completes the result of a runner that was killed: of a large notebook it saves only what changed, in a file of its own, and this puts it into
 * `result.ipynb`, whole or not at all. Null where that was done or there was nothing to do, also when it is done twice; else what is in the way, in words.
 * Rejects with ENOSPC where the disk is full, for then it can be done later.
 */
export function recoverResult(start: RecoverStart, signal: AbortSignal): Promise<string | null> {
	// A job can put anything there; what is no file was not put there by its runner.
	const changes = lstatSync(path.join(start.folder, '.runner', 'changes'), { throwIfNoEntry: false });
	if (changes?.isFile() !== true) return Promise.resolve(null);
	const settings = { env: { ...start.environment }, cwd: start.folder, timeout: timeoutMs, signal, encoding: 'utf8' as const };
	return new Promise((resolve, reject) => {
		execFile(start.python, [start.runner, '--recover', start.folder], settings, (error, _, stderr) => {
			const words = stderr.trim();
			if (error === null) resolve(null);
			else if (signal.aborted) reject(error);
			else if (error.code === diskFull) reject(Object.assign(new Error(words), { code: 'ENOSPC' }));
			else resolve(words || error.message);
		});
	});
}
