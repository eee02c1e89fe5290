import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommitOid } from '../../base/ids.ts';
import type { ObjectId, Repository } from '../../versions/repository.ts';
import { createStore } from './create-store.ts';
import { keepStoreSmall } from './keep-store-small.ts';
import { assertSound, keepVersion, makePlace, type TestPlace, testAuthor, writeLooseBlobs } from './real-repositories.test-case.ts';
import { findGitProgram } from './run-git.ts';

const { signal } = new AbortController();
const git = await findGitProgram(signal);
const ref = 'refs/nightlog/0123456789ab/01hzzzzzzzzzzzzzzzzzzzzzzz/versions';

function row(name: string, run: (place: TestPlace, folder: string, store: Repository) => Promise<void>): void {
	test(name, async () => {
		const place = makePlace();
		try {
			const folder = join(place.folder, 'store');
			await run(place, folder, await createStore(folder, { git }));
		} finally {
			place.dispose();
		}
	});
}

row('many packs of a large store are put together, and all versions are still there', async (place, folder, store) => {
	let tip: CommitOid | null = null;
	for (let made = 0; made < 20; made++) {
		const session = store.begin();
		const entries = Array.from({ length: 100 }, (_, index) => ({
			name: `f${index}`,
			mode: '100644' as const,
			oid: session.blob(Buffer.from(`${made} ${index}`)),
		}));
		const parents: CommitOid[] = tip === null ? [] : [tip];
		const next: CommitOid = session.commit({ tree: session.tree(entries), parents, author: testAuthor, committer: testAuthor, message: `${made}` });
		await session.finish();
		await store.changeRefs([{ ref, from: tip, to: next }]);
		tip = next;
	}
	const packs = () => readdirSync(join(folder, 'objects/pack')).filter((name) => name.endsWith('.pack')).length;
	assert.equal(packs(), 20);
	if (git === null) throw new Error('this test needs git');
	await keepStoreSmall(git, folder, Date.now(), signal, 0);
	assert.equal(packs(), 1);
	assertSound(place, folder);
	let length = 0;
	for (let next: CommitOid | null = tip; next !== null; length++) next = (await store.readCommit(next)).parents[0] ?? null;
	assert.equal(length, 20);
});

row('what lies in packs and nothing has reached for two weeks is removed with them, younger objects are not', async (place, folder, store) => {
	const packFolder = join(folder, 'objects/pack');
	const blobs: ObjectId[] = [];
	let before: CommitOid | null = null;
	for (let made = 0; made < 20; made++) {
		const session = store.begin();
		const entries = Array.from({ length: 500 }, (_, index) => ({
			name: `f${String(index).padStart(3, '0')}`,
			mode: '100644' as const,
			oid: session.blob(Buffer.from(`${made} ${index}`)),
		}));
		blobs.push(entries[0]?.oid ?? '');
		const next: CommitOid = session.commit({ tree: session.tree(entries), parents: [], author: testAuthor, committer: testAuthor, message: 'm' });
		await store.changeRefs([{ ref, from: before, to: next }], session.finish());
		before = next;
		const monthAgo = Date.now() / 1000 - 30 * 86_400;
		if (made < 18) for (const name of readdirSync(packFolder)) utimesSync(join(packFolder, name), monthAgo, monthAgo);
	}
	await store.maintain(signal);
	const there = await Promise.all(blobs.map(async (oid) => await store.hasObject(oid)));
	assert.deepEqual(
		there.flatMap((isThere, made) => (isThere ? [made] : [])),
		[18, 19],
	);
	assertSound(place, folder);
});

row('what nothing has reached for two weeks is removed from a store, younger objects and versions are not', async (place, folder, store) => {
	const kept = await keepVersion(store, ref, 'kept');
	const old = Array.from({ length: 1200 }, (_, index) => `old ${index}`);
	const oids = await writeLooseBlobs(store, old);
	const young = store.begin();
	const youngOid = young.blob(Buffer.from('young'));
	await young.finish();
	const monthAgo = Date.now() / 1000 - 30 * 86_400;
	for (const oid of [...oids, kept]) utimesSync(join(folder, 'objects', oid.slice(0, 2), oid.slice(2)), monthAgo, monthAgo);
	await store.maintain(signal);
	assert.equal(await store.hasObject(oids[0] ?? ''), false);
	assert.equal(await store.hasObject(youngOid), true);
	assert.equal((await store.readCommit(kept)).message.includes('kept'), true);
	assertSound(place, folder);
});

row('a hook planted in a store is not run', async (place, folder, store) => {
	mkdirSync(join(folder, 'hooks'));
	for (const hook of ['pre-auto-gc', 'reference-transaction', 'post-rewrite']) {
		writeFileSync(join(folder, 'hooks', hook), `#!/bin/sh\ntouch ${place.folder}/sung\n`, { mode: 0o755 });
	}
	await keepVersion(store, ref, 'kept');
	await store.maintain(signal);
	assert.equal(readdirSync(place.folder).includes('sung'), false);
});
