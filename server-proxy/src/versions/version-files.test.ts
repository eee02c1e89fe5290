import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { idOf, image, inWorld, list, save } from './service-test.test-case.ts';
import { makeNotebook, signal } from './test-world.test-case.ts';

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
		// When the folder becomes a repository, the history goes on where it is, until somebody takes the offer to move it.
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
	const read = await Promise.all(content.files.map(async (file) => Buffer.from((await file.read()) ?? '').toString()));
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
