import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { CommitOid } from '../../base/ids.ts';
import { isNightlogError } from '../../base/nightlog-error.ts';
import type { Repository, RepositoryLayout } from '../../versions/repository.ts';
import { createStore } from './create-store.ts';
import { type FileCalls, patientCalls } from './file-calls.ts';
import { inspectRepository } from './inspect-repository.ts';
import { openRepository } from './open-repository.ts';
import { formatIdentity, ownIdentity } from './process-identity.ts';
import { assertSound, keepVersion, makePlace, makeWorkingRepository, type TestPlace, testAuthor } from './real-repositories.test-case.ts';

const { signal } = new AbortController();
const ref = 'refs/nightlog/0123456789ab/01hzzzzzzzzzzzzzzzzzzzzzzz/versions';
const label = ref.replace('versions', 'labels/first');

function row(name: string, run: (place: TestPlace, folder: string, repository: Repository) => Promise<void>): void {
	test(name, async () => {
		const place = makePlace();
		try {
			const folder = makeWorkingRepository(place, 'refs');
			const layout = (await inspectRepository(folder, signal)) as RepositoryLayout;
			await run(place, folder, await openRepository(layout, { git: null }));
		} finally {
			place.dispose();
		}
	});
}

row('a ref that git packed is read, moved and deleted, and comes back no more', async (place, folder, repository) => {
	const first = await keepVersion(repository, ref, 'first');
	await repository.changeRefs([{ ref: label, from: null, to: first }]);
	place.git(folder, 'pack-refs', '--all', '--prune');
	assert.equal(existsSync(join(folder, '.git', ref)), false);
	assert.equal(await repository.readRef(ref), first);
	const second = await keepVersion(repository, ref, 'second');
	assert.equal(await repository.readRef(ref), second);
	const others = place.git(folder, 'for-each-ref', 'refs/heads', 'refs/tags');
	await repository.changeRefs([
		{ ref, from: second, to: null },
		{ ref: label, from: first, to: null },
	]);
	assert.deepEqual(await repository.listRefs('refs/nightlog/'), []);
	assert.equal(place.git(folder, 'for-each-ref', 'refs/nightlog'), '');
	assert.equal(place.git(folder, 'for-each-ref', 'refs/heads', 'refs/tags'), others);
	assert.doesNotMatch(readFileSync(join(folder, '.git/packed-refs'), 'utf8'), /nightlog/);
	assertSound(place, folder);
});

row('a ref that holds no id is passed over in a list, which is said once, and written over by who says that it has none', async (_place, folder) => {
	const said: string[] = [];
	const layout = (await inspectRepository(folder, signal)) as RepositoryLayout;
	const repository = await openRepository(layout, { git: null, onBrokenRef: (broken) => said.push(broken) });
	const first = await keepVersion(repository, ref, 'first');
	await repository.changeRefs([{ ref: label, from: null, to: first }]);
	writeFileSync(join(folder, '.git', ref), '');
	for (let round = 0; round < 2; round++) assert.deepEqual(await repository.listRefs('refs/nightlog/'), [{ ref: label, oid: first }]);
	assert.deepEqual(said, [ref]);
	await assert.rejects(repository.readRef(ref), (error) => isNightlogError(error, 'repository/corrupt'));
	await repository.changeRefs([{ ref, from: null, to: first }]);
	assert.equal(await repository.readRef(ref), first);
});

row('the id of a lost object can be kept under another ref, by the change that takes it from its own', async (_place, folder, repository) => {
	const lost = await keepVersion(repository, ref, 'lost');
	const { tree } = await repository.readCommit(lost);
	const session = repository.begin();
	const next = session.commit({ tree, parents: [], author: testAuthor, committer: testAuthor, message: 'next' });
	await session.finish();
	rmSync(join(folder, '.git/objects', lost.slice(0, 2), lost.slice(2)));
	const aside = ref.replace('versions', `damaged/${lost}`);
	await assert.rejects(repository.changeRefs([{ ref: aside, from: null, to: lost }]), (error) => isNightlogError(error, 'repository/no-object'));
	await repository.changeRefs([
		{ ref, from: lost, to: next },
		{ ref: aside, from: null, to: lost },
	]);
	assert.deepEqual([await repository.readRef(ref), await repository.readRef(aside)], [next, lost]);
});

row('folders that no ref needs any more are removed, up to our own', async (_place, folder, repository) => {
	const first = await keepVersion(repository, ref, 'first');
	await repository.changeRefs([{ ref: label, from: null, to: first }]);
	await repository.changeRefs([{ ref: label, from: first, to: null }]);
	assert.deepEqual(readdirSync(join(folder, '.git', ref, '..')), ['versions']);
	await repository.changeRefs([{ ref, from: first, to: null }]);
	assert.equal(existsSync(join(folder, '.git/refs/nightlog/0123456789ab')), false);
});

row('no reflog is written, even where all refs should have one', async (place, folder, repository) => {
	place.git(folder, 'config', 'core.logAllRefUpdates', 'always');
	await keepVersion(repository, ref, 'first');
	assert.equal(existsSync(join(folder, '.git/logs', ref)), false);
});

row('a branch is followed, and a detached HEAD is read', async (place, folder, repository) => {
	const head = place.git(folder, 'rev-parse', 'HEAD').trim();
	assert.equal(await repository.readRef('HEAD'), head);
	assert.equal(await repository.readRef('refs/heads/main'), head);
	place.git(folder, 'pack-refs', '--all', '--prune');
	assert.equal(await repository.headCommit(), head);
	place.git(folder, 'checkout', '-q', '--force', '--detach', 'other');
	assert.equal(await repository.headCommit(), place.git(folder, 'rev-parse', 'other').trim());
});

row('a HEAD that names what is not there, or leads astray, is no commit', async (_place, folder, repository) => {
	for (const content of ['ref: refs/heads/none\n', 'ref: ../../outside\n', 'ref: refs/heads/../../../outside\n', 'ref: refs/loop\n']) {
		writeFileSync(join(folder, '.git/HEAD'), content);
		writeFileSync(join(folder, '.git/refs/loop'), 'ref: refs/loop\n');
		assert.equal(await repository.headCommit(), null);
	}
});

row('a ref that holds no id is named as damaged, and is not written over', async (_place, folder, repository) => {
	const first = await keepVersion(repository, ref, 'first');
	writeFileSync(join(folder, '.git', ref), 'half an i');
	await assert.rejects(repository.readRef(ref), (error) => isNightlogError(error, 'repository/corrupt'));
	await assert.rejects(repository.changeRefs([{ ref, from: first, to: first }]), (error) => isNightlogError(error, 'repository/corrupt'));
	assert.equal(readFileSync(join(folder, '.git', ref), 'utf8'), 'half an i');
	assert.equal(existsSync(join(folder, '.git', `${ref}.lock`)), false);
});

row('a ref of the name of our folder stands in the way, loose or packed', async (place, folder, repository) => {
	place.git(folder, 'update-ref', 'refs/nightlog', 'HEAD');
	const head = place.git(folder, 'rev-parse', 'HEAD').trim() as CommitOid;
	const change = async () => await repository.changeRefs([{ ref, from: null, to: head }]);
	await assert.rejects(change(), (error) => isNightlogError(error, 'repository/ref-conflict'));
	place.git(folder, 'pack-refs', '--all', '--prune');
	await assert.rejects(change(), (error) => isNightlogError(error, 'repository/ref-conflict'));
});

row('a lock that another git holds is named, and all that was to change with it stays', async (_place, folder, repository) => {
	const first = await keepVersion(repository, ref, 'first');
	mkdirSync(join(folder, '.git', label, '..'), { recursive: true });
	writeFileSync(join(folder, '.git', `${label}.lock`), '');
	const changes = [
		{ ref: label, from: null, to: first },
		{ ref, from: first, to: null },
	];
	await assert.rejects(
		repository.changeRefs(changes),
		(error) => isNightlogError(error, 'repository/busy') && String(error.data.lockFile).endsWith('first.lock'),
	);
	assert.equal(await repository.readRef(ref), first);
	assert.deepEqual(readdirSync(join(folder, '.git', ref, '..')).sort(), ['labels', 'versions']);
	rmSync(join(folder, '.git', `${label}.lock`));
	await repository.changeRefs(changes);
	assert.equal(await repository.readRef(ref), null);
});

row('what a killed deletion left behind is cleared away, so that git works; what another git left is not', async (place, folder, repository) => {
	const first = await keepVersion(repository, ref, 'first');
	await repository.changeRefs([{ ref: label, from: null, to: first }]);
	place.git(folder, 'pack-refs', '--all', '--prune');
	const packed = join(folder, '.git/packed-refs');
	for (const isOurs of [true, false]) {
		writeFileSync(`${packed}.new`, 'half');
		if (isOurs) {
			const ended = formatIdentity({ ...(await ownIdentity()), pid: spawnSync(process.execPath, ['--version']).pid });
			writeFileSync(join(folder, `.git/nightlog/claim-${ended}-x`), '');
			linkSync(join(folder, `.git/nightlog/claim-${ended}-x`), `${packed}.lock`);
		} else {
			writeFileSync(`${packed}.lock`, '');
		}
		await repository.maintain(signal);
		assert.deepEqual([existsSync(`${packed}.lock`), existsSync(`${packed}.new`)], [!isOurs, !isOurs]);
		assert.deepEqual(
			readdirSync(join(folder, '.git/nightlog')).filter((name) => name.startsWith('claim-')),
			[],
		);
		if (isOurs) place.git(folder, 'branch', '-d', '-f', 'other');
	}
	assert.equal(await repository.readRef(label), first);
});

row('where packed-refs is a link, as git-new-workdir makes it, it stays one', async (place, folder, repository) => {
	const first = await keepVersion(repository, ref, 'first');
	await repository.changeRefs([{ ref: label, from: null, to: first }]);
	place.git(folder, 'pack-refs', '--all', '--prune');
	const other = join(place.folder, 'new-workdir');
	mkdirSync(join(other, '.git/logs'), { recursive: true });
	for (const name of ['config', 'refs', 'logs/refs', 'objects', 'info', 'hooks', 'packed-refs'])
		if (existsSync(join(folder, '.git', name))) symlinkSync(join(folder, '.git', name), join(other, '.git', name));
	writeFileSync(join(other, '.git/HEAD'), readFileSync(join(folder, '.git/HEAD')));
	const layout = (await inspectRepository(other, signal)) as RepositoryLayout;
	const linked = await openRepository(layout, { git: null });
	await linked.changeRefs([{ ref: label, from: first, to: null }]);
	assert.equal(lstatSync(join(other, '.git/packed-refs')).isSymbolicLink(), true);
	for (const each of [repository, linked]) assert.deepEqual([await each.readRef(label), await each.readRef(ref)], [null, first]);
	assertSound(place, folder);
	// A stranger's link, to a file that is none of a repository's.
	const mine = join(place.folder, 'mine');
	renameSync(join(folder, '.git/packed-refs'), mine);
	symlinkSync(mine, join(folder, '.git/packed-refs'));
	const before = readFileSync(mine, 'utf8');
	await assert.rejects(repository.changeRefs([{ ref, from: first, to: null }]), (error) => isNightlogError(error, 'repository/bad-ref'));
	assert.equal(readFileSync(mine, 'utf8'), before);
	assert.deepEqual(
		readdirSync(place.folder).filter((name) => name.startsWith('mine')),
		['mine'],
	);
});

row('while git packs refs, their file is locked: deleting waits, then says who holds it', async (place, folder, repository) => {
	const first = await keepVersion(repository, ref, 'first');
	place.git(folder, 'pack-refs', '--all', '--prune');
	writeFileSync(join(folder, '.git/packed-refs.lock'), '');
	const before = readFileSync(join(folder, '.git/packed-refs'), 'utf8');
	await assert.rejects(repository.changeRefs([{ ref, from: first, to: null }]), (error) => isNightlogError(error, 'repository/busy'));
	assert.equal(readFileSync(join(folder, '.git/packed-refs'), 'utf8'), before);
	assert.equal(await repository.readRef(ref), first);
});

row('a ref that is deleted while git packs refs does not come back', async (_place, folder, repository) => {
	const first = await keepVersion(repository, ref, 'first');
	let isDone = false;
	const packing = (async () => {
		while (!isDone)
			await new Promise((resolve) => spawn('git', ['pack-refs', '--all', '--prune'], { cwd: folder, stdio: 'ignore' }).once('exit', resolve));
	})();
	let back = 0;
	for (let index = 0; index < 60; index++) {
		const name = `${label}${index}`;
		await repository.changeRefs([{ ref: name, from: null, to: first }]);
		await repository.changeRefs([{ ref: name, from: first, to: null }]);
		if ((await repository.readRef(name)) !== null) back += 1;
	}
	isDone = true;
	await packing;
	assert.equal(back, 0);
	assert.deepEqual(await repository.listRefs('refs/nightlog/'), [{ ref, oid: first }]);
});

test('a store is made once, by whoever comes first, and only its person can read it', async () => {
	const place = makePlace();
	try {
		const folder = join(place.folder, 'state/nightlog/store.git');
		const stores = await Promise.all(Array.from({ length: 6 }, async () => await createStore(folder, { git: null })));
		const kept = await keepVersion(stores[0] as Repository, ref, 'first');
		for (const store of stores) assert.equal(await store.readRef(ref), kept);
		assert.deepEqual([stores[0]?.workTree, stores[0]?.objectFormat, await stores[0]?.headCommit()], [null, 'sha1', null]);
		assert.deepEqual(readdirSync(join(folder, '..')), ['store.git']);
		const { statSync } = await import('node:fs');
		assert.equal(statSync(folder).mode & 0o777, 0o700);
		assert.equal(place.git(folder, 'rev-parse', '--is-bare-repository').trim(), 'true');
		assertSound(place, folder);
	} finally {
		place.dispose();
	}
});

test('what lies in the place of a store and is none is left alone', async () => {
	const place = makePlace();
	try {
		place.write(join(place.folder, 'store/notes.txt'), 'mine');
		await assert.rejects(createStore(join(place.folder, 'store'), { git: null }), (error) => isNightlogError(error, 'repository/not-here'));
		assert.deepEqual(readdirSync(join(place.folder, 'store')), ['notes.txt']);
		const inside = join(makeWorkingRepository(place, 'project'), 'state/store');
		const store = await createStore(inside, { git: null });
		assert.equal(store.gitDir, inside, 'a store inside of a project is still a store of its own');
	} finally {
		place.dispose();
	}
});

/** A repository as on a disk where each call is a wait, and what its calls are asked to rename. */
async function onSlowDisk(
	folder: string,
	rename: FileCalls['rename'] = patientCalls.rename,
	others: Partial<FileCalls> = {},
): Promise<{ slow: Repository; renamed: string[] }> {
	const renamed: string[] = [];
	const calls: FileCalls = {
		...patientCalls,
		...others,
		rename: async (from, to) => {
			renamed.push(to);
			await rename(from, to);
		},
	};
	const layout = (await inspectRepository(folder, signal)) as RepositoryLayout;
	return { slow: await openRepository(layout, { git: null, calls }), renamed };
}

function write(repository: Repository, content: string) {
	const session = repository.begin();
	const tree = session.tree([{ name: 'a.ipynb', mode: '100644', oid: session.blob(Buffer.from(content)) }]);
	const oid = session.commit({ tree, parents: [], author: testAuthor, committer: testAuthor, message: content });
	return { oid, written: session.finish() };
}

row('on a slow disk a ref is locked while the objects get their names, and moves when they have them', async (place, folder) => {
	const lock = join(folder, '.git', `${ref}.lock`);
	const seen: boolean[] = [];
	const { slow, renamed } = await onSlowDisk(folder, async (from, to) => {
		// Each name takes as long as it takes to lock.
		if (to.includes('/objects/')) for (let waits = 0; waits < 12_000 && !existsSync(lock); waits++) await pause(5);
		seen.push(existsSync(lock));
		await patientCalls.rename(from, to);
	});
	const { oid, written } = write(slow, 'one');
	await slow.changeRefs([{ ref, from: null, to: oid }], written);
	assert.deepEqual(seen, [true, true, true, true]);
	assert.equal(renamed.at(-1), join(folder, '.git', ref), 'the ref moves last');
	assert.equal(existsSync(lock), false);
	assertSound(place, folder);
});

row('on a slow disk nothing moves, and no lock is left, when an object does not get its name', async (place, folder) => {
	let isFull = true;
	const { slow } = await onSlowDisk(folder, async (from, to) => {
		if (isFull && to.includes('/objects/')) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
		await patientCalls.rename(from, to);
	});
	const failed = write(slow, 'one');
	await assert.rejects(slow.changeRefs([{ ref, from: null, to: failed.oid }], failed.written), (error) =>
		isNightlogError(error, 'repository/disk-full'),
	);
	assert.equal(await slow.readRef(ref), null);
	assert.equal(existsSync(join(folder, '.git', `${ref}.lock`)), false);
	isFull = false;
	const { oid, written } = write(slow, 'one');
	await slow.changeRefs([{ ref, from: null, to: oid }], written);
	assert.equal(await slow.readRef(ref), oid);
	assertSound(place, folder);
});

for (const isQuick of [true, false]) {
	row(`a claim that cannot be removed fails nothing, on a ${isQuick ? 'quick' : 'slow'} disk`, async (_place, folder) => {
		const unlink = async () => {
			await pause(1);
			throw Object.assign(new Error('stale file handle'), { code: 'ESTALE' });
		};
		const { slow } = await onSlowDisk(folder, undefined, { isQuick, unlink });
		const { oid, written } = write(slow, 'one');
		await slow.changeRefs([{ ref, from: null, to: oid }], written);
		await pause(20);
		assert.equal(await slow.readRef(ref), oid);
	});
}

row('on a slow disk two who move one ref lose nothing to each other', async (place, folder) => {
	const both = [await onSlowDisk(folder), await onSlowDisk(folder)];
	const counts = await Promise.all(
		both.map(async ({ slow }, who) => {
			let tries = 0;
			for (let number = 0; number < 10; ) {
				tries += 1;
				try {
					await keepVersion(slow, ref, `${who} ${number}`);
					number += 1;
				} catch (error) {
					if (!isNightlogError(error, 'repository/ref-moved') && !isNightlogError(error, 'repository/busy')) throw error;
				}
			}
			return tries;
		}),
	);
	assert.equal(place.git(folder, 'rev-list', '--count', ref).trim(), '20', `after ${counts} tries`);
	assertSound(place, folder);
});
