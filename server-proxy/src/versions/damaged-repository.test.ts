// What a power cut leaves: objects that are gone or empty, and refs without an id. What is kept from then on does not hang on them.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommitOid, JobId } from '@nightlog/shared/base/ids';
import { idOf } from './service-test.test-case.ts';
import { makeNotebook, openWorld, signal, type TestWorld } from './test-world.test-case.ts';

const hour = 60 * 60 * 1000;
const job = '01jf8qz3k4m5n6p7q8r9s0t1v2' as JobId;

/** One damage in a world of its own. */
function row(name: string, run: (world: TestWorld) => Promise<void>, git = true): void {
	test(`a damaged repository: ${name}`, async () => {
		const world = openWorld(git);
		try {
			await run(world);
		} finally {
			await world.dispose();
		}
	});
}

/** Saves a notebook with this source, an hour after what was before. */
async function saveAs(world: TestWorld, name: string, source: string, service = world.service) {
	world.now += hour;
	const notebook = world.write(name, makeNotebook([source]));
	return await service.keep({ notebook, reason: 'save' }, signal);
}

const objectFile = (world: TestWorld, id: string) => join(world.project, '.git/objects', id.slice(0, 2), id.slice(2));
const refFile = (world: TestWorld, kind = 'versions') => {
	const ref = world
		.git('for-each-ref', '--format=%(refname)')
		.split('\n')
		.find((each) => each.endsWith(`/${kind}`));
	return join(world.project, '.git', ref ?? '');
};
const idsOf = async (world: TestWorld, path: string, service = world.service) =>
	(await service.list({ notebook: path, results: true, limit: 100 }, signal)).versions.map(({ id }) => id);
/** What a list says cannot be read; null where all is whole. */
const unreadableOf = async (world: TestWorld, path: string, service = world.service) =>
	(await service.list({ notebook: path, results: false, limit: 100 }, signal)).unreadable;
const documentOf = (world: TestWorld, id: string) =>
	JSON.parse(world.git('show', `${id}:.nightlog/version.json`)) as { number: number; damaged?: string | null };

const damages: Readonly<Record<string, (file: string) => void>> = {
	'is gone': (file) => rmSync(file),
	'is empty': (file) => {
		rmSync(file);
		writeFileSync(file, '');
	},
};

for (const [what, damage] of Object.entries(damages)) {
	row(`where the newest version's commit ${what}, the history begins anew, which is said, and the lost id stays under a ref`, async (world) => {
		const path = world.write('night.ipynb', '');
		await saveAs(world, 'night.ipynb', 'x = 1');
		const lost = idOf(await saveAs(world, 'night.ipynb', 'x = 2'));
		damage(objectFile(world, lost));
		const service = world.another();
		for (const _ of [1, 2]) {
			assert.deepEqual(await idsOf(world, path, service), []);
			const unreadable = await unreadableOf(world, path, service);
			assert.equal(unreadable?.id, lost);
			assert.match(unreadable?.title ?? '', new RegExp(`${lost} cannot be read, and neither can what came before it; run git fsck in .*\\.git`));
		}
		assert.equal(world.logged.filter((line) => line === 'versions of a notebook cannot be read').length, 1);
		const { version } = await saveAs(world, 'night.ipynb', 'x = 3', service);
		assert.match(version.note ?? '', new RegExp(`${lost}.*begins anew`));
		assert.deepEqual(version.parents, []);
		assert.equal(documentOf(world, version.id).damaged, lost);
		// Git itself does not list a ref whose object is gone.
		assert.equal(readFileSync(join(refFile(world), '../damaged', lost), 'utf8'), `${lost}\n`);
		assert.deepEqual(await idsOf(world, path, service), [version.id]);
		const next = await saveAs(world, 'night.ipynb', 'x = 4', service);
		assert.deepEqual(await idsOf(world, path, service), [next.version.id, version.id]);
		assert.equal(next.version.note, null);
		assert.equal((await unreadableOf(world, path, service))?.id, lost);
		await service.keep({ notebook: path, reason: 'label', label: 'good' }, signal);
	});

	row(`where a tree of the newest version ${what}, the history goes on after it`, async (world) => {
		const path = world.write('night.ipynb', '');
		const first = idOf(await saveAs(world, 'night.ipynb', 'x = 1'));
		const second = idOf(await saveAs(world, 'night.ipynb', 'x = 2'));
		damage(objectFile(world, world.git('rev-parse', `${second}^{tree}`).trim()));
		const service = world.another();
		assert.deepEqual(await idsOf(world, path, service), [first]);
		const unreadable = await unreadableOf(world, path, service);
		assert.equal(unreadable?.id, second);
		assert.match(unreadable?.title ?? '', new RegExp(`${second} cannot be read; run`));
		const { version } = await saveAs(world, 'night.ipynb', 'x = 3', service);
		assert.deepEqual(version.parents.slice(0, 1), [second]);
		assert.match(version.note ?? '', new RegExp(second));
		assert.equal(documentOf(world, version.id).number, 2);
		assert.deepEqual(await idsOf(world, path, service), [version.id, first]);
	});

	row(`where the newest version's commit ${what}, what was saved while nobody looked is kept once the notebook is opened`, async (world) => {
		const path = world.write('night.ipynb', '');
		damage(objectFile(world, idOf(await saveAs(world, 'night.ipynb', 'x = 1'))));
		world.write('night.ipynb', makeNotebook(['x = 2']));
		const service = world.another();
		const kept = new Promise<CommitOid>((resolve) => service.onDidChange(({ version }) => resolve(version.id as CommitOid)));
		const opened = await service.open({ notebook: path, client: 'one' }, signal);
		assert.equal(opened.versions, null, 'how many there are is not known');
		assert.match(Buffer.from(await service.readNotebook(await kept, path, signal)).toString(), /x = 2/);
	});

	row(`where the newest version's commit ${what} and is brought back later, all that was kept is listed`, async (world) => {
		const path = world.write('night.ipynb', '');
		const first = idOf(await saveAs(world, 'night.ipynb', 'x = 1'));
		const second = idOf(await saveAs(world, 'night.ipynb', 'x = 2'));
		const file = objectFile(world, second);
		copyFileSync(file, join(world.folder, 'saved'));
		damage(file);
		const third = idOf(await saveAs(world, 'night.ipynb', 'x = 3', world.another()));
		rmSync(file, { force: true });
		renameSync(join(world.folder, 'saved'), file);
		const service = world.another();
		assert.deepEqual(await idsOf(world, path, service), [third, second, first]);
		assert.equal(await unreadableOf(world, path, service), null);
	});

	row(`where an older version's commit ${what}, what came after it is listed and kept on`, async (world) => {
		const path = world.write('night.ipynb', '');
		const first = idOf(await saveAs(world, 'night.ipynb', 'x = 1'));
		const second = await saveAs(world, 'night.ipynb', 'x = 2');
		damage(objectFile(world, first));
		const service = world.another();
		assert.deepEqual(await idsOf(world, path, service), [second.version.id]);
		const third = await saveAs(world, 'night.ipynb', 'x = 3', service);
		assert.deepEqual(await idsOf(world, path, service), [third.version.id, second.version.id]);
		const pages = [];
		for (let cursor: string | null = null; pages.length === 0 || cursor !== null; ) {
			const request = { notebook: path, results: false, limit: 1, ...(cursor === null ? {} : { cursor }) };
			const page: Awaited<ReturnType<typeof service.list>> = await service.list(request, signal);
			pages.push(page.unreadable?.id ?? null);
			cursor = page.next;
		}
		assert.deepEqual(pages, [null, first], 'the page says it after which the list ends');
		assert.equal((await service.get(idOf(second), path, signal)).id, second.version.id);
	});

	row(`where the newest version of one notebook ${what}, others are kept, also by a store that knows none`, async (world) => {
		damage(objectFile(world, idOf(await saveAs(world, 'night.ipynb', 'x = 1'))));
		const service = world.another();
		assert.equal((await saveAs(world, 'other.ipynb', 'y = 1', service)).created, true);
		assert.equal((await saveAs(world, 'night.ipynb', 'x = 2', service)).created, true);
	});

	row(`where the branch's newest commit ${what}, saves are kept, and what needs the branch says why not`, async (world) => {
		damage(objectFile(world, world.git('rev-parse', 'HEAD').trim()));
		await checkWithoutBranch(world);
	});

	row(`where a folder of the branch that the notebook lies in ${what}, saves are kept, and what needs the branch says why not`, async (world) => {
		world.write('deep/tracked.txt', 'second\n');
		world.git('add', '-A');
		world.git('commit', '-q', '-m', 'second');
		damage(objectFile(world, world.git('rev-parse', 'HEAD:deep').trim()));
		await checkWithoutBranch(world, 'deep/night.ipynb');
	});

	row(`where the branch's newest tree ${what}, saves are kept, and what needs the branch says why not`, async (world) => {
		damage(objectFile(world, world.git('rev-parse', 'HEAD^{tree}').trim()));
		await checkWithoutBranch(world);
	});
}

row('where the ref of a result holds no id, the result is kept', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const { version } = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
	const file = join(refFile(world), '../results', job);
	mkdirSync(join(file, '..'), { recursive: true });
	writeFileSync(file, '');
	const executed = Buffer.from(makeNotebook([{ source: 'x = 1', count: 1 }]));
	const request = { job, version: version.id as CommitOid, notebook: path, executed, receipt: null, parameters: {} };
	const result = await world.service.keepResult(request, signal);
	assert.equal(readFileSync(file, 'utf8'), `${result}\n`);
	assert.equal(await world.service.keepResult(request, signal), result);
});

row('where the branch holds no id, saves are kept, and what needs the branch says why not', async (world) => {
	writeFileSync(join(world.project, '.git/refs/heads/main'), '');
	await checkWithoutBranch(world);
});

async function checkWithoutBranch(world: TestWorld, name = 'night.ipynb'): Promise<void> {
	const path = world.write(name, '');
	const first = await saveAs(world, name, 'x = 1');
	const second = await saveAs(world, name, 'x = 2');
	assert.equal(second.version.branchCommit, null);
	assert.deepEqual(await idsOf(world, path), [second.version.id, first.version.id]);
	for (const request of [{ reason: 'submit' } as const, { reason: 'label', label: 'good' } as const])
		await assert.rejects(world.service.keep({ notebook: path, ...request }, signal), { code: 'repository/branch-damaged', status: 409 });
}

row("where a notebook's own ref holds no id, its history goes on after the version that was kept last, which is said", async (world) => {
	const path = world.write('night.ipynb', '');
	const first = idOf(await saveAs(world, 'night.ipynb', 'x = 1'));
	const second = idOf(await saveAs(world, 'night.ipynb', 'x = 2'));
	const file = refFile(world);
	writeFileSync(file, '');
	const { version } = await saveAs(world, 'night.ipynb', 'x = 3');
	assert.match(version.note ?? '', /goes on after the newest that is remembered/);
	assert.deepEqual(version.parents.slice(0, 1), [second]);
	assert.equal(documentOf(world, version.id).damaged, null);
	assert.deepEqual(await idsOf(world, path), [version.id, second, first]);
	writeFileSync(file, 'half an i');
	const same = await saveAs(world, 'night.ipynb', 'x = 3');
	assert.equal(same.created, false);
	assert.equal(readFileSync(file, 'utf8'), `${version.id}\n`, 'what is the same mends the ref, too');
});

row("where a notebook's own ref holds no id, a store that knows nothing goes on after what was packed of it", async (world) => {
	const path = world.write('night.ipynb', '');
	const first = idOf(await saveAs(world, 'night.ipynb', 'x = 1'));
	world.git('pack-refs', '--all');
	await saveAs(world, 'night.ipynb', 'x = 2');
	writeFileSync(refFile(world), '');
	const service = world.another();
	const { version } = await saveAs(world, 'night.ipynb', 'x = 3', service);
	assert.match(version.note ?? '', /goes on after the newest that is remembered/);
	assert.deepEqual(await idsOf(world, path, service), [version.id, first]);
});

row("where a notebook's own ref holds no id and nobody remembers one, its history begins anew, which is said", async (world) => {
	await saveAs(world, 'night.ipynb', 'x = 1');
	assert.equal(await unreadableOf(world, join(world.project, 'night.ipynb')), null);
	writeFileSync(refFile(world), '');
	const notebook = join(world.project, 'night.ipynb');
	const service = world.another();
	const before = await service.list({ notebook, results: false, limit: 9 }, signal);
	assert.deepEqual([before.versions, before.unreadable?.id], [[], null]);
	const { version, created } = await saveAs(world, 'night.ipynb', 'x = 2', service);
	assert.equal(created, true);
	assert.match(version.note ?? '', /begins anew/);
	assert.deepEqual(await idsOf(world, notebook, service), [version.id]);
	const unreadable = await unreadableOf(world, notebook, service);
	assert.equal(unreadable?.id, null);
	assert.match(unreadable?.title ?? '', /holds no id/);
});

row('where a ref below ours holds no id, other notebooks are found and kept', async (world) => {
	const path = world.write('night.ipynb', '');
	const first = idOf(await saveAs(world, 'night.ipynb', 'x = 1'));
	const garbage = join(refFile(world), '../../01hzzzzzzzzzzzzzzzzzzzzzzz/versions');
	mkdirSync(join(garbage, '..'), { recursive: true });
	writeFileSync(garbage, 'garbage\n');
	const service = world.another();
	assert.deepEqual(await idsOf(world, path, service), [first]);
	assert.equal((await saveAs(world, 'other.ipynb', 'y = 1', service)).created, true);
});

row('where the pack that holds a history is damaged, the list is empty and says so', async (world) => {
	const path = world.write('night.ipynb', '');
	for (const source of ['x = 1', 'x = 2']) await saveAs(world, 'night.ipynb', source);
	const newest = (await idsOf(world, path))[0];
	world.git('gc', '-q');
	const packs = join(world.project, '.git/objects/pack');
	for (const name of readdirSync(packs).filter((each) => each.endsWith('.pack'))) {
		const bytes = readFileSync(join(packs, name));
		rmSync(join(packs, name));
		writeFileSync(join(packs, name), bytes.fill(0, 12));
	}
	const service = world.another();
	assert.deepEqual(await idsOf(world, path, service), []);
	assert.equal((await unreadableOf(world, path, service))?.id, newest);
});

row('a name whose version is damaged keeps no other from being read', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const named = await world.service.keep({ notebook: path, reason: 'label', label: 'good' }, signal);
	const later = await saveAs(world, 'night.ipynb', 'x = 2');
	writeFileSync(join(refFile(world), '../labels/broken'), '');
	const file = objectFile(world, named.version.id);
	rmSync(file);
	writeFileSync(file, '');
	const service = world.another();
	assert.deepEqual(await idsOf(world, path, service), [later.version.id]);
	assert.equal((await service.get(later.version.id as CommitOid, path, signal)).id, later.version.id);
});
