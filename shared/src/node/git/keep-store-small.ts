import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { durableSettings, writeFailed } from './program-object-store.ts';
import { type GitProgram, isGitAtLeast, runGit } from './run-git.ts';
import { namesIn } from './small-packs.ts';

/** From so many packs on they are put together; looking for an object asks each of them. */
const manyPacks = 20;
/** How old a loose object in the sample must be to be worth a look: Git's two weeks and a day. */
const oldAfterMs = 15 * 24 * 60 * 60 * 1000;

/**
 * In a store of our own nobody runs `git gc`: objects of replaced versions would stay for ever, and packs would grow in number. So the person's `git`
 * puts many packs together, and removes what no ref has reached for two weeks. In anybody's own repository that is left to them.
 */
export async function keepStoreSmall(git: GitProgram, gitDir: string, nowMs: number, signal: AbortSignal): Promise<void> {
	const options = { cwd: gitDir, signal, environment: { GIT_DIR: gitDir }, timeoutMs: 600_000 };
	const packs = [...(await namesIn(join(gitDir, 'objects', 'pack')))].filter((name) => name.endsWith('.pack'));
	if (packs.length >= manyPacks) {
		const how = isGitAtLeast(git, 2, 33) ? ['--geometric=2', '-d'] : ['-a', '-d'];
		const result = await runGit(git, [...durableSettings, '-c', 'pack.threads=1', 'repack', '-q', ...how], options);
		if (result.exitCode !== 0) throw await writeFailed(gitDir, 'repack', result);
	}
	if (!(await hasOldLoose(join(gitDir, 'objects'), nowMs))) return;
	const result = await runGit(git, ['prune', '--expire=2.weeks.ago'], options);
	if (result.exitCode !== 0) throw await writeFailed(gitDir, 'prune', result);
}

/** Whether old loose objects have come together: what our refs reach was packed long before, so they are what nothing reaches. One folder of 256 tells. */
async function hasOldLoose(objects: string, nowMs: number): Promise<boolean> {
	const sample = join(objects, '17');
	let old = 0;
	for (const name of await namesIn(sample)) {
		const found = await stat(join(sample, name)).catch(() => null);
		if (found !== null && nowMs - found.mtimeMs > oldAfterMs) old += 1;
	}
	return old >= 2;
}
