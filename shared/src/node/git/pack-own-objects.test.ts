import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommitOid } from '../../base/ids.ts';
import type { Repository, RepositoryLayout } from '../../versions/repository.ts';
import { inspectRepository } from './inspect-repository.ts';
import { openRepository } from './open-repository.ts';
import { packAt } from './pack-own-objects.ts';
import {
	assertSound,
	foreignRefs,
	keepVersion,
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
const perCommit = 90;

async function open(folder: string, withGit: boolean): Promise<Repository> {
	return await openRepository((await inspectRepository(folder, signal)) as RepositoryLayout, { git: withGit ? program : null });
}

/** One version of many small files, all loose; what it replaces, if anything, is its parent. */
async function keepMany(repository: Repository, name: string, parent: CommitOid | null): Promise<CommitOid> {
	const texts = Array.from({ length: perCommit }, (_, index) => `${name} ${index}`);
	const entries = (await writeLooseBlobs(repository, texts)).map((oid, index) => ({ name: `f${index}`, mode: '100644' as const, oid }));
	const session = repository.begin();
	const tree = session.tree([{ name: 'folder', mode: '40000', oid: session.tree(entries) }]);
	const oid = session.commit({ tree, parents: parent === null ? [] : [parent], author: testAuthor, committer: testAuthor, message: name });
	await session.finish();
	return oid;
}

async function keepUntilFull(repository: Repository): Promise<CommitOid[]> {
	const kept: CommitOid[] = [];
	for (let count = 0; count < packAt; count += perCommit + 3) {
		const parent = kept.at(-1) ?? null;
		kept.push(await keepMany(repository, `version ${kept.length}`, parent));
		await repository.changeRefs([{ ref, from: parent, to: kept.at(-1) ?? null }]);
	}
	return kept;
}

function looseObjects(folder: string): string[] {
	const objects = join(folder, '.git/objects');
	return readdirSync(objects)
		.filter((name) => /^[0-9a-f]{2}$/.test(name))
		.flatMap((name) => readdirSync(join(objects, name)).map((rest) => name + rest))
		.sort();
}

function packs(folder: string): string[] {
	return readdirSync(join(folder, '.git/objects/pack')).filter((name) => name.endsWith('.pack'));
}

function row(name: string, run: (place: TestPlace, folder: string, repository: Repository, withGit: boolean) => Promise<void>): void {
	for (const withGit of [true, false]) {
		test(`${name}, ${withGit ? 'with' : 'without'} a git program`, async () => {
			const place = makePlace();
			try {
				const folder = makeWorkingRepository(place, 'packing');
				await run(place, folder, await open(folder, withGit), withGit);
			} finally {
				place.dispose();
			}
		});
	}
}

row('a damaged version, and a ref that holds no id, keep nothing else from being packed', async (_place, folder, repository) => {
	const damaged = await keepVersion(repository, ref.replace('versions', 'results/damaged'), 'damaged');
	await keepUntilFull(repository);
	const file = join(folder, '.git/objects', damaged.slice(0, 2), damaged.slice(2));
	rmSync(file);
	writeFileSync(file, '');
	writeFileSync(join(folder, '.git', ref.replace('versions', 'results/broken')), '');
	await repository.maintain(signal);
	assert.equal(packs(folder).length, 1);
});

row('few objects of ours stay loose', async (_place, folder, repository) => {
	await keepVersion(repository, ref, 'one');
	const before = looseObjects(folder);
	await repository.maintain(signal);
	assert.deepEqual(looseObjects(folder), before);
});

row('at 500 our objects go into one pack, those of others stay loose, and all is read as before', async (place, folder, repository) => {
	const theirs = looseObjects(folder);
	const refs = foreignRefs(place, folder);
	const kept = await keepUntilFull(repository);
	assert.equal(packs(folder).length, 0);
	await repository.maintain(signal);
	assert.deepEqual(looseObjects(folder), theirs);
	assert.equal(packs(folder).length, 1);
	assert.equal(readFileSync(join(folder, '.git/nightlog/packs'), 'utf8').trim(), packs(folder)[0]?.replace('.pack', ''));
	assertSound(place, folder);
	assert.equal(foreignRefs(place, folder), refs);
	assert.equal(place.git(folder, 'rev-list', '--count', ref).trim(), String(kept.length));
	const fresh = await open(folder, false);
	for (const reader of [repository, fresh]) {
		for (const oid of kept) {
			const { tree } = await reader.readCommit(oid);
			const entries = await reader.readTree((await reader.readTree(tree))[0]?.oid ?? '');
			assert.equal(Buffer.from(await reader.readBlob(entries[0]?.oid ?? '')).toString(), `version ${kept.indexOf(oid)} 0`);
		}
	}
	assert.deepEqual(readdirSync(join(folder, '.git/nightlog')).sort(), ['packs']);
});

row('what is packed is not written again', async (_place, _folder, repository) => {
	const kept = await keepUntilFull(repository);
	await repository.maintain(signal);
	const session = repository.begin();
	for (let index = 0; index < perCommit; index++) session.blob(Buffer.from(`version 0 ${index}`));
	assert.deepEqual(await session.finish(), { newObjects: 0, newBytes: 0 });
	assert.equal(await repository.hasObject(kept[0] ?? ''), true);
});

row('ours that nothing reaches any more stay loose, and are left to git gc after two weeks', async (place, folder, repository) => {
	const replaced = await keepMany(repository, 'replaced', null);
	await keepUntilFull(repository);
	await repository.maintain(signal);
	const path = join(folder, '.git/objects', replaced.slice(0, 2), replaced.slice(2));
	assert.equal(existsSync(path), true);
	assert.match(readFileSync(join(folder, '.git/nightlog/objects'), 'utf8'), new RegExp(replaced));
	const monthAgo = Date.now() / 1000 - 30 * 86_400;
	for (const oid of looseObjects(folder)) utimesSync(join(folder, '.git/objects', oid.slice(0, 2), oid.slice(2)), monthAgo, monthAgo);
	const tip = (await repository.readRef(ref)) as CommitOid;
	let last = tip;
	for (let index = 0; index < 6; index++) last = await keepMany(repository, `more ${index}`, last);
	await repository.changeRefs([{ ref, from: tip, to: last }]);
	await repository.maintain(signal);
	assert.equal(existsSync(join(folder, '.git/nightlog/objects')), false, 'it is no longer on our list');
	assert.equal(existsSync(path), true, 'but git gc takes it, not we');
	place.git(folder, 'gc', '-q');
	assert.equal(existsSync(path), false);
	assertSound(place, folder);
});

row('an old object that a new version refers to again survives git gc', async (place, folder, repository) => {
	const first = repository.begin();
	const oid = first.blob(Buffer.from('seldom'));
	await first.finish();
	const path = join(folder, '.git/objects', oid.slice(0, 2), oid.slice(2));
	const monthAgo = Date.now() / 1000 - 30 * 86_400;
	utimesSync(path, monthAgo, monthAgo);
	const session = repository.begin();
	session.blob(Buffer.from('seldom'));
	assert.equal((await session.finish()).newObjects, 0);
	place.git(folder, 'prune', '--expire=2.weeks.ago');
	assert.equal(existsSync(path), true);
});

row('many files of one submit are one pack, and the versions before it are still packed', async (place, folder, repository) => {
	let tip = await keepMany(repository, 'first', null);
	const session = repository.begin();
	const entries = Array.from({ length: 150 }, (_, index) => ({
		name: `f${index}`,
		mode: '100644' as const,
		oid: session.blob(Buffer.from(`submitted ${index}`)),
	}));
	tip = session.commit({ tree: session.tree(entries), parents: [tip], author: testAuthor, committer: testAuthor, message: 'submit' });
	await session.finish();
	assert.equal(packs(folder).length, 1);
	for (let index = 0; index < 6; index++) tip = await keepMany(repository, `after ${index}`, tip);
	await repository.changeRefs([{ ref, from: null, to: tip }]);
	await repository.maintain(signal);
	assert.equal(packs(folder).length, 2);
	assert.equal(existsSync(join(folder, '.git/nightlog/objects')), false);
	assertSound(place, folder);
});

row('beside a git gc that runs at the same moment nothing is lost', async (place, folder, repository) => {
	await keepUntilFull(repository);
	const { spawn } = await import('node:child_process');
	const gc = spawn('git', ['gc', '-q', '--prune=now'], { cwd: folder, stdio: 'ignore' });
	const ended = new Promise((resolve) => gc.once('exit', resolve));
	await repository.maintain(signal);
	const tip = (await repository.readRef(ref)) as CommitOid;
	assert.equal((await repository.readCommit(tip)).message.startsWith('version'), true);
	await ended;
	assertSound(place, folder);
	assert.equal((await repository.readCommit(tip)).message.startsWith('version'), true);
});
