import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { CommitOid, NotebookId, PersonId } from '../base/ids.ts';
import { NightlogError } from '../base/nightlog-error.ts';
import { type KeepContext, keepVersion } from './keep-version.ts';
import { listVersions } from './list-versions.ts';
import { createMemoryRepository } from './memory-repository.ts';
import { createObjectReader, type ObjectReader } from './object-reader.ts';
import { damagedRef, labelRef, versionsRef } from './ref-names.ts';
import type { RefChange, Repository } from './repository.ts';
import { noObject, refMoved } from './repository-ref-names.ts';
import type { Snapshot, SnapshotFile } from './snapshot.ts';

const person = '0123456789ab' as PersonId;
const notebook = '01jf8qz3k4m5n6p7q8r9s0t1v2' as NotebookId;
const ref = versionsRef(person, notebook);
const signal = new AbortController().signal;
const text = (value: string) => new TextEncoder().encode(value);

function makeRepository(): Repository {
	return createMemoryRepository({ hash: (parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest() });
}

function contextOf(reader: ObjectReader, changes: Partial<KeepContext> = {}): KeepContext {
	return {
		reader,
		notebook,
		ref,
		refSoon: null,
		labelRef: null,
		damagedRef: (id) => damagedRef(person, notebook, id),
		moveLabel: false,
		earlier: null,
		remembered: () => [],
		nowMs: () => Date.parse('2026-03-01T20:00:00Z'),
		signature: (nowMs) => ({ name: 'Vera', email: 'vera@example.org', timeSeconds: nowMs / 1000, offsetMinutes: 0 }),
		mayReplace: () => false,
		pause: async () => undefined,
		...changes,
	};
}

function snapshotOf(content: string, changes: Partial<Snapshot> = {}): Snapshot {
	return {
		notebook: {
			path: 'night.ipynb',
			mode: '100644',
			sizeBytes: content.length,
			valid: true,
			cut: null,
			full: async () => text(content),
			saysSame: async () => false,
		},
		root: '/work',
		files: new Map(),
		base: 'previous',
		branchTree: null,
		branchCommit: null,
		leftOut: [],
		facts: { project: null, worktree: null, editor: null, kernel: null, execution: { order: [], digest: 'd' } },
		reason: 'keep',
		label: null,
		parameters: {},
		...changes,
	};
}

const fileOf = (content: string, knownOid: string | null = null): SnapshotFile => ({
	mode: '100644',
	knownOid,
	sizeBytes: content.length,
	read: async () => text(content),
});

async function idsOf(reader: ObjectReader): Promise<string[]> {
	const request = { person, notebook, earlier: null, results: false, cursor: null, limit: 5000, successor: () => null };
	return (await listVersions(reader, request)).versions.map(({ id }) => id);
}

test('two processes that keep 1,000 versions each lose none', async () => {
	const repository = makeRepository();
	const kept: string[] = [];
	async function run(name: string): Promise<void> {
		const reader = createObjectReader(repository);
		const context = contextOf(reader);
		for (let index = 0; index < 1000; index++) {
			const { version, created } = await keepVersion(context, snapshotOf(`${name} ${index}`), signal);
			assert.equal(created, true);
			kept.push(version.id);
		}
	}
	await Promise.all([run('one'), run('two')]);
	const ids = await idsOf(createObjectReader(repository));
	assert.equal(ids.length, 2000);
	assert.deepEqual(new Set(ids), new Set(kept));
});

test('a version that another process overtook is made anew on top of its', async () => {
	const plain = makeRepository();
	let overtaken = false;
	const repository: Repository = {
		...plain,
		async changeRefs(changes) {
			if (!overtaken) {
				overtaken = true;
				await keepVersion(contextOf(createObjectReader(plain)), snapshotOf('theirs', { files: new Map([['theirs.py', fileOf('x')]]) }), signal);
			}
			await plain.changeRefs(changes);
		},
	};
	const reader = createObjectReader(repository);
	const { version } = await keepVersion(contextOf(reader), snapshotOf('ours', { files: new Map([['ours.py', fileOf('y')]]) }), signal);
	assert.equal(version.document.number, 2);
	assert.deepEqual(await idsOf(reader), [version.id, version.commit.parents[0]]);
	const names = (await plain.readTree(version.commit.tree)).map(({ name }) => name);
	assert.deepEqual(names.sort(), ['.nightlog', 'night.ipynb', 'ours.py', 'theirs.py']);
});

test('a version over one of another folder takes none of its paths, which say something else there', async () => {
	const repository = makeRepository();
	const context = contextOf(createObjectReader(repository));
	const facts = { project: '/data/deep', worktree: null, editor: null, kernel: null, execution: { order: [], digest: 'd' } };
	await keepVersion(context, snapshotOf('one', { root: '/data/deep', facts, files: new Map([['beside.py', fileOf('x')]]) }), signal);
	const notebookOf = (path: string) => ({ ...snapshotOf('two').notebook, path });
	const moved = snapshotOf('two', { notebook: notebookOf('deep/night.ipynb'), files: new Map([['deep/beside.py', fileOf('x')]]) });
	const { version } = await keepVersion(context, moved, signal);
	assert.equal(version.document.number, 2);
	const names = (await repository.readTree(version.commit.tree)).map(({ name }) => name);
	assert.deepEqual(names.sort(), ['.nightlog', 'deep']);
});

test('the same content that another process kept a moment before is no version more', async () => {
	const plain = makeRepository();
	let overtaken = false;
	const repository: Repository = {
		...plain,
		async changeRefs(changes) {
			if (!overtaken) {
				overtaken = true;
				await keepVersion(contextOf(createObjectReader(plain)), snapshotOf('same'), signal);
			}
			await plain.changeRefs(changes);
		},
	};
	const { created } = await keepVersion(contextOf(createObjectReader(repository)), snapshotOf('same'), signal);
	assert.equal(created, false);
	assert.equal((await idsOf(createObjectReader(plain))).length, 1);
});

test('a busy repository is tried again, and given up with its error', async () => {
	const plain = makeRepository();
	let calls = 0;
	let busyFor = 3;
	const repository: Repository = {
		...plain,
		async changeRefs(changes) {
			calls += 1;
			if (calls <= busyFor) throw new NightlogError('repository/busy', 'busy', { retryable: true });
			await plain.changeRefs(changes);
		},
	};
	assert.equal((await keepVersion(contextOf(createObjectReader(repository)), snapshotOf('x'), signal)).created, true);
	assert.equal(calls, 4);
	busyFor = Number.POSITIVE_INFINITY;
	await assert.rejects(keepVersion(contextOf(createObjectReader(repository)), snapshotOf('y'), signal), { code: 'repository/busy' });
	assert.equal((await idsOf(createObjectReader(plain))).length, 1);
});

test('a full disk changes nothing', async () => {
	const plain = makeRepository();
	const repository: Repository = {
		...plain,
		begin: () => ({
			...plain.begin(),
			finish: async () => {
				throw new NightlogError('repository/disk-full', 'full');
			},
		}),
	};
	await keepVersion(contextOf(createObjectReader(plain)), snapshotOf('x'), signal);
	await assert.rejects(keepVersion(contextOf(createObjectReader(repository)), snapshotOf('y'), signal), { code: 'repository/disk-full' });
	assert.equal((await idsOf(createObjectReader(plain))).length, 1);
});

test('a ref that always moves ends when the caller does', async () => {
	const plain = makeRepository();
	const ended = new AbortController();
	let tries = 0;
	const repository: Repository = {
		...plain,
		async changeRefs() {
			tries += 1;
			if (tries === 5) ended.abort(new Error('enough'));
			throw refMoved(ref);
		},
	};
	await assert.rejects(keepVersion(contextOf(createObjectReader(repository)), snapshotOf('x'), ended.signal), /enough/);
	assert.equal(tries, 5);
});

test('a label and its version are there together or not at all', async () => {
	const repository = makeRepository();
	const label = labelRef(person, notebook, 'good');
	const context = contextOf(createObjectReader(repository), { labelRef: label });
	const { version } = await keepVersion(context, snapshotOf('x', { reason: 'label', label: 'good' }), signal);
	assert.equal(await repository.readRef(label), version.id);
	const again = await keepVersion(context, snapshotOf('x', { reason: 'label', label: 'good' }), signal);
	assert.deepEqual([again.created, again.version.id], [false, version.id]);
	await assert.rejects(keepVersion(context, snapshotOf('y', { reason: 'label', label: 'good' }), signal), { code: 'version/label-taken' });
	assert.equal(await repository.readRef(ref), version.id);
	await repository.changeRefs([{ ref: label, from: version.id, to: null }]);
	assert.equal((await keepVersion(context, snapshotOf('x', { reason: 'label', label: 'good' }), signal)).created, false);
	assert.equal(await repository.readRef(label), version.id);
});

test('a label moves to the version that is kept now where that is wanted, and the one that had it stays', async () => {
	const repository = makeRepository();
	const label = labelRef(person, notebook, 'good');
	const context = contextOf(createObjectReader(repository), { labelRef: label, moveLabel: true });
	const keep = (content: string) => keepVersion(context, snapshotOf(content, { reason: 'label', label: 'good' }), signal);
	const { version: first } = await keep('x');
	const { version: second } = await keep('y');
	assert.equal(await repository.readRef(label), second.id);
	assert.deepEqual([await repository.readRef(ref), second.commit.parents], [second.id, [first.id]]);
	await repository.changeRefs([{ ref: label, from: second.id, to: first.id }]);
	assert.equal((await keep('y')).created, false);
	assert.equal(await repository.readRef(label), second.id, 'a name that another version got meanwhile comes back');
});

test('a blob that is only remembered is read again where no tree names it', async () => {
	const repository = makeRepository();
	const reader = createObjectReader(repository);
	const lost = 'f'.repeat(40);
	const first = await keepVersion(contextOf(reader), snapshotOf('x', { files: new Map([['lib.py', fileOf('a', lost)]]) }), signal);
	const entry = await reader.findEntry(first.version.commit.tree, 'lib.py');
	assert.notEqual(entry?.oid, lost);
	const unread: SnapshotFile = { mode: '100644', knownOid: entry?.oid ?? null, sizeBytes: 1, read: () => assert.fail('it is there') };
	const second = await keepVersion(contextOf(reader), snapshotOf('y', { files: new Map([['lib.py', unread]]) }), signal);
	assert.equal((await reader.findEntry(second.version.commit.tree, 'lib.py'))?.oid, entry?.oid);
});

test('what lies in a branch as .nightlog is not taken for the version own', async () => {
	const repository = makeRepository();
	const reader = createObjectReader(repository);
	const session = repository.begin();
	const blob = session.blob(text('foreign'));
	const inner = session.tree([{ name: 'receipt.json', mode: '100644', oid: blob }]);
	const branchTree = session.tree([
		{ name: '.nightlog', mode: '40000', oid: inner },
		{ name: 'data.csv', mode: '100644', oid: blob },
	]);
	const author = { name: 'x', email: 'x', timeSeconds: 0, offsetMinutes: 0 };
	const branchCommit = session.commit({ tree: branchTree, parents: [], author, committer: author, message: 'x' });
	await session.finish();
	const { version } = await keepVersion(contextOf(reader), snapshotOf('x', { base: 'branch', branchTree, branchCommit, reason: 'submit' }), signal);
	assert.deepEqual(version.commit.parents, [branchCommit]);
	assert.equal(await reader.findEntry(version.commit.tree, '.nightlog/receipt.json'), null);
	assert.notEqual(await reader.findEntry(version.commit.tree, 'data.csv'), null);
	assert.deepEqual(await idsOf(reader), [version.id], 'the history does not run into the branch');
});

test('the first version under another name of the person goes on from the last one', async () => {
	const repository = makeRepository();
	const reader = createObjectReader(repository);
	const before = await keepVersion(contextOf(reader, { ref: versionsRef('ba9876543210' as PersonId, notebook) }), snapshotOf('x'), signal);
	const earlier = before.version.id as CommitOid;
	assert.equal((await keepVersion(contextOf(reader, { earlier }), snapshotOf('x'), signal)).created, false);
	const { version } = await keepVersion(contextOf(reader, { earlier, mayReplace: () => true }), snapshotOf('y', { reason: 'save' }), signal);
	assert.deepEqual(version.commit.parents, [earlier]);
	assert.equal(version.document.number, 2);
});

test('a history that a newer Nightlog goes on with is kept on top of', async () => {
	const repository = makeRepository();
	const reader = createObjectReader(repository);
	const first = await keepVersion(contextOf(reader), snapshotOf('x'), signal);
	const session = repository.begin();
	const document = session.blob(text(JSON.stringify({ ...first.version.document, format: 99 })));
	const tree = session.tree([{ name: '.nightlog', mode: '40000', oid: session.tree([{ name: 'version.json', mode: '100644', oid: document }]) }]);
	const newer = session.commit({ ...first.version.commit, tree, parents: [first.version.id] });
	await session.finish();
	await repository.changeRefs([{ ref, from: first.version.id, to: newer }]);
	const { version } = await keepVersion(contextOf(reader), snapshotOf('y', { reason: 'save' }), signal);
	assert.deepEqual(version.commit.parents, [newer]);
	assert.deepEqual(await idsOf(reader), [version.id, first.version.id]);
});

test('a ref that was read too soon loses nothing: the version is made again on top of what came meanwhile', async () => {
	const reader = createObjectReader(makeRepository());
	const { version: theirs } = await keepVersion(contextOf(reader), snapshotOf('theirs'), signal);
	const { version } = await keepVersion(contextOf(reader, { refSoon: Promise.resolve(null) }), snapshotOf('ours'), signal);
	assert.deepEqual(version.commit.parents, [theirs.id]);
	assert.equal(version.document.number, 2);
	await assert.rejects(
		keepVersion(contextOf(reader, { refSoon: Promise.reject(new Error('unreadable')) }), snapshotOf('more'), signal),
		/unreadable/,
	);
});

/** The repository as it is once a commit is lost, and what refs it was asked to change. */
function withLost(plain: Repository, lost: CommitOid): { readonly repository: Repository; readonly asked: (readonly RefChange[])[] } {
	const asked: (readonly RefChange[])[] = [];
	const repository: Repository = {
		...plain,
		async readCommit(id) {
			if (id === lost) throw noObject(id);
			return await plain.readCommit(id);
		},
		async changeRefs(changes, written) {
			asked.push(changes);
			await plain.changeRefs(changes, written);
		},
	};
	return { repository, asked };
}

test('the id of a lost version is under its own ref before another takes its place', async () => {
	const plain = makeRepository();
	const { version: lost } = await keepVersion(contextOf(createObjectReader(plain)), snapshotOf('x'), signal);
	const { repository, asked } = withLost(plain, lost.id);
	const { version, damage } = await keepVersion(contextOf(createObjectReader(repository)), snapshotOf('y'), signal);
	assert.deepEqual(damage, { id: lost.id, isLost: true });
	assert.deepEqual(asked, [
		[
			{ ref: damagedRef(person, notebook, lost.id), from: null, to: lost.id },
			{ ref, from: lost.id, to: version.id },
		],
	]);
});

test('a save that was ended between the two is made again', async () => {
	const plain = makeRepository();
	const { version: lost } = await keepVersion(contextOf(createObjectReader(plain)), snapshotOf('x'), signal);
	await plain.changeRefs([{ ref: damagedRef(person, notebook, lost.id), from: null, to: lost.id }]);
	const { repository } = withLost(plain, lost.id);
	const { version } = await keepVersion(contextOf(createObjectReader(repository)), snapshotOf('y'), signal);
	assert.deepEqual([await plain.readRef(ref), await plain.readRef(damagedRef(person, notebook, lost.id))], [version.id, lost.id]);
});

test('a ref that always moves is given up some time, with an error that says to try again', async () => {
	const plain = makeRepository();
	let tries = 0;
	const repository: Repository = {
		...plain,
		async changeRefs() {
			// A bound that does not hold must not keep the test from ending.
			if (++tries > 1000) throw new Error('it never ends');
			throw refMoved(ref);
		},
	};
	await assert.rejects(keepVersion(contextOf(createObjectReader(repository)), snapshotOf('x'), signal), {
		code: 'repository/ref-moved',
		retryable: true,
	});
});

test('a history whose ref holds no id goes on after the newest version that is remembered and can be read', async () => {
	const plain = makeRepository();
	const reader = createObjectReader(plain);
	const { version: first } = await keepVersion(contextOf(reader), snapshotOf('x'), signal);
	const { version: second } = await keepVersion(contextOf(reader), snapshotOf('y'), signal);
	await plain.changeRefs([{ ref, from: second.id, to: null }]);
	let isBroken = true;
	const repository: Repository = {
		...plain,
		async readRef(asked) {
			if (isBroken && asked === ref) throw new NightlogError('repository/corrupt', 'no id', { data: { ref, packed: first.id } });
			return await plain.readRef(asked);
		},
		async changeRefs(changes, written) {
			await plain.changeRefs(changes, written);
			isBroken = false;
		},
	};
	const none = 'e'.repeat(40) as CommitOid;
	const context = contextOf(createObjectReader(repository), { remembered: () => [none, second.id], mayReplace: () => true });
	const same = await keepVersion(context, snapshotOf('y'), signal);
	assert.deepEqual([same.created, same.version.id, same.damage], [false, second.id, { id: null, isLost: false }]);
	assert.equal(await plain.readRef(ref), second.id);
	isBroken = true;
	await plain.changeRefs([{ ref, from: second.id, to: null }]);
	const { version } = await keepVersion(contextOf(createObjectReader(repository)), snapshotOf('z', { reason: 'save' }), signal);
	assert.deepEqual(version.commit.parents, [first.id], 'what was packed');
	isBroken = true;
	await plain.changeRefs([{ ref, from: version.id, to: null }]);
	const anew = { ...repository, readRef: async () => Promise.reject(new NightlogError('repository/corrupt', 'no id')) };
	const kept = await keepVersion(contextOf(createObjectReader(anew), { earlier: second.id }), snapshotOf('w'), signal);
	assert.deepEqual([kept.version.commit.parents, kept.damage], [[second.id], { id: null, isLost: false }], 'under another name');
});
