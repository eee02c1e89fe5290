import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommitOid, JobId } from '@nightlog/shared/base/ids';
import { makeNotebook, openWorld, signal, type TestWorld } from './test-world.test-case.ts';

/** One behaviour in a world of its own. After each, Git finds nothing wrong, and nothing of the person's has changed. */
function inWorld(name: string, run: (world: TestWorld) => Promise<void>, git = true): void {
	test(`versions: ${name}`, async () => {
		const world = openWorld(git);
		try {
			await run(world);
			if (git) assert.equal(world.git('fsck', '--strict', '--no-dangling', '--no-progress'), '');
		} finally {
			await world.dispose();
		}
	});
}

const save = (world: TestWorld, notebook: string) => world.service.keep({ notebook, reason: 'save' }, signal);
const idOf = (kept: { version: { id: string } }) => kept.version.id as CommitOid;
const list = async (world: TestWorld, notebook: string, results = false) =>
	(await world.service.list({ notebook, results, limit: 100 }, signal)).versions;
const refsOf = (world: TestWorld, kind: string) =>
	world
		.git('for-each-ref', '--format=%(refname)')
		.split('\n')
		.filter((ref) => ref.includes(`/${kind}/`));
const image = (letter: string) => letter.repeat(8000);

inWorld('keeping touches nothing of the person', async (world) => {
	const path = world.write('a/night.ipynb', makeNotebook([{ source: 'x = 1', image: image('A') }]));
	world.write('staged.txt', 'staged');
	world.git('add', 'staged.txt');
	world.write('staged.txt', 'changed after');
	world.write('untracked.txt', 'x');
	const before = world.untouched();
	await save(world, path);
	await world.service.keep({ notebook: path, reason: 'submit', parameters: { x: 2 } }, signal);
	await world.service.keep({ notebook: path, reason: 'label', label: 'First look' }, signal);
	assert.deepEqual(world.untouched(), before);
	const refs = world.git('for-each-ref', '--format=%(refname)').trim().split('\n');
	assert.equal(refs.length, 3);
	assert.match(refs[0] ?? '', /^refs\/heads\/main$/);
	assert.match(refs[1] ?? '', /^refs\/nightlog\/[0-9a-f]{12}\/[0-9a-z]{26}\/labels\/%46irst%20look$/);
	assert.match(refs[2] ?? '', /^refs\/nightlog\/[0-9a-f]{12}\/[0-9a-z]{26}\/versions$/);
});

inWorld('a save makes a version at once, the same again makes none', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const first = await save(world, path);
	const again = await save(world, path);
	assert.equal(first.created, true);
	assert.equal(again.created, false);
	assert.equal(again.version.id, first.version.id);
	assert.equal(first.version.inProject, true);
	assert.equal(first.version.project, world.project);
	assert.match(first.version.note ?? '', /refs\/nightlog/);
	assert.equal(again.version.note, null);
});

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

inWorld('many outputs lie in folders, and the script without Nightlog finds them', async (world) => {
	const text = makeNotebook(
		Array.from({ length: 150 }, (_, index) => ({ source: `x = ${index}`, image: String(index).padStart(4, '0').repeat(1500) })),
	);
	const path = world.write('night.ipynb', text);
	const { version } = await save(world, path);
	const copy = join(world.folder, 'copy');
	mkdirSync(copy);
	world.git('archive', '-o', join(world.folder, 'version.tar'), version.id);
	execFileSync('tar', ['-xf', join(world.folder, 'version.tar'), '-C', copy]);
	assert.ok(readFileSync(join(copy, 'night.ipynb')).length < 60_000);
	execFileSync('python3', [join(copy, '.nightlog', 'restore.py'), join(copy, 'night.ipynb')]);
	assert.equal(readFileSync(join(copy, 'night.ipynb'), 'utf8'), text);
	world.write('night.ipynb', text.replace('x = 7"', 'x = 8"'));
	const next = await save(world, path);
	assert.equal(Buffer.from(await world.service.readNotebook(idOf(next), path, signal)).toString(), text.replace('x = 7"', 'x = 8"'));
});

inWorld('a name and the reason "label" go together', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	await assert.rejects(world.service.keep({ notebook: path, reason: 'label' }, signal), { code: 'version/label-or-not', status: 400 });
	await assert.rejects(world.service.keep({ notebook: path, reason: 'save', label: 'x' }, signal), { code: 'version/label-or-not', status: 400 });
	assert.deepEqual(await list(world, path), []);
});

inWorld('saves of an open notebook are seen on disk and make one version', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	await world.service.open({ notebook: path, client: 'one', editor: 'jupyterlab' }, signal);
	await world.service.open({ notebook: path, client: 'two', editor: 'vscode' }, signal);
	const told = new Promise<string>((resolve) => world.service.onDidKeep(({ version }) => resolve(version.id)));
	world.write('night.ipynb', makeNotebook(['x = 2']));
	const id = await told;
	assert.equal((await save(world, path)).version.id, id);
	assert.deepEqual(
		(await list(world, path)).map((version) => version.id),
		[id],
	);
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

inWorld('submit and label make their own, and the same request gives the same', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const saved = await save(world, path);
	const submit = (parameters: Record<string, unknown>) => world.service.keep({ notebook: path, reason: 'submit', parameters }, signal);
	const submitted = await submit({ x: 1, y: [1, { z: 2 }] });
	assert.equal(submitted.created, true);
	assert.deepEqual(submitted.version.parents, [saved.version.id, world.git('rev-parse', 'HEAD').trim()]);
	assert.equal(submitted.version.branchCommit, world.git('rev-parse', 'HEAD').trim());
	assert.equal((await submit({ y: [1, { z: 2 }], x: 1 })).created, false);
	assert.equal((await submit({ x: 2 })).created, true);
	const labelled = await world.service.keep({ notebook: path, reason: 'label', label: 'good' }, signal);
	assert.equal(labelled.created, true);
	assert.equal((await world.service.keep({ notebook: path, reason: 'label', label: 'good' }, signal)).created, false);
	assert.equal((await save(world, path)).created, false);
	assert.deepEqual(
		(await list(world, path)).map(({ reason, label }) => [reason, label]),
		[
			['label', 'good'],
			['submit', null],
			['submit', null],
			['save', null],
		],
	);
	await assert.rejects(world.service.keep({ notebook: path, reason: 'label', label: 'good', content: makeNotebook(['x = 9']) }, signal), {
		code: 'version/label-taken',
	});
});

inWorld('outputs are cut from the tree and come back byte for byte', async (world) => {
	const text = makeNotebook([
		{ source: 'x = 1', image: image('A') },
		{ source: 'y = 1', image: image('B') },
	]);
	const path = world.write('night.ipynb', text);
	const { version } = await save(world, path);
	assert.ok(world.git('show', `${version.id}:night.ipynb`).length < 3000);
	assert.equal(world.git('ls-tree', '-r', '--name-only', version.id, '.nightlog/outputs').trim().split('\n').length, 2);
	assert.equal(Buffer.from(await world.service.readNotebook(idOf({ version }), path, signal)).toString(), text);
	const labelled = await world.service.keep({ notebook: path, reason: 'label', label: 'l' }, signal);
	assert.equal(world.git('show', `${labelled.version.id}:night.ipynb`), text);
	assert.equal(world.git('ls-tree', '-r', '--name-only', labelled.version.id, '.nightlog').trim(), '.nightlog/version.json');
});

/** @param bytes what was saved in the place of a notebook */
function keepsBroken(name: string, bytes: string | Uint8Array, problem: RegExp): void {
	inWorld(`what is no notebook is kept as it was saved and not submitted: ${name}`, async (world) => {
		const path = world.write('night.ipynb', bytes);
		const before = world.read('night.ipynb');
		const kept = await save(world, path);
		assert.equal(kept.created, true);
		assert.deepEqual(Buffer.from(await world.service.readNotebook(idOf(kept), path, signal)), before);
		await assert.rejects(
			world.service.keep({ notebook: path, reason: 'submit' }, signal),
			(error: { code: string; status: number; errors: unknown[]; message: string }) => {
				assert.deepEqual([error.code, error.status], ['notebook/invalid', 422]);
				assert.ok(error.errors.length > 0);
				assert.match(error.message, problem);
				return true;
			},
		);
		assert.deepEqual(world.read('night.ipynb'), before);
		assert.equal((await list(world, path)).length, 1);
	});
}

keepsBroken('not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), /UTF-8/);
keepsBroken('truncated', makeNotebook(['x = 1']).slice(0, 100), /./);
keepsBroken('empty', '', /./);
keepsBroken('not nbformat', '{"a": 1}', /nbformat/);
keepsBroken('an old format', '{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}', /format 3/);
keepsBroken('not what the schema says', makeNotebook(['x']).replace('"execution_count": null', '"execution_count": "one"'), /./);

inWorld('a notebook with ids that occur twice is kept and submitted', async (world) => {
	const text = makeNotebook([
		{ source: 'x = 1', id: 'a' },
		{ source: 'y = 1', id: 'a' },
	]);
	const path = world.write('night.ipynb', text);
	const kept = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
	assert.equal(Buffer.from(await world.service.readNotebook(idOf(kept), path, signal)).toString(), text);
});

for (const name of [
	'-rf.ipynb',
	'$(touch x).ipynb',
	'a"b\'c.ipynb',
	'new\nline.ipynb',
	' lead.ipynb',
	`${'x'.repeat(249)}.ipynb`,
	'Größe 🌙.ipynb',
	'a\\b.ipynb',
	'#SBATCH.ipynb',
]) {
	inWorld(`a notebook named ${JSON.stringify(name.slice(0, 30))}`, async (world) => {
		const text = makeNotebook([{ source: 'x = 1', image: image('A') }]);
		const path = world.write(`${'d'.repeat(100)}/${name}`, text);
		for (const reason of ['save', 'submit'] as const) {
			const kept = await world.service.keep({ notebook: path, reason }, signal);
			assert.equal(kept.version.notebook, `${'d'.repeat(100)}/${name}`);
			assert.equal(Buffer.from(await world.service.readNotebook(idOf(kept), path, signal)).toString(), text);
		}
		const label = `${name}..lock@{`.slice(0, 200);
		const labelled = await world.service.keep({ notebook: path, reason: 'label', label }, signal);
		assert.equal(labelled.version.label, label);
		assert.equal((await list(world, path))[0]?.label, label);
	});
}

inWorld('what is no notebook on this machine is refused', async (world) => {
	mkdirSync(join(world.project, 'folder.ipynb'));
	for (const notebook of [
		'night.ipynb',
		join(world.project, 'none.ipynb'),
		join(world.project, 'folder.ipynb'),
		'/etc/passwd',
		`${world.project}/a\0.ipynb`,
	]) {
		await assert.rejects(world.service.keep({ notebook, reason: 'save' }, signal), { code: 'notebook/not-found' });
		await assert.rejects(world.service.list({ notebook, results: false, limit: 1 }, signal), { code: 'notebook/not-found' });
	}
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

inWorld(
	'where there is no repository the person own store is used, and that is said',
	async (world) => {
		const path = world.write('night.ipynb', makeNotebook([{ source: 'x = 1', image: image('A') }]));
		world.write('data.csv', '1,2');
		world.write('.gitignore', 'ignored.csv\n');
		world.write('ignored.csv', '3');
		const opened = await world.service.open({ notebook: path, client: 'c' }, signal);
		assert.equal(opened.inProject, false);
		assert.equal(opened.repository, join(world.state, 'versions.git'));
		assert.match(opened.note ?? '', /no Git repository/);
		assert.equal(opened.versions, 0);
		const kept = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
		assert.deepEqual(
			kept.version.files.map((file) => file.path),
			['night.ipynb', 'data.csv'],
		);
		assert.deepEqual(
			kept.version.leftOut.map(({ path: left, reason }) => [left, reason]),
			[
				['.gitignore', 'hidden'],
				['ignored.csv', 'ignored'],
			],
		);
		assert.equal(statSync(join(world.state, 'versions.git')).mode & 0o077, 0);
		assert.equal((await world.service.open({ notebook: path, client: 'c', closed: true }, signal)).versions, 1);
		// When the folder becomes a repository, the history goes on where it is.
		world.git('init', '-q');
		world.write('night.ipynb', makeNotebook(['x = 2']));
		const after = await save(world, path);
		assert.equal(after.version.inProject, false);
		assert.equal((await list(world, path)).length, 2);
	},
	false,
);

inWorld(
	'a home directory is never taken for a repository',
	async (world) => {
		world.git('init', '-q', world.home);
		const path = world.write('night.ipynb', makeNotebook(['x = 1']));
		const { version } = await save(world, path);
		assert.equal(version.inProject, false);
		assert.equal(version.project, world.project);
	},
	false,
);

inWorld(
	'a project without Git begins where .nightlog.yaml lies',
	async (world) => {
		world.write('.nightlog.yaml', '');
		const path = world.write('a/b/night.ipynb', makeNotebook(['x = 1']));
		const { version } = await save(world, path);
		assert.deepEqual([version.project, version.notebook], [world.project, 'a/b/night.ipynb']);
	},
	false,
);

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

inWorld('a result is kept once, on top of what was submitted', async (world) => {
	world.write('lib.py', 'y = 1\n');
	const path = world.write('night.ipynb', makeNotebook(['import lib']));
	const submitted = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
	const job = '01jf8qz3k4m5n6p7q8r9s0t1v2' as JobId;
	const executed = Buffer.from(makeNotebook([{ source: 'import lib', count: 1, image: image('R') }]));
	const request = { job, version: idOf(submitted), notebook: path, executed, receipt: null, parameters: { x: 1 } };
	const ids = await Promise.all([1, 2, 3].map(() => world.service.keepResult(request, signal)));
	assert.equal(new Set([...ids, await world.service.keepResult(request, signal)]).size, 1);
	const [result] = ids;
	assert.ok(result);
	const [ref] = refsOf(world, 'results');
	assert.ok(ref?.endsWith(job));
	assert.equal(world.git('rev-parse', ref ?? '').trim(), result);
	assert.equal(world.git('log', '-1', '--format=%P', result).trim(), submitted.version.id);
	assert.deepEqual(Buffer.from(await world.service.readNotebook(result, path, signal)), executed);
	assert.equal(world.git('show', `${result}:lib.py`), 'y = 1\n');
	assert.equal((await list(world, path)).length, 1);
	const all = await list(world, path, true);
	assert.deepEqual(
		all.map(({ id, reason, parameters }) => [id, reason, parameters]),
		[
			[result, 'result', { x: 1 }],
			[submitted.version.id, 'submit', {}],
		],
	);
	rmSync(path);
	renameSync(join(world.project, 'lib.py'), join(world.project, 'lib2.py'));
	assert.equal(await world.service.keepResult({ ...request, job: '01jf8qz3k4m5n6p7q8r9s0t1v3' as JobId }, signal).then((id) => id.length), 40);
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

inWorld('what is on the screen counts, in the form that nbformat writes', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const onScreen = JSON.stringify({
		nbformat: 4,
		nbformat_minor: 5,
		metadata: {},
		cells: [{ source: 'x = 2\ny = 1', cell_type: 'code', id: 'a', metadata: {}, outputs: [], execution_count: null }],
	});
	const kept = await world.service.keep({ notebook: path, reason: 'submit', content: onScreen }, signal);
	const written = Buffer.from(await world.service.readNotebook(idOf(kept), path, signal)).toString();
	assert.match(written, /^\{\n "cells": \[\n {2}\{\n {3}"cell_type": "code",\n/);
	assert.match(written, /"x = 2\\n",\n/);
	world.write('night.ipynb', written);
	assert.equal((await save(world, path)).created, false);
	// The same notebook in another spelling is the same notebook, and its bytes on disk are what is kept.
	const spelled = JSON.stringify(JSON.parse(makeNotebook(['z = 3'])));
	world.write('night.ipynb', spelled);
	const again = await world.service.keep({ notebook: path, reason: 'submit', content: makeNotebook(['z = 3']) }, signal);
	assert.equal(Buffer.from(await world.service.readNotebook(idOf(again), path, signal)).toString(), spelled);
});

inWorld('a save that only spells the notebook differently makes no version', async (world) => {
	const path = world.write('night.ipynb', makeNotebook([{ source: 'x = 1', count: 1, image: `${'iVBO'.repeat(3000)}` }]));
	const first = await save(world, path);
	const other = JSON.stringify(JSON.parse(makeNotebook([{ source: 'x = 1', count: 1, image: `${'iVBO'.repeat(3000)}\n` }])), null, 2);
	world.write('night.ipynb', other);
	assert.equal((await save(world, path)).version.id, first.version.id);
	world.write('night.ipynb', other.replace('"<Figure>"', '"<Other>"'));
	assert.notEqual((await save(world, path)).version.id, first.version.id);
});

inWorld('a submit holds changed tracked files and untracked ones, and says what it left', async (world) => {
	world.write('src/lib/__init__.py', 'from .inner import f\n');
	world.write('src/lib/inner.py', 'f = 1\n');
	world.write('big.bin', 'x');
	world.write('gone.txt', 'x');
	world.write('.gitignore', 'ignored/\n');
	world.git('add', '-A');
	world.git('commit', '-q', '-m', 'second');
	world.write('tracked.txt', 'changed\n');
	world.write('src/lib/inner.py', 'f = 2\n');
	rmSync(join(world.project, 'gone.txt'));
	world.write('notebooks/data/x.csv', '1');
	world.write('notebooks/ignored/y.csv', '1');
	world.write('notebooks/mine/z.csv', '1');
	world.write('notebooks/.hidden', '1');
	world.write('notebooks/my_token.txt', '1');
	world.write('notebooks/large.bin', Buffer.alloc(10_000_000));
	world.write('.nightlogignore', 'mine/\n');
	world.write('elsewhere.csv', 'not in the folder of the notebook');
	symlinkSync('/etc/passwd', join(world.project, 'notebooks/out'));
	const path = world.write('notebooks/night.ipynb', makeNotebook(['import lib']));
	const { version } = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
	assert.deepEqual(
		version.files.map((file) => file.path),
		['notebooks/night.ipynb', 'src/lib/__init__.py', 'src/lib/inner.py', 'tracked.txt', 'notebooks/data/x.csv'],
	);
	assert.deepEqual(
		new Map(version.leftOut.map(({ path: left, reason }) => [left, reason])),
		new Map([
			['notebooks/.hidden', 'hidden'],
			['notebooks/large.bin', 'too-large'],
			['notebooks/mine/z.csv', 'ignored'],
			['notebooks/my_token.txt', 'key-like'],
			['notebooks/out', 'unreadable'],
		]),
	);
	const inTree = world.git('ls-tree', '-r', '--name-only', version.id).trim().split('\n');
	assert.deepEqual(inTree, [
		'.gitignore',
		'.nightlog/version.json',
		'big.bin',
		'notebooks/data/x.csv',
		'notebooks/night.ipynb',
		'src/lib/__init__.py',
		'src/lib/inner.py',
		'tracked.txt',
	]);
	assert.equal(world.git('show', `${version.id}:src/lib/inner.py`), 'f = 2\n');
	const content = await world.service.content(idOf({ version }), path, signal);
	assert.deepEqual(
		content.files.map((file) => [file.path, file.sizeBytes]),
		[
			['.gitignore', null],
			['big.bin', null],
			['notebooks/data/x.csv', 1],
			['src/lib/__init__.py', 21],
			['src/lib/inner.py', 6],
			['tracked.txt', 8],
		],
	);
	// What changed since does not reach who reads the version.
	world.write('tracked.txt', 'another');
	world.write('src/lib/inner.py', 'f = 3\n');
	rmSync(join(world.project, 'big.bin'));
	const read = await Promise.all(content.files.map(async (file) => Buffer.from(await file.read()).toString()));
	assert.deepEqual(read, ['ignored/\n', 'x', '1', 'from .inner import f\n', 'f = 2\n', 'changed\n']);
	assert.equal(content.notebook.length, world.read('notebooks/night.ipynb').length);
});

inWorld('what Git LFS keeps elsewhere is read from disk, as long as it is that', async (world) => {
	const data = 'much data';
	const sha256 = createHash('sha256').update(data).digest('hex');
	world.write('data.bin', `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${data.length}\n`);
	world.git('add', '-A');
	world.git('commit', '-q', '-m', 'pointer');
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const kept = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
	const read = async () => {
		const content = await world.service.content(idOf(kept), path, signal);
		const file = content.files.find((candidate) => candidate.path === 'data.bin');
		return Buffer.from((await file?.read()) ?? '').toString();
	};
	assert.match(await read(), /^version/);
	world.write('data.bin', data);
	assert.equal(await read(), data);
	world.write('data.bin', 'mucH data');
	assert.match(await read(), /^version/);
});

inWorld('a save holds the modules of the notebook, tracked or not, and its parameter sets', async (world) => {
	world.write('lib.py', 'import other\n');
	world.write('other.py', 'x = 1\n');
	world.write('unrelated.py', '');
	world.write('night.ipynb.parameters.yaml', 'a: 1\n');
	const path = world.write('night.ipynb', makeNotebook(['%matplotlib inline\nimport lib']));
	const first = await save(world, path);
	assert.deepEqual(
		first.version.files.map((file) => file.path),
		['night.ipynb', 'night.ipynb.parameters.yaml', 'lib.py', 'other.py'],
	);
	world.write('other.py', 'x = 2\n');
	const second = await save(world, path);
	assert.equal(second.created, true);
	assert.equal(world.git('show', `${second.version.id}:other.py`), 'x = 2\n');
	rmSync(join(world.project, 'night.ipynb.parameters.yaml'));
	const third = await save(world, path);
	assert.ok(!world.git('ls-tree', '-r', '--name-only', third.version.id).includes('parameters.yaml'));
});

inWorld('saves of a notebook that .nightlogignore names are not kept, but a person can keep it', async (world) => {
	world.write('.nightlogignore', '/private.ipynb\n');
	const path = world.write('private.ipynb', makeNotebook(['x = 1']));
	await assert.rejects(save(world, path), { code: 'version/ignored', status: 409 });
	assert.equal((await world.service.keep({ notebook: path, reason: 'keep' }, signal)).created, true);
});

inWorld('an executable notebook stays executable, and an unchanged one of another time stays the same', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const first = await save(world, path);
	utimesSync(path, new Date(), new Date(0));
	assert.equal((await save(world, path)).version.id, first.version.id);
});

inWorld('those who want to know are told of each version once', async (world) => {
	const told: string[] = [];
	const subscription = world.service.onDidKeep(({ notebook, version }) => told.push(`${notebook} ${version.id}`));
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const kept = await save(world, path);
	await save(world, path);
	subscription.dispose();
	world.write('night.ipynb', makeNotebook(['x = 2']));
	await save(world, path);
	assert.deepEqual(told, [`${path} ${kept.version.id}`]);
});

inWorld('parameters of the disk, of the screen and of a version', async (world) => {
	const withParameter = (value: number) => {
		const document = JSON.parse(makeNotebook([`n = ${value}  # how many`]));
		document.cells[0].metadata.tags = ['parameters'];
		return JSON.stringify(document);
	};
	const path = world.write('night.ipynb', withParameter(1));
	const kept = await save(world, path);
	world.write('night.ipynb', withParameter(2));
	const defaults = async (request: { content?: string; version?: CommitOid }) =>
		(await world.service.parameters({ notebook: path, ...request }, signal)).parameters.map((parameter) => parameter.default);
	assert.deepEqual(await defaults({}), [2]);
	assert.deepEqual(await defaults({ version: idOf(kept) }), [1]);
	assert.deepEqual(await defaults({ content: withParameter(3) }), [3]);
	await assert.rejects(world.service.parameters({ notebook: path, content: '{' }, signal), { code: 'notebook/invalid' });
});
