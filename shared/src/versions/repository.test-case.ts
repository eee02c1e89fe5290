import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommitOid } from '../base/ids.ts';
import { isNightlogError, NightlogError } from '../base/nightlog-error.ts';
import type { CommitContent, ObjectId, Repository, Signature, TreeEntry } from './repository.ts';

const author: Signature = { name: 'Vera Rubin', email: 'vera@example.org', timeSeconds: 1_700_000_000, offsetMinutes: -330 };
const text = (value: string) => new TextEncoder().encode(value);
const ref = (name: string) => `refs/nightlog/0123456789ab/${name}`;
const emptyTree = { sha1: '4b825dc642cb6eb9a060e54bf8d69288fbee4904', sha256: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321' };
const helloBlob = { sha1: 'ce013625030ba8dba906f756967f9e9ca394464a', sha256: '2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4' };

/** What every `Repository` promises, as rows; `open` makes a fresh and empty one for each. */
export function checkRepository(name: string, open: () => Promise<{ readonly repository: Repository; readonly dispose: () => Promise<void> }>): void {
	function row(what: string, run: (repository: Repository) => Promise<void>): void {
		test(`${name}: ${what}`, async () => {
			const { repository, dispose } = await open();
			try {
				await run(repository);
			} finally {
				await dispose();
			}
		});
	}

	row('a blob has the id that git gives it, and is read back byte for byte', async (repository) => {
		const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7919) % 256);
		const session = repository.begin();
		assert.equal(session.blob(text('hello\n')), helloBlob[repository.objectFormat]);
		const oid = session.blob(bytes);
		const empty = session.blob(new Uint8Array(0));
		await session.finish();
		assert.deepEqual(new Uint8Array(await repository.readBlob(oid)), bytes);
		assert.equal((await repository.readBlob(empty)).length, 0);
	});

	row('a tree comes back in the order of git, whatever the order it was given in', async (repository) => {
		const session = repository.begin();
		const oid = session.blob(text('x'));
		const tree = session.tree([]);
		assert.equal(tree, emptyTree[repository.objectFormat]);
		const entries: TreeEntry[] = [
			{ name: 'a0', mode: '100644', oid },
			{ name: 'a', mode: '40000', oid: tree },
			{ name: 'a.b', mode: '100755', oid },
			{ name: 'Ünï "quoted"\n$(id)', mode: '100644', oid },
			{ name: 'broken\udcff', mode: '120000', oid },
		];
		const root = session.tree(entries);
		await session.finish();
		const names = ['a.b', 'a', 'a0', 'broken\udcff', 'Ünï "quoted"\n$(id)'];
		assert.deepEqual(
			await repository.readTree(root),
			names.map((wanted) => entries.find((entry) => entry.name === wanted)),
		);
	});

	for (const bad of ['', '.', '..', '.git', '.GIT', 'a/b', 'a\0b', '.git ', 'git~1', '.gi\u200ct']) {
		row(`a tree with the name ${JSON.stringify(bad)} is refused`, async (repository) => {
			const session = repository.begin();
			const oid = session.blob(text('x'));
			assert.throws(
				() => session.tree([{ name: bad, mode: '100644', oid }]),
				(error) => isNightlogError(error, 'repository/bad-tree'),
			);
		});
	}

	row('a tree with a name twice is refused', async (repository) => {
		const session = repository.begin();
		const oid = session.blob(text('x'));
		const entry: TreeEntry = { name: 'x', mode: '100644', oid };
		assert.throws(
			() => session.tree([entry, entry]),
			(error) => isNightlogError(error, 'repository/bad-tree'),
		);
	});

	row('a commit is read back as it was written', async (repository) => {
		const content = commitOf(emptyTree[repository.objectFormat], [], 'Kept on save\n\nwith a body, ünïcode and \u{1f319}\n');
		const session = repository.begin();
		session.tree([]);
		const first = session.commit(content);
		const second = session.commit({ ...content, parents: [first], message: 'next' });
		await session.finish();
		assert.deepEqual(await repository.readCommit(first), content);
		assert.deepEqual(await repository.readCommit(second), { ...content, parents: [first], message: 'next\n' });
	});

	row('what git does not allow in a name falls out of a signature', async (repository) => {
		const hostile: Signature = { ...author, name: ' "Vera\n<Rubin>",', email: '<vera@example.org>\n' };
		const oid = await keepCommit(repository, { author: hostile, committer: { ...author, name: '' } });
		const commit = await repository.readCommit(oid);
		assert.equal(commit.author.name, 'VeraRubin');
		assert.equal(commit.author.email, 'vera@example.org');
		assert.equal(commit.committer.name, '');
	});

	row('objects are there after finish, and not before', async (repository) => {
		const session = repository.begin();
		const oid = session.blob(text('later'));
		assert.equal(await repository.hasObject(oid), false);
		await session.finish();
		assert.equal(await repository.hasObject(oid), true);
	});

	row('what is there already is not written again', async (repository) => {
		const first = repository.begin();
		first.blob(text('once'));
		first.blob(text('once'));
		assert.equal((await first.finish()).newObjects, 1);
		const second = repository.begin();
		second.blob(text('once'));
		assert.deepEqual(await second.finish(), { newObjects: 0, newBytes: 0 });
	});

	row('an object that is not there, or is of another kind, is named as missing', async (repository) => {
		const missing = 'ab'.repeat(repository.objectFormat === 'sha1' ? 20 : 32);
		const session = repository.begin();
		const tree = session.tree([]);
		await session.finish();
		assert.equal(await repository.hasObject(missing), false);
		await rejectsWith(repository.readBlob(missing), 'repository/no-object');
		await rejectsWith(repository.readTree(missing), 'repository/no-object');
		await rejectsWith(repository.readCommit(missing as CommitOid), 'repository/no-object');
		await rejectsWith(repository.readBlob(tree), 'repository/no-object');
	});

	row('a ref moves once the objects are written, and not at all where they cannot be', async (repository) => {
		const session = repository.begin();
		const oid = session.blob(text('one'));
		const change = [{ ref: ref('n/versions'), from: null, to: oid }];
		await rejectsWith(
			repository.changeRefs(change, Promise.reject(new NightlogError('repository/disk-full', 'There is no room.'))),
			'repository/disk-full',
		);
		assert.equal(await repository.readRef(ref('n/versions')), null);
		await repository.changeRefs(change, session.finish());
		assert.equal(await repository.readRef(ref('n/versions')), oid);
	});

	row('a ref is made, moved and deleted by compare-and-swap', async (repository) => {
		const [one, two] = await twoCommits(repository);
		await repository.changeRefs([{ ref: ref('n/versions'), from: null, to: one }]);
		assert.equal(await repository.readRef(ref('n/versions')), one);
		await rejectsWith(repository.changeRefs([{ ref: ref('n/versions'), from: null, to: two }]), 'repository/ref-moved');
		await rejectsWith(repository.changeRefs([{ ref: ref('n/versions'), from: two, to: one }]), 'repository/ref-moved');
		assert.equal(await repository.readRef(ref('n/versions')), one);
		await repository.changeRefs([{ ref: ref('n/versions'), from: one, to: two }]);
		assert.equal(await repository.readRef(ref('n/versions')), two);
		await repository.changeRefs([{ ref: ref('n/versions'), from: two, to: two }]);
		await repository.changeRefs([{ ref: ref('n/versions'), from: two, to: null }]);
		assert.equal(await repository.readRef(ref('n/versions')), null);
		await rejectsWith(repository.changeRefs([{ ref: ref('n/versions'), from: two, to: null }]), 'repository/ref-moved');
	});

	row('of several changes all happen or none', async (repository) => {
		const [one, two] = await twoCommits(repository);
		await repository.changeRefs([{ ref: ref('a'), from: null, to: one }]);
		const changes = [
			{ ref: ref('b'), from: null, to: one },
			{ ref: ref('a'), from: two, to: null },
		];
		await rejectsWith(repository.changeRefs(changes), 'repository/ref-moved');
		assert.deepEqual(await repository.listRefs(ref('')), [{ ref: ref('a'), oid: one }]);
		await repository.changeRefs([
			{ ref: ref('b'), from: null, to: one },
			{ ref: ref('a'), from: one, to: null },
			{ ref: ref('c/d'), from: null, to: two },
		]);
		assert.deepEqual(await repository.listRefs(ref('')), [
			{ ref: ref('b'), oid: one },
			{ ref: ref('c/d'), oid: two },
		]);
	});

	row('refs are listed by name, below their prefix only', async (repository) => {
		const [one] = await twoCommits(repository);
		const names = ['n/versions', 'n/labels/b', 'n/labels/a', 'n2/versions', 'n/labels/a%20b', 'n/labels/A'];
		await repository.changeRefs(names.map((each) => ({ ref: ref(each), from: null, to: one })));
		const listed = (await repository.listRefs(ref('n/'))).map((each) => each.ref);
		assert.deepEqual(listed, ['n/labels/A', 'n/labels/a', 'n/labels/a%20b', 'n/labels/b', 'n/versions'].map(ref));
		assert.deepEqual(await repository.listRefs(ref('none/')), []);
		await rejectsWith(repository.listRefs('refs/nightlog'), 'repository/bad-ref');
	});

	row('a ref cannot be both a file and a folder of refs', async (repository) => {
		const [one] = await twoCommits(repository);
		await repository.changeRefs([{ ref: ref('a/b'), from: null, to: one }]);
		await rejectsWith(repository.changeRefs([{ ref: ref('a/b/c'), from: null, to: one }]), 'repository/ref-conflict');
		await rejectsWith(repository.changeRefs([{ ref: ref('a'), from: null, to: one }]), 'repository/ref-conflict');
		await repository.changeRefs([{ ref: ref('a/b'), from: one, to: null }]);
		await repository.changeRefs([{ ref: ref('a'), from: null, to: one }]);
		assert.deepEqual(await repository.listRefs(ref('')), [{ ref: ref('a'), oid: one }]);
	});

	row('a name comes free only after the change that frees it', async (repository) => {
		const [one] = await twoCommits(repository);
		await repository.changeRefs([{ ref: ref('a/b'), from: null, to: one }]);
		const both = [
			{ ref: ref('a/b'), from: one, to: null },
			{ ref: ref('a'), from: null, to: one },
		];
		await rejectsWith(repository.changeRefs(both), 'repository/ref-conflict');
		const nested = [
			{ ref: ref('c'), from: null, to: one },
			{ ref: ref('c/d'), from: null, to: one },
		];
		await rejectsWith(repository.changeRefs(nested), 'repository/ref-conflict');
		assert.deepEqual(await repository.listRefs(ref('')), [{ ref: ref('a/b'), oid: one }]);
	});

	row('a ref never points to what is not there', async (repository) => {
		const missing = 'ab'.repeat(repository.objectFormat === 'sha1' ? 20 : 32);
		await rejectsWith(repository.changeRefs([{ ref: ref('a'), from: null, to: missing }]), 'repository/no-object');
		assert.equal(await repository.readRef(ref('a')), null);
	});

	for (const bad of [
		'refs/heads/main',
		'HEAD',
		'refs/nightlog/../heads/main',
		'refs/nightlog/a..b',
		'refs/nightlog/a b',
		'refs/nightlog/a.lock',
		'refs/nightlog/',
	]) {
		row(`no ref is made with the name ${JSON.stringify(bad)}`, async (repository) => {
			const [one] = await twoCommits(repository);
			await rejectsWith(repository.changeRefs([{ ref: bad, from: null, to: one }]), 'repository/bad-ref');
		});
	}

	row('one name twice in a change is refused, and an id of another form', async (repository) => {
		const [one, two] = await twoCommits(repository);
		const twice = [
			{ ref: ref('a'), from: null, to: one },
			{ ref: ref('a'), from: null, to: two },
		];
		await rejectsWith(repository.changeRefs(twice), 'repository/bad-ref');
		await rejectsWith(repository.changeRefs([{ ref: ref('a'), from: null, to: one.slice(1) }]), 'repository/bad-ref');
		await repository.changeRefs([]);
		assert.deepEqual(await repository.listRefs('refs/'), []);
	});

	row('of many who move one ref at once, none is lost', async (repository) => {
		const moved = { count: 0 };
		await Promise.all(
			Array.from({ length: 8 }, async (_, writer) => {
				for (let made = 0; made < 5; ) {
					const tip = await repository.readRef(ref('n/versions'));
					const next = await keepCommit(repository, { parents: tip === null ? [] : [tip as CommitOid], message: `${writer} ${made}` });
					try {
						await repository.changeRefs([{ ref: ref('n/versions'), from: tip, to: next }]);
						made += 1;
						moved.count += 1;
					} catch (error) {
						if (!isNightlogError(error, 'repository/ref-moved') && !isNightlogError(error, 'repository/busy')) throw error;
					}
				}
			}),
		);
		let length = 0;
		for (let tip = await repository.readRef(ref('n/versions')); tip !== null; length++)
			tip = (await repository.readCommit(tip as CommitOid)).parents[0] ?? null;
		assert.equal(moved.count, 40);
		assert.equal(length, 40);
	});

	row('maintenance keeps every object and ref', async (repository) => {
		const [one, two] = await twoCommits(repository);
		await repository.changeRefs([{ ref: ref('a'), from: null, to: two }]);
		await repository.maintain(new AbortController().signal);
		assert.equal(await repository.readRef(ref('a')), two);
		assert.deepEqual((await repository.readCommit(two)).parents, [one]);
	});
}

async function rejectsWith(promise: Promise<unknown>, code: string): Promise<void> {
	await assert.rejects(promise, (error) => isNightlogError(error, code) || assert.fail(`expected ${code}, got ${String(error)}`));
}

function commitOf(tree: ObjectId, parents: readonly CommitOid[], message: string): CommitContent {
	return { tree, parents, author, committer: { ...author, timeSeconds: author.timeSeconds + 60, offsetMinutes: 60 }, message };
}

async function keepCommit(repository: Repository, change: Partial<CommitContent>): Promise<CommitOid> {
	const session = repository.begin();
	const oid = session.commit({ ...commitOf(session.tree([]), [], 'kept\n'), ...change });
	await session.finish();
	return oid;
}

async function twoCommits(repository: Repository): Promise<readonly [CommitOid, CommitOid]> {
	const one = await keepCommit(repository, { message: 'one\n' });
	return [one, await keepCommit(repository, { message: 'two\n', parents: [one] })];
}
