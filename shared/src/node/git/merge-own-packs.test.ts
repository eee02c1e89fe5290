import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommitOid } from '../../base/ids.ts';
import type { ObjectId, Repository, RepositoryLayout } from '../../versions/repository.ts';
import { type FileCalls, patientCalls } from './file-calls.ts';
import { FileObjectStore } from './file-object-store.ts';
import { heldNote } from './held-packs.ts';
import { inspectRepository } from './inspect-repository.ts';
import { mergeAt } from './merge-own-packs.ts';
import { openRepository } from './open-repository.ts';
import { OwnRecords } from './own-records.ts';
import {
	assertSound,
	giveAway,
	makePlace,
	makeWorkingRepository,
	type TestPlace,
	testAuthor,
	writeLooseBlobs,
} from './real-repositories.test-case.ts';
import { findGitProgram } from './run-git.ts';

const { signal } = new AbortController();
const program = await findGitProgram(signal);
const ref = 'refs/nightlog/0123456789ab/01hzzzzzzzzzzzzzzzzzzzzzzz/versions';
const perVersion = 10;

interface Setting {
	readonly place: TestPlace;
	readonly folder: string;
	readonly repository: Repository;
	readonly packFolder: string;
	another(): Promise<Repository>;
}

const twoSettings = ['by the git program', 'by our own code, SHA-256'];
const settings: Readonly<Record<string, { git: boolean; initArguments: readonly string[] }>> = {
	'by the git program': { git: true, initArguments: [] },
	'by our own code': { git: false, initArguments: [] },
	'by the git program, SHA-256': { git: true, initArguments: ['--object-format=sha256'] },
	'by our own code, SHA-256': { git: false, initArguments: ['--object-format=sha256'] },
};

function row(name: string, run: (setting: Setting) => Promise<void>, only = Object.keys(settings)): void {
	for (const how of only) {
		test(`${name}, ${how}`, async () => {
			const place = makePlace();
			try {
				const folder = makeWorkingRepository(place, 'merging', settings[how]?.initArguments);
				const another = async () =>
					await openRepository((await inspectRepository(folder, signal)) as RepositoryLayout, { git: settings[how]?.git ? program : null });
				await run({ place, folder, repository: await another(), packFolder: join(folder, '.git/objects/pack'), another });
			} finally {
				place.dispose();
			}
		});
	}
}

/** A version of ten files; nothing leads to it until its ref is moved. */
async function write(repository: Repository, name: string, parent: CommitOid | null): Promise<{ tip: CommitOid; blobs: ObjectId[] }> {
	const session = repository.begin();
	const blobs = Array.from({ length: perVersion }, (_, index) => session.blob(Buffer.from(textOf(name, index))));
	const entries = blobs.map((oid, index) => ({ name: `f${index}`, mode: '100644' as const, oid }));
	const parents = parent === null ? [] : [parent];
	const tip = session.commit({ tree: session.tree(entries), parents, author: testAuthor, committer: testAuthor, message: name });
	await session.finish();
	return { tip, blobs };
}

function textOf(name: string, index: number): string {
	return `${name} ${index} ${'lorem ipsum '.repeat(20)}`;
}

/** So many versions, each a pack; with `replace` a version is left without a ref as soon as the next one is there. */
async function keep(repository: Repository, count: number, { replace = false, from = 0 } = {}): Promise<{ tip: CommitOid; blobs: ObjectId[] }[]> {
	const kept: { tip: CommitOid; blobs: ObjectId[] }[] = [];
	for (let made = from; made < from + count; made++) {
		const before = (await repository.readRef(ref)) as CommitOid | null;
		const version = await write(repository, `version ${made}`, replace ? null : before);
		await repository.changeRefs([{ ref, from: before, to: version.tip }]);
		kept.push(version);
	}
	return kept;
}

function filesIn(folder: string, ending = '.pack'): string[] {
	return readdirSync(folder)
		.filter((name) => name.endsWith(ending))
		.sort();
}

async function assertReadable(repository: Repository, kept: readonly { tip: CommitOid; blobs: readonly ObjectId[] }[]): Promise<void> {
	for (const [made, { tip, blobs }] of kept.entries()) {
		assert.equal((await repository.readCommit(tip)).message.trim(), `version ${made}`);
		for (const [index, oid] of blobs.entries()) {
			assert.equal(Buffer.from(await repository.readBlob(oid)).toString(), textOf(`version ${made}`, index));
		}
	}
}

row(
	'sixteen small packs become one, and a repository that was open before reads all of it',
	async ({ place, folder, repository, packFolder, another }) => {
		const before = await another();
		const kept = await keep(repository, mergeAt - 1);
		await assertReadable(before, kept);
		await repository.maintain(signal);
		assert.equal(filesIn(packFolder).length, mergeAt - 1);
		kept.push(await write(repository, `version ${mergeAt - 1}`, kept.at(-1)?.tip ?? null));
		await repository.changeRefs([{ ref, from: kept.at(-2)?.tip ?? null, to: kept.at(-1)?.tip ?? null }]);
		await repository.maintain(signal);
		const [only, ...more] = filesIn(packFolder);
		assert.deepEqual(more, []);
		assert.deepEqual(
			readdirSync(packFolder).filter((name) => !/\.(?:pack|idx|rev)$/.test(name)),
			[],
		);
		assert.equal(readFileSync(join(folder, '.git/nightlog/packs'), 'utf8').trim(), only?.replace('.pack', ''));
		for (const reader of [repository, before, await another()]) await assertReadable(reader, kept);
		assert.equal(await before.hasObject(kept[3]?.blobs[3] ?? ''), true);
		assertSound(place, folder);
		const again = repository.begin();
		for (let index = 0; index < perVersion; index++) again.blob(Buffer.from(textOf('version 0', index)));
		assert.equal((await again.finish()).newObjects, 0);
		// The one that was made counts among the small ones of the next time.
		await keep(repository, mergeAt - 1, { from: mergeAt });
		await repository.maintain(signal);
		assert.equal(filesIn(packFolder).length, 1);
		assertSound(place, folder);
	},
);

row('what nothing reaches goes along: somebody may be about to refer to it', async ({ place, folder, repository, another }) => {
	const kept = await keep(repository, mergeAt, { replace: true });
	const slow = await another();
	const session = slow.begin();
	const oid = session.blob(Buffer.from(textOf('version 2', 5)));
	const tree = session.tree([{ name: 'again', mode: '100644', oid }]);
	const tip = session.commit({ tree, parents: [], author: testAuthor, committer: testAuthor, message: 'again' });
	assert.equal((await session.finish()).newObjects, 2);
	await repository.maintain(signal);
	await assertReadable(repository, kept);
	await slow.changeRefs([{ ref: ref.replace(/versions$/, 'labels/again'), from: null, to: tip }]);
	place.git(folder, 'gc', '-q');
	assert.equal(Buffer.from(await slow.readBlob(oid)).toString(), textOf('version 2', 5));
	assertSound(place, folder);
});

row(
	'packs of others, and those with a mark, stay as they are',
	async ({ place, folder, repository, packFolder }) => {
		for (let made = 0; made < 3; made++) {
			place.write(join(folder, 'theirs.txt'), `${made}`);
			place.git(folder, 'add', 'theirs.txt');
			place.git(folder, 'commit', '-qm', `${made}`);
			place.git(folder, 'repack', '-dq');
		}
		const theirs = filesIn(packFolder);
		const kept = await keep(repository, mergeAt + 4);
		const ours = filesIn(packFolder).filter((name) => !theirs.includes(name));
		const marked = ours.slice(0, 4).map((name) => name.replace('.pack', ''));
		for (const [index, ending] of ['keep', 'promisor', 'mtimes', 'bitmap'].entries())
			writeFileSync(join(packFolder, `${marked[index]}.${ending}`), '');
		await repository.maintain(signal);
		const left = filesIn(packFolder);
		assert.equal(left.length, theirs.length + marked.length + 1);
		for (const name of [...theirs, ...marked.map((name) => `${name}.pack`)]) assert.ok(left.includes(name), name);
		for (const name of ['promisor', 'mtimes', 'bitmap']) for (const each of filesIn(packFolder, name)) rmSync(join(packFolder, each));
		await assertReadable(repository, kept);
		assertSound(place, folder);
	},
	twoSettings,
);

row(
	'packs that an index over several names stay, and where a git gc runs nothing goes',
	async ({ place, folder, repository, packFolder }) => {
		await keep(repository, mergeAt);
		place.git(folder, 'multi-pack-index', 'write');
		await repository.maintain(signal);
		assert.equal(filesIn(packFolder).length, mergeAt);
		rmSync(join(packFolder, 'multi-pack-index'));
		writeFileSync(join(folder, '.git/gc.pid'), '1 host');
		await repository.maintain(signal);
		assert.equal(filesIn(packFolder).length, mergeAt);
		const longAgo = Date.now() / 1000 - 13 * 3600;
		utimesSync(join(folder, '.git/gc.pid'), longAgo, longAgo);
		await repository.maintain(signal);
		assert.equal(filesIn(packFolder).length, 1);
		assertSound(place, folder);
	},
	twoSettings,
);

row(
	'a repository of precious objects keeps every pack',
	async ({ place, folder, packFolder, another }) => {
		place.git(folder, 'config', 'core.repositoryFormatVersion', '1');
		place.git(folder, 'config', 'extensions.preciousObjects', 'true');
		const repository = await another();
		await keep(repository, mergeAt);
		await repository.maintain(signal);
		assert.equal(filesIn(packFolder).length, mergeAt);
	},
	twoSettings,
);

row(
	'packs that belong to another person of a shared repository stay',
	async ({ repository, packFolder }) => {
		await keep(repository, mergeAt);
		giveAway(packFolder);
		await repository.maintain(signal);
		assert.equal(filesIn(packFolder).length, mergeAt);
	},
	twoSettings,
);

row(
	'names of packs that git gc took are forgotten',
	async ({ place, folder, repository, packFolder }) => {
		const kept = await keep(repository, mergeAt + 1);
		place.git(folder, 'gc', '-q');
		assert.equal(filesIn(packFolder).length, 1);
		await repository.maintain(signal);
		assert.equal(existsSync(join(folder, '.git/nightlog/packs')), false);
		await assertReadable(repository, kept);
		assertSound(place, folder);
	},
	twoSettings,
);

row(
	'two who merge at once, beside a git repack, lose nothing',
	async ({ place, folder, repository, packFolder, another }) => {
		const kept = await keep(repository, mergeAt + 5);
		const repack = spawn('git', ['repack', '-adq'], { cwd: folder, stdio: 'ignore' });
		const ended = new Promise((resolve) => repack.once('exit', resolve));
		// Whoever comes too late for a pack may say so; it is done again next time.
		await Promise.allSettled([repository.maintain(signal), (await another()).maintain(signal), keep(await another(), 3, { from: 100 })]);
		await ended;
		await assertReadable(repository, kept);
		assertSound(place, folder);
		await repository.maintain(signal);
		assert.ok(filesIn(packFolder).length < 8);
		assertSound(place, folder);
	},
	twoSettings,
);

row(
	'a git repack -ad between writing and the ref takes nothing away',
	async ({ place, folder, repository, packFolder, another }) => {
		const version = await write(repository, 'version 0', null);
		assert.equal(filesIn(packFolder, '.keep').length, 1);
		place.git(folder, 'repack', '-adq');
		await repository.changeRefs([{ ref, from: null, to: version.tip }]);
		assert.deepEqual(filesIn(packFolder, '.keep'), []);
		await assertReadable(repository, [version]);
		// One who was killed before the ref holds it for an hour.
		await write(await another(), 'never', null);
		const [left] = filesIn(packFolder, '.keep');
		const keepFile = join(packFolder, left ?? '');
		assert.ok(readFileSync(keepFile, 'utf8').startsWith(heldNote));
		const theirs = join(packFolder, filesIn(packFolder).at(0)?.replace('.pack', '.keep') ?? '');
		if (theirs !== keepFile) writeFileSync(theirs, 'mine');
		await repository.maintain(signal);
		assert.equal(existsSync(keepFile), true);
		const longAgo = Date.now() / 1000 - 7200;
		for (const path of [keepFile, theirs]) if (existsSync(path)) utimesSync(path, longAgo, longAgo);
		await repository.maintain(signal);
		assert.equal(existsSync(keepFile), false);
		assert.deepEqual(filesIn(packFolder, '.keep'), theirs === keepFile ? [] : [theirs.slice(packFolder.length + 1)]);
	},
	twoSettings,
);

row(
	'what was written for a ref that somebody else moved is held until the next try',
	async ({ place, folder, repository, packFolder, another }) => {
		const mine = await write(repository, 'version 0', null);
		const theirs = await write(await another(), 'theirs', null);
		await (await another()).changeRefs([{ ref, from: null, to: theirs.tip }]);
		await assert.rejects(repository.changeRefs([{ ref, from: null, to: mine.tip }]), { code: 'repository/ref-moved' });
		const again = await write(repository, 'version 0', theirs.tip);
		place.git(folder, 'repack', '-adq');
		await repository.changeRefs([{ ref, from: theirs.tip, to: again.tip }]);
		// That of the other repository, which never came to the ref.
		assert.equal(filesIn(packFolder, '.keep').length, 1);
		await assertReadable(await another(), [again]);
		assertSound(place, folder);
	},
	twoSettings,
);

test('a loose object that only a packed version refers to is packed with the others', async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'mixed');
		const repository = await openRepository((await inspectRepository(folder, signal)) as RepositoryLayout, { git: null });
		const loose = await writeLooseBlobs(
			repository,
			Array.from({ length: 600 }, (_, index) => `loose ${index}`),
		);
		const session = repository.begin();
		const own = Array.from({ length: 9 }, (_, index) => session.blob(Buffer.from(`packed ${index}`)));
		const entries = [...loose, ...own].map((oid, index) => ({ name: `f${String(index).padStart(3, '0')}`, mode: '100644' as const, oid }));
		const tip = session.commit({ tree: session.tree(entries), parents: [], author: testAuthor, committer: testAuthor, message: 'm' });
		await repository.changeRefs([{ ref, from: null, to: tip }], session.finish());
		await repository.maintain(signal);
		assert.equal(existsSync(join(folder, '.git/nightlog/objects')), false);
		for (const oid of loose) assert.equal(existsSync(join(folder, '.git/objects', oid.slice(0, 2), oid.slice(2))), false);
		assertSound(place, folder);
	} finally {
		place.dispose();
	}
});

const changing = ['open', 'write', 'fsync', 'rename', 'unlink'] as const;

/** Calls of a process that is killed before the change with this number: it never comes back from there. */
function dyingCalls(at: number): { readonly calls: FileCalls; readonly died: Promise<void>; readonly done: () => number } {
	let count = 0;
	let die = (): void => {};
	const died = new Promise<void>((resolve) => {
		die = resolve;
	});
	const calls: Record<string, unknown> = { ...patientCalls };
	for (const name of changing) {
		const original = patientCalls[name] as (...given: unknown[]) => Promise<unknown>;
		calls[name] = async (...given: unknown[]) => {
			if (given[1] !== 'r' && (name !== 'open' || given[1] === 'wx')) count += 1;
			if (count < at) return await original(...given);
			die();
			return await new Promise(() => {});
		};
	}
	return { calls: calls as unknown as FileCalls, died, done: () => count };
}

test('killed at any moment, a merge leaves a sound repository with every object, and the next one clears up', async () => {
	const place = makePlace();
	try {
		const original = makeWorkingRepository(place, 'original');
		const first = await openRepository((await inspectRepository(original, signal)) as RepositoryLayout, { git: null });
		const kept = await keep(first, mergeAt, { replace: true });
		const oids = kept.flatMap(({ tip, blobs }) => [tip, ...blobs]);
		let last = false;
		for (let at = 1; !last; at += at < 13 ? 1 : 17) {
			const folder = join(place.folder, 'copy');
			cpSync(original, folder, { recursive: true });
			const { calls, died, done } = dyingCalls(at);
			let nowMs = Date.now();
			let made = 0;
			const store = (own: FileCalls) =>
				new FileObjectStore({
					objectsFolder: join(folder, '.git/objects'),
					calls: own,
					objectFormat: 'sha1',
					shared: null,
					records: new OwnRecords(join(folder, '.git'), null, own),
					isPrecious: false,
					ownTips: async () => [kept.at(-1)?.tip ?? ''],
					packByGit: null,
					keepSmall: null,
					now: () => nowMs,
					uniqueName: () => `at${at}x${made++}`,
				});
			await Promise.race([died, store(calls).maintain(signal)]);
			last = done() < at;
			assertSound(place, folder);
			const present = place.git(folder, 'cat-file', '--batch-check=%(objectname)', '--batch-all-objects').split('\n');
			for (const oid of oids) assert.ok(present.includes(oid), `killed at ${at}: ${oid} is gone`);
			nowMs += 2 * 3600 * 1000;
			await store(patientCalls).maintain(signal);
			const reader = await openRepository((await inspectRepository(folder, signal)) as RepositoryLayout, { git: null });
			await assertReadable(reader, kept);
			const left = (ending: string) => filesIn(join(folder, '.git/objects/pack'), ending).filter((name) => name.startsWith('pack-'));
			assert.deepEqual(
				left('.pack').map((name) => name.replace('.pack', '.idx')),
				left('.idx'),
			);
			assert.ok(left('.pack').length < mergeAt);
			rmSync(folder, { recursive: true });
			if (last) assert.ok(at > 40, 'all of it was seen');
		}
	} finally {
		place.dispose();
	}
});
