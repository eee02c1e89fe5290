import assert from 'node:assert/strict';
import { renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { CommitOid, JobId } from '@nightlog/shared/base/ids';
import { idOf, image, inWorld, list, refsOf, save } from './service-test.test-case.ts';
import { makeNotebook, signal, type TestWorld } from './test-world.test-case.ts';

inWorld('a save within five minutes takes the place of the one before, with the same parent', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 0']));
	await world.service.keep({ notebook: path, reason: 'keep' }, signal);
	world.write('night.ipynb', makeNotebook(['x = 1']));
	const first = await save(world, path);
	world.now += 299_000;
	world.write('night.ipynb', makeNotebook(['x = 2']));
	const second = await save(world, path);
	assert.notEqual(second.version.id, first.version.id);
	assert.deepEqual(second.version.parents, first.version.parents);
	assert.equal((await list(world, path)).length, 2);
	await assert.rejects(world.service.get(idOf(first), path, signal), (error: { code: string; status: number; data: { successor: string } }) => {
		assert.deepEqual([error.code, error.status, error.data.successor], ['version/replaced', 410, second.version.id]);
		return true;
	});
	// The five minutes count from the first save of the row.
	world.now += 2000;
	world.write('night.ipynb', makeNotebook(['x = 3']));
	const third = await save(world, path);
	assert.deepEqual(third.version.parents, [second.version.id]);
	assert.equal((await list(world, path)).length, 3);
});

inWorld('a chain of replaced ids leads to the newest', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const first = await save(world, path);
	for (const value of [2, 3]) {
		world.write('night.ipynb', makeNotebook([`x = ${value}`]));
		await save(world, path);
	}
	const [newest] = await list(world, path);
	await assert.rejects(
		world.service.readNotebook(idOf(first), path, signal),
		(error: { data: { successor: string } }) => error.data.successor === newest?.id,
	);
});

inWorld('a store that was lost still knows what took whose place', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const first = await save(world, path);
	world.write('night.ipynb', makeNotebook(['x = 2']));
	const second = await save(world, path);
	world.write('night.ipynb', makeNotebook(['x = 3']));
	await world.service.keep({ notebook: path, reason: 'keep' }, signal);
	Object.assign(world, { service: world.another() });
	await assert.rejects(world.service.get(idOf(first), path, signal), (error: { code: string; data: { successor: string } }) => {
		assert.deepEqual([error.code, error.data.successor], ['version/replaced', second.version.id]);
		return true;
	});
	assert.equal((await world.service.get(idOf(second), path, signal)).id, second.version.id);
});

/** @param between what happens between two saves within five minutes; then both must stay */
function keepsBoth(name: string, between: (world: TestWorld, path: string, first: CommitOid) => Promise<unknown>): void {
	inWorld(`a save stays when ${name}`, async (world) => {
		const path = world.write('night.ipynb', makeNotebook([{ source: 'x = 1', count: 1 }]));
		const first = await save(world, path);
		await between(world, path, idOf(first));
		world.write('night.ipynb', makeNotebook([{ source: 'x = 2', count: 1 }]));
		await save(world, path);
		assert.equal((await world.service.get(idOf(first), path, signal)).id, first.version.id);
		assert.ok((await list(world, path)).some(({ id }) => id === first.version.id));
	});
}

keepsBoth('five minutes have gone by', async (world) => {
	world.now += 300_000;
});
keepsBoth('the clock went back', async (world) => {
	world.now -= 86_400_000;
});
keepsBoth('a cell ran between', async (world, path) => {
	world.write('night.ipynb', makeNotebook([{ source: 'x = 1', count: 2 }]));
	await save(world, path);
});
keepsBoth('a person pressed Save', (world, notebook) => world.service.keep({ notebook, reason: 'keep' }, signal));
keepsBoth('its id was given away', (world, path, first) => world.service.pin(first, path));
keepsBoth('it was looked at', (world, path, first) => world.service.readNotebook(first, path, signal));
keepsBoth('a job took it', (world, path, first) => world.service.content(first, path, signal));
keepsBoth('it was named', (world, path, first) => world.service.label(first, path, 'mine', false, signal));
keepsBoth('another server made it', async (world, path) => {
	Object.assign(world, { service: world.another() });
	await world.service.list({ notebook: path, results: false, limit: 1 }, signal);
});

inWorld('versions of a notebook that was deleted are there and can be restored', async (world) => {
	const text = makeNotebook(['x = 1']);
	const path = world.write('night.ipynb', text);
	const kept = await save(world, path);
	rmSync(path);
	assert.equal((await list(world, path))[0]?.id, kept.version.id);
	const { before, notebook } = await world.service.restore(idOf(kept), path, null, signal);
	assert.deepEqual([before, notebook], [null, path]);
	assert.equal(world.read('night.ipynb').toString(), text);
});

inWorld('a rename is followed, a copy begins its own history', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	await save(world, path);
	const renamed = join(world.project, 'day.ipynb');
	renameSync(path, renamed);
	world.now += 600_000;
	world.write('day.ipynb', makeNotebook(['x = 2']));
	const after = await save(world, renamed);
	assert.deepEqual(
		(await list(world, renamed)).map(({ notebook }) => notebook),
		['day.ipynb', 'night.ipynb'],
	);
	// Who still has the old path finds the versions that lay there.
	const [, before] = await list(world, renamed);
	assert.equal((await world.service.get(before?.id as CommitOid, path, signal)).notebook, 'night.ipynb');
	assert.deepEqual(world.git('ls-tree', '--name-only', after.version.id).trim().split('\n'), ['.nightlog', 'day.ipynb', 'tracked.txt']);
	const copy = world.write('copy.ipynb', makeNotebook(['x = 2']));
	await save(world, copy);
	assert.equal((await list(world, copy)).length, 1);
	assert.equal((await list(world, renamed)).length, 2);
});

inWorld('a rename while no server looked is followed by what the notebook holds', async (world) => {
	const path = world.write('night.ipynb', makeNotebook([{ source: 'x = 1', image: image('A') }]));
	const first = await save(world, path);
	rmSync(path);
	const renamed = world.write('sub/day.ipynb', makeNotebook([{ source: 'x = 1', image: image('A') }]));
	Object.assign(world, { service: world.another() });
	assert.ok((await list(world, renamed)).some(({ id }) => id === first.version.id));
});

inWorld('a store that was lost loses no history', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const first = await world.service.keep({ notebook: path, reason: 'label', label: 'kept' }, signal);
	Object.assign(world, { service: world.another() });
	world.write('night.ipynb', makeNotebook(['x = 2']));
	const second = await save(world, path);
	assert.deepEqual(second.version.parents, [first.version.id]);
	assert.deepEqual(
		(await list(world, path)).map(({ label }) => label),
		[null, 'kept'],
	);
});

inWorld('two servers that meet a new notebook at once have one history, and lose nothing', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const servers = [world.service, world.another()];
	const kept = await Promise.all(
		servers.flatMap((service, server) =>
			Array.from({ length: 20 }, (_, index) =>
				service.keep({ notebook: path, reason: 'keep', content: makeNotebook([`x = ${server} * ${index}`]) }, signal),
			),
		),
	);
	const ids = (await list(world, path)).map(({ id }) => id);
	assert.equal(ids.length, 40);
	assert.deepEqual(new Set(ids), new Set(kept.map(({ version }) => version.id)));
});

inWorld('restore keeps what is on disk first, and the mode of the file', async (world) => {
	const first = makeNotebook([{ source: 'x = 1', image: image('A') }]);
	const path = world.write('night.ipynb', first);
	const kept = await save(world, path);
	const second = makeNotebook(['x = 2']);
	world.write('night.ipynb', second);
	const { mode } = statSync(path);
	const { restored, before } = await world.service.restore(idOf(kept), path, null, signal);
	assert.equal(restored.id, kept.version.id);
	assert.equal(world.read('night.ipynb').toString(), first);
	assert.equal(Buffer.from(await world.service.readNotebook(before?.id as CommitOid, path, signal)).toString(), second);
	assert.equal(statSync(path).mode, mode);
	assert.deepEqual(
		(await list(world, path)).map(({ reason }) => reason),
		['restore', 'keep', 'save'],
	);
	assert.deepEqual(world.git('status', '--porcelain').trim(), '?? night.ipynb');
});

inWorld('restore to another file never writes over one', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const kept = await save(world, path);
	const to = join(world.project, 'old.ipynb');
	assert.equal((await world.service.restore(idOf(kept), path, to, signal)).notebook, to);
	assert.equal(world.read('old.ipynb').toString(), makeNotebook(['x = 1']));
	await assert.rejects(world.service.restore(idOf(kept), path, to, signal), { code: 'file/exists', status: 409 });
	symlinkSync('/nowhere', join(world.project, 'link.ipynb'));
	await assert.rejects(world.service.restore(idOf(kept), path, join(world.project, 'link.ipynb'), signal), { code: 'file/exists' });
	await assert.rejects(world.service.restore(idOf(kept), path, 'relative.ipynb', signal), { code: 'file/bad-path' });
	await assert.rejects(world.service.restore(idOf(kept), path, join(world.project, 'none/x.ipynb'), signal), { code: 'file/not-written' });
	assert.deepEqual(world.git('status', '--porcelain').trim().split('\n').sort(), ['?? link.ipynb', '?? night.ipynb', '?? old.ipynb']);
});

inWorld('names move only when asked, and go away', async (world) => {
	const path = world.write('night.ipynb', makeNotebook([{ source: 'x = 1', image: image('A') }]));
	const first = await world.service.keep({ notebook: path, reason: 'keep' }, signal);
	world.write('night.ipynb', makeNotebook([{ source: 'x = 2', image: image('A') }]));
	const second = await world.service.keep({ notebook: path, reason: 'keep' }, signal);
	assert.equal((await world.service.label(idOf(first), path, 'best', false, signal)).label, 'best');
	const [ref] = refsOf(world, 'labels');
	assert.equal(
		world.git('show', `${ref}:night.ipynb`),
		makeNotebook([{ source: 'x = 1', image: image('A') }]),
		'a name leads to the notebook in full',
	);
	await assert.rejects(world.service.label(idOf(second), path, 'best', false, signal), { code: 'version/label-taken', status: 409 });
	assert.equal((await world.service.label(idOf(second), path, 'best', true, signal)).label, 'best');
	assert.equal((await world.service.get(idOf(first), path, signal)).label, null);
	assert.equal((await world.service.label(idOf(second), path, 'better', false, signal)).label, 'better');
	assert.equal(refsOf(world, 'labels').length, 1);
	assert.equal((await world.service.label(idOf(second), path, null, false, signal)).label, null);
	assert.deepEqual(refsOf(world, 'labels'), []);
	assert.equal((await list(world, path)).length, 2);
});

inWorld('pages hold every version once, with and without results', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 0']));
	const ids: string[] = [];
	for (let index = 0; index < 7; index++) {
		world.write('night.ipynb', makeNotebook([`x = ${index}`]));
		world.now += 1000;
		const kept = await world.service.keep({ notebook: path, reason: 'keep' }, signal);
		ids.unshift(kept.version.id);
		if (index % 2 !== 0) continue;
		world.now += 1000;
		const job = `01jf8qz3k4m5n6p7q8r9s0t1v${index}` as JobId;
		ids.unshift(
			await world.service.keepResult(
				{ job, version: idOf(kept), notebook: path, executed: Buffer.from('{}'), receipt: null, parameters: {} },
				signal,
			),
		);
	}
	for (const limit of [1, 2, 3, 100]) {
		const seen: string[] = [];
		for (let cursor: string | null | undefined; cursor !== null; ) {
			const page = await world.service.list({ notebook: path, results: true, limit, ...(cursor === undefined ? {} : { cursor }) }, signal);
			assert.ok(page.versions.length <= limit);
			seen.push(...page.versions.map(({ id }) => id));
			cursor = page.next;
		}
		assert.deepEqual(seen, ids);
	}
	for (const cursor of ['x', `${'0'.repeat(40)}.`, `${world.git('rev-parse', 'HEAD').trim()}.`]) {
		await assert.rejects(world.service.list({ notebook: path, results: false, limit: 1, cursor }, signal), {
			code: 'version/bad-cursor',
			status: 400,
		});
	}
});

inWorld('a commit that is no version of the notebook is not found', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const other = world.write('other.ipynb', makeNotebook(['x = 2']));
	await save(world, path);
	const elsewhere = await save(world, other);
	for (const id of [world.git('rev-parse', 'HEAD').trim(), '0'.repeat(40), elsewhere.version.id]) {
		await assert.rejects(world.service.get(id as CommitOid, path, signal), { code: 'version/not-found', status: 404 });
		await assert.rejects(world.service.restore(id as CommitOid, path, null, signal), { code: 'version/not-found', status: 404 });
	}
});
