import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { CommitOid, NotebookId } from '../base/ids.ts';
import { createMemoryRepository } from './memory-repository.ts';
import { moveHistory } from './move-history.ts';
import type { CommitContent, Repository } from './repository.ts';

const notebook = '01jf8qz3k4m5n6p7q8r9s0t1v2' as NotebookId;
const prefix = `refs/nightlog/0123456789ab/${notebook}`;
const signal = new AbortController().signal;
const makeRepository = (objectFormat: 'sha1' | 'sha256' = 'sha1') =>
	createMemoryRepository({
		objectFormat,
		hash: (parts) => parts.reduce((hash, part) => hash.update(part), createHash(objectFormat)).digest(),
	});

async function commit(repository: Repository, text: string, parents: readonly CommitOid[]): Promise<CommitOid> {
	const session = repository.begin();
	const inner = session.tree([{ name: 'file', mode: '100755', oid: session.blob(new TextEncoder().encode(text)) }]);
	const tree = session.tree([
		{ name: 'folder', mode: '40000', oid: inner },
		{ name: 'module', mode: '160000', oid: 'c'.repeat(repository.objectFormat === 'sha1' ? 40 : 64) },
	]);
	const who = { name: 'Vera', email: 'vera@example.org', timeSeconds: 1, offsetMinutes: -90 };
	const content: CommitContent = { tree, parents, author: who, committer: who, message: `${text}\n` };
	const id = session.commit(content);
	await session.finish();
	return id;
}

const set = (repository: Repository, name: string, to: CommitOid) => repository.changeRefs([{ ref: `${prefix}/${name}`, from: null, to }]);
const refsOf = async (repository: Repository) =>
	Object.fromEntries((await repository.listRefs('refs/nightlog/')).map(({ ref, oid }) => [ref.slice(prefix.length + 1), oid]));

test('all refs of a notebook move with all that they lead to, and those of others stay', async () => {
	const [from, to] = [makeRepository(), makeRepository()];
	const one = await commit(from, 'one', []);
	const two = await commit(from, 'two', [one]);
	const result = await commit(from, 'result', [one]);
	await set(from, 'versions', two);
	await set(from, 'labels/good', one);
	await set(from, `results/${notebook}`, result);
	await set(from, 'of-a-newer-kind', result);
	await from.changeRefs([{ ref: 'refs/nightlog/0123456789ab/01jf8qz3k4m5n6p7q8r9s0t1v3/versions', from: null, to: one }]);
	await moveHistory(from, to, notebook, signal);
	assert.deepEqual(await refsOf(to), { versions: two, 'labels/good': one, [`results/${notebook}`]: result, 'of-a-newer-kind': result });
	for (const id of [one, two, result]) {
		const { tree } = await to.readCommit(id);
		const [folder] = await to.readTree(tree);
		const [file] = await to.readTree(folder?.oid ?? '');
		assert.equal(file?.mode, '100755');
		assert.ok((await to.readBlob(file?.oid ?? '')).length > 0);
	}
});

test('a history that went on in one of them is followed; one that went on in both is left as it is', async () => {
	const [from, to] = [makeRepository(), makeRepository()];
	const one = await commit(from, 'one', []);
	await set(from, 'versions', one);
	await moveHistory(from, to, notebook, signal);
	const two = await commit(from, 'two', [one]);
	await from.changeRefs([{ ref: `${prefix}/versions`, from: one, to: two }]);
	await moveHistory(from, to, notebook, signal);
	assert.deepEqual(await refsOf(to), { versions: two });

	const ahead = await commit(to, 'ahead', [two]);
	await to.changeRefs([{ ref: `${prefix}/versions`, from: two, to: ahead }]);
	await moveHistory(from, to, notebook, signal);
	assert.deepEqual(await refsOf(to), { versions: ahead });

	const other = await commit(from, 'other', [two]);
	await from.changeRefs([{ ref: `${prefix}/versions`, from: two, to: other }]);
	await assert.rejects(moveHistory(from, to, notebook, signal), { code: 'version/histories-differ', status: 409 });
	assert.deepEqual(await refsOf(to), { versions: ahead });
	assert.deepEqual(await refsOf(from), { versions: other });
});

test('repositories that name objects differently keep each their own', async () => {
	const [from, to] = [makeRepository(), makeRepository('sha256')];
	await set(from, 'versions', await commit(from, 'one', []));
	await assert.rejects(moveHistory(from, to, notebook, signal), { code: 'version/other-format', status: 409 });
	assert.deepEqual(await refsOf(to), {});
});

test('what is added while it moves comes with it', async () => {
	const from = makeRepository();
	const plain = makeRepository();
	const one = await commit(from, 'one', []);
	const two = await commit(from, 'two', [one]);
	await set(from, 'versions', one);
	const to: Repository = {
		...plain,
		async changeRefs(changes) {
			await plain.changeRefs(changes);
			if ((await from.readRef(`${prefix}/versions`)) === one) await from.changeRefs([{ ref: `${prefix}/versions`, from: one, to: two }]);
		},
	};
	await moveHistory(from, to, notebook, signal);
	assert.deepEqual(await refsOf(to), { versions: two });
});

test('a move that ends half way leaves nothing that leads to what is not there', async () => {
	const [from, to] = [makeRepository(), makeRepository()];
	const one = await commit(from, 'one', []);
	const two = await commit(from, 'two', [one]);
	const result = await commit(from, 'result', [one]);
	const both = await commit(from, 'both', [result, two]);
	const side = await commit(from, 'side', [two, one]);
	await set(from, 'labels/good', one);
	await set(from, `results/${notebook}`, both);
	await set(from, 'results/of-a-newer-kind', side);
	await set(from, 'versions', two);
	const there = new Set<string>();
	const watched: Repository = {
		...to,
		async changeRefs(changes) {
			if (changes.some(({ ref }) => ref.endsWith('/versions'))) throw new Error('killed');
			await to.changeRefs(changes);
		},
		begin() {
			const session = to.begin();
			const { commit: put } = session;
			return Object.assign(session, {
				commit(content: CommitContent) {
					for (const parent of content.parents) assert.ok(there.has(parent), 'a commit comes before its parent');
					const id = put(content);
					there.add(id);
					return id;
				},
			});
		},
	};
	await assert.rejects(moveHistory(from, watched, notebook, signal), { message: 'killed' });
	assert.deepEqual(there, new Set([one, two, result, both, side]));
	assert.deepEqual(Object.keys(await refsOf(to)), ['labels/good', `results/${notebook}`, 'results/of-a-newer-kind'], 'the history comes last');
	await moveHistory(from, to, notebook, signal);
	assert.deepEqual(await refsOf(to), await refsOf(from));
});
