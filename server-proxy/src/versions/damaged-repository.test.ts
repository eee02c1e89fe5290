// What a power cut leaves: objects that are gone or empty, and refs without an id. What is kept from then on does not hang on them.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommitOid } from '@nightlog/shared/base/ids';
import { idOf } from './service-test.test-case.ts';
import { makeNotebook, openWorld, signal, type TestWorld } from './test-world.test-case.ts';

const hour = 60 * 60 * 1000;

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
		await service.keep({ notebook: path, reason: 'label', label: 'good' }, signal);
	});

	row(`where a tree of the newest version ${what}, the history goes on after it`, async (world) => {
		const path = world.write('night.ipynb', '');
		const first = idOf(await saveAs(world, 'night.ipynb', 'x = 1'));
		const second = idOf(await saveAs(world, 'night.ipynb', 'x = 2'));
		damage(objectFile(world, world.git('rev-parse', `${second}^{tree}`).trim()));
		const service = world.another();
		assert.deepEqual(await idsOf(world, path, service), [first]);
		const { version } = await saveAs(world, 'night.ipynb', 'x = 3', service);
		assert.deepEqual(version.parents.slice(0, 1), [second]);
		assert.match(version.note ?? '', new RegExp(second));
		assert.equal(documentOf(world, version.id).number, 2);
		assert.deepEqual(await idsOf(world, path, service), [version.id, first]);
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
}

row('where the branch holds no id, saves are kept, and what needs the branch says why not', async (world) => {
	writeFileSync(join(world.project, '.git/refs/heads/main'), '');
	await checkWithoutBranch(world);
});

async function checkWithoutBranch(world: TestWorld): Promise<void> {
	const path = world.write('night.ipynb', '');
	const first = await saveAs(world, 'night.ipynb', 'x = 1');
	const second = await saveAs(world, 'night.ipynb', 'x = 2');
	assert.equal(second.version.branchCommit, null);
	assert.deepEqual(await idsOf(world, path), [second.version.id, first.version.id]);
	for (const request of [{ reason: 'submit' } as const, { reason: 'label', label: 'good' } as const])
		await assert.rejects(world.service.keep({ notebook: path, ...request }, signal), { code: 'repository/branch-damaged', status: 409 });
}

row("where a notebook's own ref holds no id, its history begins anew", async (world) => {
	await saveAs(world, 'night.ipynb', 'x = 1');
	writeFileSync(refFile(world), '');
	for (const service of [world.service, world.another()]) {
		const { version, created } = await saveAs(world, 'night.ipynb', `x = ${world.now}`, service);
		assert.equal(created, true);
		assert.equal((await idsOf(world, join(world.project, 'night.ipynb'), service))[0], version.id);
	}
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
