import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { NightlogError } from '../../base/nightlog-error.ts';
import type { ObjectId, RepositoryLayout } from '../../versions/repository.ts';
import { diskFull } from './disk-errors.ts';
import { patientCalls } from './file-calls.ts';
import { GitBatch } from './git-batch.ts';
import { HeldPacks, heldNote } from './held-packs.ts';
import { type GitObject, maximumObjectBytes } from './loose-objects.ts';
import { looseAtMost, type NewObject, type ObjectStore } from './object-store.ts';
import { packParts } from './pack-writer.ts';
import { type GitProgram, gitFailed, runGit } from './run-git.ts';

/** All that is written is synced; the older key is for Git before 2.36. */
export const durableSettings: readonly string[] = ['-c', 'core.fsync=all', '-c', 'core.fsyncMethod=fsync', '-c', 'core.fsyncObjectFiles=true'];

/** Objects kept by the person's `git`, for repositories of a format that we do not know: plumbing only, which knows no filter, hook or editor. */
export class ProgramObjectStore implements ObjectStore {
	private readonly git: GitProgram;
	private readonly layout: RepositoryLayout;
	private readonly batch: GitBatch;
	private readonly held: HeldPacks;
	private readonly now: () => number;

	constructor(git: GitProgram, layout: RepositoryLayout, now: () => number) {
		this.git = git;
		this.layout = layout;
		this.batch = new GitBatch(git, layout);
		this.held = new HeldPacks(join(layout.commonDir, 'objects', 'pack'), patientCalls);
		this.now = now;
	}

	async read(oid: ObjectId, mostBytes = maximumObjectBytes): Promise<GitObject | null> {
		return await this.batch.read(oid, mostBytes);
	}

	async has(oid: ObjectId): Promise<boolean> {
		return (await this.missing([oid])).length === 0;
	}

	async write(objects: readonly NewObject[]): Promise<{ readonly newObjects: number; readonly newBytes: number }> {
		this.held.takeUp(objects.map(({ oid }) => oid));
		const missing = new Set(await this.missing(objects.map(({ oid }) => oid)));
		const wanted = objects.filter(({ oid }) => missing.has(oid));
		if (wanted.length === 0) return { newObjects: 0, newBytes: 0 };
		const chunks: Buffer[] = [];
		for await (const { parts } of packParts(wanted.length, wanted, this.layout.objectFormat)) chunks.push(...parts);
		const pack = Buffer.concat(chunks);
		const objectsFolder = join(this.layout.commonDir, 'objects');
		// A `git` that meets a full disk leaves its half-written files for `git gc`: better not to begin.
		if ((await freeBytes(objectsFolder)) < pack.length * 2 + wanted.length * 8192) throw diskFull(objectsFolder);
		const command = wanted.length <= looseAtMost ? ['unpack-objects', '-q'] : ['index-pack', '--stdin', `--keep=${heldNote}`];
		const result = await this.run([...durableSettings, ...command], pack);
		if (result.exitCode !== 0) throw await writeFailed(objectsFolder, command[0] ?? '', result);
		const name = /^keep\t([0-9a-f]+)$/m.exec(result.stdout.toString('latin1'))?.[1];
		const oids = wanted.map(({ oid }) => oid);
		if (name !== undefined) this.held.add(`pack-${name}`, oids);
		// Ended well is not proof enough that all of it is there.
		const lost = await this.missing(oids);
		if (lost.length > 0) throw gitFailed(command, `it did not write ${lost.length} objects`, result.stderr);
		return { newObjects: wanted.length, newBytes: pack.length };
	}

	async settle(tips: readonly ObjectId[], isMoved: boolean): Promise<void> {
		await this.held.settle(tips, isMoved);
	}

	/** Packing is left to the person's own `git gc`: how objects lie in such a repository is not known to us. */
	async maintain(signal: AbortSignal): Promise<void> {
		signal.throwIfAborted();
		await this.held.sweep(this.now());
	}

	private async missing(oids: readonly ObjectId[]): Promise<ObjectId[]> {
		const args = ['cat-file', '--batch-check=%(objectname)'];
		const result = await this.run(args, `${oids.join('\n')}\n`);
		if (result.exitCode !== 0) throw gitFailed(args, `it ended with ${result.exitCode}`, result.stderr);
		const lines = result.stdout.toString('latin1').split('\n');
		return oids.filter((oid, index) => lines[index] !== oid);
	}

	private async run(args: readonly string[], input: Uint8Array | string) {
		const { signal } = new AbortController();
		return await runGit(this.git, args, { cwd: this.layout.gitDir, signal, input, environment: { GIT_DIR: this.layout.gitDir }, timeoutMs: 600_000 });
	}
}

/** Why `git` could not write: a full disk is seen by asking the file system, since the program says it in words only. */
export async function writeFailed(
	folder: string,
	command: string,
	result: { readonly exitCode: number; readonly stderr: string },
): Promise<NightlogError> {
	return (await freeBytes(folder)) < 1024 * 1024 ? diskFull(folder) : gitFailed([command], `it ended with ${result.exitCode}`, result.stderr);
}

/** Room for this person; 0 without a free inode, and without end where the file system does not tell. */
async function freeBytes(folder: string): Promise<number> {
	const space = await statfs(folder).catch(() => null);
	if (space === null) return Number.POSITIVE_INFINITY;
	return space.files > 0 && space.ffree === 0 ? 0 : space.bavail * space.bsize;
}
