import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CommitOid, JobId } from '@nightlog/shared/base/ids';
import type { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import { idOf, image, inWorld, list, refsOf, save } from './service-test.test-case.ts';
import { makeNotebook, signal, type TestWorld } from './test-world.test-case.ts';

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

inWorld('what is kept and where is said with the first version that somebody hears of, and to each editor that opens a notebook', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const opened = await world.service.open({ notebook: path, client: 'one' }, signal);
	assert.match(opened.note ?? '', /modules that it imports.*refs\/nightlog/);
	assert.equal((await save(world, path)).version.note, null, 'the editor has said it');
	assert.equal((await world.service.open({ notebook: path, client: 'two' }, signal)).note, opened.note);
});

inWorld('a version says in which kernel session the editor ran the cells', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const { version } = await world.service.keep({ notebook: path, reason: 'keep', session: 'kernel-7' }, signal);
	const document = JSON.parse(world.git('show', `${version.id}:.nightlog/version.json`)) as { kernel: { session: string } };
	assert.equal(document.kernel.session, 'kernel-7');
});

inWorld('saves that cannot be kept are told of, and are kept by themselves when they can be', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	await save(world, path);
	// As root no folder is closed to us; one that is reached by a link is never written to.
	const refs = join(world.project, '.git', 'refs', 'nightlog');
	renameSync(refs, `${refs}.away`);
	symlinkSync(`${refs}.away`, refs);
	const told: (string | null)[] = [];
	world.service.onDidMiss(({ notebook, unkept }) => {
		assert.equal(notebook, path);
		told.push(unkept?.type ?? null);
	});
	world.write('night.ipynb', makeNotebook(['x = 2']));
	await assert.rejects(save(world, path));
	await assert.rejects(save(world, path));
	const opened = await world.service.open({ notebook: path, client: 'one' }, signal).catch(() => null);
	rmSync(refs);
	renameSync(`${refs}.away`, refs);
	assert.equal(told.length, 1);
	assert.notEqual(told[0], null);
	if (opened !== null) assert.equal(opened.unkept?.type, told[0]);
	await save(world, path);
	assert.deepEqual(told.slice(1), [null]);
	assert.equal((await world.service.list({ notebook: path, results: false, limit: 10 }, signal)).unkept, null);
});

inWorld('a name and the reason "label" go together', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	await assert.rejects(world.service.keep({ notebook: path, reason: 'label' }, signal), { code: 'version/label-or-not', status: 400 });
	await assert.rejects(world.service.keep({ notebook: path, reason: 'save', label: 'x' }, signal), { code: 'version/label-or-not', status: 400 });
	await assert.rejects(world.service.keep({ notebook: path, reason: 'keep', move: true }, signal), { code: 'version/label-or-not', status: 400 });
	assert.deepEqual(await list(world, path), []);
});

inWorld('saves of an open notebook are seen on disk and make one version', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	await world.service.open({ notebook: path, client: 'one', editor: 'jupyterlab' }, signal);
	await world.service.open({ notebook: path, client: 'two', editor: 'vscode' }, signal);
	const told = new Promise<string>((resolve) => world.service.onDidChange(({ version }) => resolve(version.id)));
	world.write('night.ipynb', makeNotebook(['x = 2']));
	const id = await told;
	assert.equal((await save(world, path)).version.id, id);
	assert.deepEqual(
		(await list(world, path)).map((version) => version.id),
		[id],
	);
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

inWorld('what a submitted version runs is read without its outputs', async (world) => {
	const path = world.write('night.ipynb', makeNotebook([{ source: 'x = 1', image: image('A') }]));
	const saved = await save(world, path);
	const { version } = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
	const whole = await world.service.readCode(idOf(saved), path, signal);
	assert.equal(Buffer.from(whole.notebook).toString(), readFileSync(path, 'utf8'));
	const oid = /[0-9a-f]{40}/.exec(world.git('ls-tree', '-r', version.id, '.nightlog/outputs'))?.[0] ?? '';
	const output = join(world.project, '.git/objects', oid.slice(0, 2), oid.slice(2));
	renameSync(output, `${output}.away`);
	const { detail, notebook } = await world.service.readCode(idOf({ version }), path, signal);
	renameSync(`${output}.away`, output);
	assert.equal(detail.id, version.id);
	const code = Buffer.from(notebook).toString();
	assert.ok(code.includes('"x = 1"') && code.includes('"nightlog:output:'), code);
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

const idTwice = makeNotebook([
	{ source: 'x = 1', id: 'a' },
	{ source: 'y = 1', id: 'a' },
]);
for (const [what, text] of [
	['ids that occur twice', idTwice],
	['a cell without an id', idTwice.replace(/ *"id": "a",\n/, '')],
] as const) {
	inWorld(`a notebook with ${what} is kept and submitted`, async (world) => {
		const path = world.write('night.ipynb', text);
		const kept = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
		assert.equal(Buffer.from(await world.service.readNotebook(idOf(kept), path, signal)).toString(), text);
	});
}

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

inWorld('a result gives back the run record, also when the notebook is gone', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const submitted = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
	const receipt = { environment: { digest: 'e'.repeat(64) }, files: ['Größe'] } as unknown as Receipt;
	const request = { version: idOf(submitted), notebook: path, executed: world.read('night.ipynb'), parameters: {} };
	const result = await world.service.keepResult({ ...request, job: '01jf8qz3k4m5n6p7q8r9s0t1v2' as JobId, receipt }, signal);
	const without = await world.service.keepResult({ ...request, job: '01jf8qz3k4m5n6p7q8r9s0t1v3' as JobId, receipt: null }, signal);
	rmSync(path);
	const read = (id: CommitOid) => world.service.readReceipt(id, path, signal);
	assert.deepEqual(JSON.parse(Buffer.from((await read(result)) ?? '').toString()), receipt);
	assert.deepEqual([await read(without), await read(idOf(submitted))], [null, null]);
	await assert.rejects(read('f'.repeat(40) as CommitOid), { code: 'version/not-found' });
});

inWorld(
	'a version is found by the path of its notebook, also by a store that knows nothing else of a folder that is gone',
	async (world) => {
		world.write('.nightlog.yaml', '');
		world.write('a/data.csv', '1,2');
		const path = world.write('a/night.ipynb', makeNotebook(['x = 1']));
		const kept = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
		const other = join(world.project, 'a', 'other.ipynb');
		rmSync(world.project, { recursive: true });
		const store = world.another();
		const { detail, files } = await store.content(idOf(kept), path, signal);
		assert.deepEqual([detail.project, detail.notebook, files.map((file) => file.path)], [world.project, 'a/night.ipynb', ['a/data.csv']]);
		assert.equal(Buffer.from((await files[0]?.read()) ?? '').toString(), '1,2');
		assert.match(Buffer.from((await store.readCode(idOf(kept), path, signal)).notebook).toString(), /x = 1/);
		await assert.rejects(store.readCode(idOf(kept), other, signal), { code: 'notebook/not-found' });
	},
	false,
);

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

inWorld('a picture alone that changed makes a version, however many stayed; one that is only spelled differently makes none', async (world) => {
	const notebook = (second: string, third = 'C') =>
		makeNotebook([
			{ source: 'plot(1)', image: image('A') },
			{ source: 'plot(2)', image: second },
			{ source: 'plot(3)', image: image(third) },
		]);
	const path = world.write('night.ipynb', notebook(image('B')));
	const ids = [idOf(await save(world, path))];
	for (const [content, isNew] of [
		[notebook(image('D')), true],
		[notebook(`${image('D')}\n`), false],
		[notebook(image('D')), false],
		[notebook(image('D'), 'A'), true],
		[notebook(image('A'), 'D'), true],
		[notebook('small', 'D'), true],
		[notebook(`small${' '.repeat(5000)}`, 'D'), false],
		[notebook(image('B')), true],
	] as const) {
		world.write('night.ipynb', content);
		ids.push(idOf(await save(world, path)));
		assert.equal(ids.at(-1) !== ids.at(-2), isNew, content.slice(-300));
	}
});

inWorld('a preview is what a submission would keep, and keeps nothing', async (world) => {
	const path = world.write('a/night.ipynb', makeNotebook([{ source: 'import lib', image: image('A') }]));
	world.write('a/lib.py', 'x = 1');
	const before = [world.untouched(), world.git('count-objects'), world.git('for-each-ref')];
	const preview = await world.service.preview(path, signal);
	assert.deepEqual([world.untouched(), world.git('count-objects'), world.git('for-each-ref')], before);
	assert.deepEqual(await list(world, path), []);
	const { version } = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
	const kept = await world.service.readCode(idOf({ version }), path, signal);
	assert.deepEqual(Buffer.from(preview.notebook), Buffer.from(kept.notebook));
	const { project, notebook, files, reason } = kept.detail;
	assert.deepEqual(preview.detail, { project, notebook, files, reason });
	await assert.rejects(world.service.preview(join(world.project, 'absent.ipynb'), signal), { code: 'notebook/not-found' });
	await assert.rejects(world.service.preview(world.write('text.ipynb', 'text'), signal), { code: 'notebook/invalid' });
});

inWorld('an executable notebook stays executable, and an unchanged one of another time stays the same', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const first = await save(world, path);
	utimesSync(path, new Date(), new Date(0));
	assert.equal((await save(world, path)).version.id, first.version.id);
});

inWorld('those who want to know are told of each version once', async (world) => {
	const told: string[] = [];
	const subscription = world.service.onDidChange(({ notebook, version }) => told.push(`${notebook} ${version.id}`));
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const kept = await save(world, path);
	await save(world, path);
	subscription.dispose();
	world.write('night.ipynb', makeNotebook(['x = 2']));
	await save(world, path);
	assert.deepEqual(told, [`${path} ${kept.version.id}`]);
});

/** What is told from now on, a line for each change. */
function listen(world: TestWorld): { readonly take: () => string[] } {
	const told: string[] = [];
	world.service.onDidChange(({ notebook, version, isNew }) =>
		told.push(`${basename(notebook)} ${version.id} ${version.reason} ${version.label ?? '-'} ${isNew ? 'new' : 'changed'}`),
	);
	return { take: () => told.splice(0) };
}

inWorld('they are told of each name that a version gets or loses', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const first = idOf(await save(world, path));
	const told = listen(world);
	const label = (id: CommitOid, name: string | null, move = false) => world.service.label(id, path, name, move, signal);
	const keep = (name: string) => world.service.keep({ notebook: path, reason: 'label', label: name }, signal);
	await label(first, 'best');
	assert.deepEqual(told.take(), [`night.ipynb ${first} save best changed`]);
	await label(first, 'best');
	assert.deepEqual(told.take(), [], 'it has that name');
	world.write('night.ipynb', makeNotebook(['x = 2']));
	const second = idOf(await keep('later'));
	assert.deepEqual(told.take(), [`night.ipynb ${second} label later new`]);
	await label(second, 'best', true);
	assert.deepEqual(told.take(), [`night.ipynb ${first} save - changed`, `night.ipynb ${second} label best changed`]);
	await label(second, null);
	assert.deepEqual(told.take(), [`night.ipynb ${second} label - changed`]);
	assert.equal(idOf(await keep('later')), second);
	assert.deepEqual(told.take(), [`night.ipynb ${second} label later changed`]);
});

inWorld('they are told of what a restore keeps, before and after', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const first = idOf(await world.service.keep({ notebook: path, reason: 'keep' }, signal));
	world.write('night.ipynb', makeNotebook(['x = 2']));
	const told = listen(world);
	await world.service.restore(first, path, join(world.project, 'copy.ipynb'), signal);
	assert.deepEqual(told.take(), [], 'a new file has no version yet');
	const { before } = await world.service.restore(first, path, null, signal);
	const [after] = await list(world, path);
	assert.deepEqual(told.take(), [`night.ipynb ${before?.id} keep - new`, `night.ipynb ${after?.id} restore - new`]);
});

inWorld('they are told of a result once', async (world) => {
	const path = world.write('night.ipynb', makeNotebook(['x = 1']));
	const version = idOf(await world.service.keep({ notebook: path, reason: 'submit' }, signal));
	const told = listen(world);
	const job = '01jf8qz3k4m5n6p7q8r9s0t1v2' as JobId;
	const request = { job, version, notebook: path, executed: world.read('night.ipynb'), receipt: null, parameters: {} };
	const result = await world.service.keepResult(request, signal);
	await world.service.keepResult(request, signal);
	assert.deepEqual(told.take(), [`night.ipynb ${result} result - new`]);
});

inWorld(
	'they are told of every notebook whose history moved',
	async (world) => {
		const paths = ['a.ipynb', 'b.ipynb'].map((name) => world.write(name, makeNotebook([name])));
		const ids: CommitOid[] = [];
		for (const notebook of paths) ids.push(idOf(await world.service.keep({ notebook, reason: 'label', label: basename(notebook) }, signal)));
		world.git('init', '-q');
		const told = listen(world);
		await world.service.moveIn(paths[0] ?? '', signal);
		assert.deepEqual(told.take(), [`a.ipynb ${ids[0]} label a.ipynb changed`, `b.ipynb ${ids[1]} label b.ipynb changed`]);
		await world.service.moveIn(paths[0] ?? '', signal);
		assert.deepEqual(told.take(), []);
	},
	false,
);

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
