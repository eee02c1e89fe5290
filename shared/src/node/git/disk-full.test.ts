import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isNightlogError } from '../../base/nightlog-error.ts';
import type { Repository, RepositoryLayout } from '../../versions/repository.ts';
import { createStore } from './create-store.ts';
import { inspectRepository } from './inspect-repository.ts';
import { openRepository } from './open-repository.ts';
import { assertSound, keepVersion, makePlace, makeWorkingRepository, snapshot, type TestPlace, testAuthor } from './real-repositories.test-case.ts';
import { findGitProgram } from './run-git.ts';

const { signal } = new AbortController();
const git = await findGitProgram(signal);
const ref = 'refs/nightlog/0123456789ab/01hzzzzzzzzzzzzzzzzzzzzzzz/versions';

/** Runs on a file system of four megabytes. */
function onSmallDisk(name: string, run: (place: TestPlace, disk: string) => Promise<void>): void {
	test(name, async () => {
		const place = makePlace();
		const disk = join(place.folder, 'disk');
		mkdirSync(disk);
		const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,nr_inodes=400', 'tmpfs', disk], { encoding: 'utf8' });
		if (mounted.status !== 0) {
			place.dispose();
			throw new Error(`this test needs to mount a small file system, which only root may: ${mounted.stderr}`);
		}
		try {
			await run(place, disk);
		} finally {
			spawnSync('umount', [disk]);
			place.dispose();
		}
	});
}

async function repositoryAt(folder: string, engine: 'own' | 'git'): Promise<Repository> {
	const layout = (await inspectRepository(folder, signal)) as RepositoryLayout;
	return await openRepository(engine === 'own' ? layout : { ...layout, engine, features: ['unknown-extension'] }, { git });
}

/** Fills the disk up to a number of bytes. */
function fill(disk: string, leave: number): void {
	const { bavail, bsize } = statfsSync(disk);
	writeFileSync(join(disk, 'filler'), Buffer.alloc(Math.max(0, Number(bavail) * Number(bsize) - leave)));
}

function fillInodes(disk: string): void {
	for (let index = 0; ; index++) {
		try {
			writeFileSync(join(disk, `inode-${index}`), '');
		} catch {
			return;
		}
	}
}

/** Nothing may be left of a version that did not fit: no object, no half file, no lock, no claim. */
async function refusesAndLeavesNothing(place: TestPlace, folder: string, repository: Repository, keep: () => Promise<unknown>): Promise<void> {
	const before = snapshot([folder]);
	await assert.rejects(keep(), (error) => isNightlogError(error, 'repository/disk-full') || assert.fail(String(error)));
	const after = snapshot([folder]);
	const left = [...after.keys()].filter((path) => !before.has(path));
	assert.deepEqual(
		left.filter((path) => /tmp_|\.lock$|claim-|\.new$/.test(path)),
		[],
		'half-written files',
	);
	assert.deepEqual(
		[...before].filter(([path, fact]) => after.get(path) !== fact).map(([path]) => path),
		[],
		'changed files',
	);
	assertSound(place, folder);
	assert.equal(repository.objectFormat, 'sha1');
}

for (const engine of ['own', 'git'] as const) {
	const who = engine === 'own' ? 'our own code' : "the person's git";
	for (const leave of [0, 8192, 40_000, 80_000]) {
		onSmallDisk(`${who}, ${leave} bytes free: a version that does not fit leaves nothing, and goes in when there is room`, async (place, disk) => {
			const folder = makeWorkingRepository(place, 'disk/repository');
			const repository = await repositoryAt(folder, engine);
			const first = await keepVersion(repository, ref, 'before');
			fill(disk, leave);
			const content = randomBytes(100_000).toString('base64');
			await refusesAndLeavesNothing(place, folder, repository, async () => await keepVersion(repository, ref, content));
			assert.equal(await repository.readRef(ref), first);
			rmSync(join(disk, 'filler'));
			const second = await keepVersion(repository, ref, content);
			assert.equal(await repository.readRef(ref), second);
			assertSound(place, folder);
		});
	}
}

onSmallDisk('no inode is free: the same', async (place, disk) => {
	const folder = makeWorkingRepository(place, 'disk/repository');
	const repository = await repositoryAt(folder, 'own');
	const first = await keepVersion(repository, ref, 'before');
	fillInodes(disk);
	await refusesAndLeavesNothing(place, folder, repository, async () => await keepVersion(repository, ref, 'after'));
	assert.equal(await repository.readRef(ref), first);
});

for (const engine of ['own', 'git'] as const) {
	for (const [count, leave] of [
		[200, 200_000],
		[12, 0],
		[12, 20_000],
	] as const) {
		const who = engine === 'own' ? 'our own code' : "the person's git";
		onSmallDisk(`${who}, ${leave} bytes free: ${count} files that do not fit as a pack leave nothing`, async (place, disk) => {
			const folder = makeWorkingRepository(place, 'disk/repository');
			const repository = await repositoryAt(folder, engine);
			await keepVersion(repository, ref, 'before');
			fill(disk, leave);
			await refusesAndLeavesNothing(place, folder, repository, async () => {
				const session = repository.begin();
				for (let index = 0; index < count; index++) session.blob(randomBytes(4000));
				await session.finish();
			});
			assert.deepEqual(readdirSync(join(folder, '.git/objects/pack')), []);
		});
	}
}

onSmallDisk('a ref that cannot be moved stays, and can be deleted from packed-refs only with room', async (place, disk) => {
	const folder = makeWorkingRepository(place, 'disk/repository');
	const repository = await repositoryAt(folder, 'own');
	const first = await keepVersion(repository, ref, 'before');
	const session = repository.begin();
	const second = session.commit({ tree: session.tree([]), parents: [first], author: testAuthor, committer: testAuthor, message: 'next' });
	await session.finish();
	place.git(folder, 'pack-refs', '--all', '--prune');
	fill(disk, 0);
	await refusesAndLeavesNothing(place, folder, repository, async () => await repository.changeRefs([{ ref, from: first, to: second }]));
	assert.equal(await repository.readRef(ref), first);
});

onSmallDisk('a store that does not fit is not left half made', async (_place, disk) => {
	fillInodes(disk);
	await assert.rejects(createStore(join(disk, 'state/store'), { git: null }), (error) => isNightlogError(error, 'repository/disk-full'));
	for (const name of readdirSync(disk)) if (name.startsWith('inode-')) rmSync(join(disk, name));
	const store = await createStore(join(disk, 'state/store'), { git: null });
	assert.equal(store.workTree, null);
	assert.deepEqual(readdirSync(join(disk, 'state')), ['store']);
});
