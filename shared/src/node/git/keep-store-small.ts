import { join } from 'node:path';
import { durableSettings, writeFailed } from './program-object-store.ts';
import { type GitProgram, isGitAtLeast, runGit } from './run-git.ts';
import { namesIn, statOrNull } from './small-packs.ts';

/** From so many packs on they are put together; looking for an object asks each of them. */
const manyPacks = 20;
/** A store with more than this is not written anew as a whole. */
const wholeBytes = 1024 * 1024 * 1024;
/** How old a loose object in the sample must be to be worth a look: Git's two weeks and a day. */
const oldAfterMs = 15 * 24 * 60 * 60 * 1000;

/**
 * In a store of our own nobody runs `git gc`: objects of replaced versions would stay for ever, and packs would grow in number. So the person's `git`
 * puts many packs together, and removes what no ref has reached for two weeks. In anybody's own repository that is left to them.
 *
 * @param mostBytes above this the small packs of a store are put together, and what nothing reaches stays in them
 */
export async function keepStoreSmall(git: GitProgram, gitDir: string, nowMs: number, signal: AbortSignal, mostBytes = wholeBytes): Promise<void> {
	const options = { cwd: gitDir, signal, environment: { GIT_DIR: gitDir }, timeoutMs: 600_000 };
	const packFolder = join(gitDir, 'objects', 'pack');
	const packs = [...(await namesIn(packFolder))].filter((name) => name.endsWith('.pack'));
	if (packs.length >= manyPacks) {
		const sizes = await Promise.all(packs.map(async (name) => (await statOrNull(join(packFolder, name)))?.size ?? 0));
		const isLarge = sizes.reduce((sum, size) => sum + size, 0) > mostBytes;
		const args = ['repack', '-q', '-d', '--no-write-bitmap-index', ...howToRepack(git, isLarge)];
		const result = await runGit(git, [...durableSettings, '-c', 'pack.threads=1', ...args], options);
		if (result.exitCode !== 0) throw await writeFailed(gitDir, 'repack', result);
	}
	if (!(await hasOldLoose(join(gitDir, 'objects'), nowMs))) return;
	const result = await runGit(git, ['prune', '--expire=2.weeks.ago'], options);
	if (result.exitCode !== 0) throw await writeFailed(gitDir, 'prune', result);
}

/** What nothing reaches is set apart with its time, by an older Git as loose objects, and goes after two weeks: somebody may be about to refer to it. */
function howToRepack(git: GitProgram, isLarge: boolean): readonly string[] {
	if (isLarge && isGitAtLeast(git, 2, 33)) return ['--geometric=2'];
	return isGitAtLeast(git, 2, 37) ? ['--cruft', '--cruft-expiration=2.weeks.ago'] : ['-A', '--unpack-unreachable=2.weeks.ago'];
}

/** Whether old loose objects have come together: what our refs reach was packed long before, so they are what nothing reaches. One folder of 256 tells. */
async function hasOldLoose(objects: string, nowMs: number): Promise<boolean> {
	const sample = join(objects, '17');
	let old = 0;
	for (const name of await namesIn(sample)) {
		const found = await statOrNull(join(sample, name));
		if (found !== null && nowMs - found.mtimeMs > oldAfterMs) old += 1;
	}
	return old >= 2;
}
