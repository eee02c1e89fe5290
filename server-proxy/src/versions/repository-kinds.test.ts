import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommitOid } from '@nightlog/shared/base/ids';
import { makeNotebook, openWorld, signal, type TestWorld } from './test-world.test-case.ts';

const text = makeNotebook([{ source: 'x = 1', image: 'A'.repeat(8000) }]);

/** What keeping leaves alone in the folder of a repository. */
function stateOf(folder: string): string {
	const run = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
	const gitDir = run('rev-parse', '--absolute-git-dir').trim();
	const read = (path: string) => (existsSync(path) ? readFileSync(path, 'latin1') : '');
	const refs = run('for-each-ref', '--format=%(refname) %(objectname)').split('\n');
	return JSON.stringify([
		refs.filter((ref) => !ref.startsWith('refs/nightlog/')),
		...['HEAD', 'index', 'config', 'logs/HEAD', 'info/sparse-checkout'].map((name) => read(join(gitDir, name))),
	]);
}

/** @param prepare makes the repository; answers the folder in which the notebook is to be, and the project */
function check(name: string, prepare: (world: TestWorld) => { folder: string; project: string }, expected: { inProject?: boolean } = {}): void {
	test(`versions in ${name}`, async () => {
		const world = openWorld();
		try {
			const { folder, project } = prepare(world);
			mkdirSync(folder, { recursive: true });
			const path = join(folder, 'night.ipynb');
			writeFileSync(path, text);
			const before = stateOf(project);
			const saved = await world.service.keep({ notebook: path, reason: 'save' }, signal);
			const submitted = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
			const labelled = await world.service.keep({ notebook: path, reason: 'label', label: 'good' }, signal);
			assert.equal(stateOf(project), before);
			assert.equal(saved.version.inProject, expected.inProject ?? true);
			assert.equal(saved.version.project, project);
			for (const { version } of [saved, submitted, labelled]) {
				assert.equal(Buffer.from(await world.service.readNotebook(version.id as CommitOid, path, signal)).toString(), text);
			}
			assert.equal((await world.service.list({ notebook: path, results: false, limit: 10 }, signal)).versions.length, 3);
			const { repository } = saved.version;
			assert.equal(execFileSync('git', ['--git-dir', repository, 'fsck', '--strict', '--no-dangling', '--no-progress'], { encoding: 'utf8' }), '');
		} finally {
			await world.dispose();
		}
	});
}

const inPlace = ({ project }: TestWorld) => ({ folder: join(project, 'a'), project });

check('a repository without a commit', (world) => {
	const project = join(world.home, 'empty');
	mkdirSync(project);
	execFileSync('git', ['init', '-q', project]);
	return { folder: project, project };
});
check('a linked working tree', (world) => {
	const project = join(world.home, 'linked');
	world.git('worktree', 'add', '-q', '-b', 'other', project);
	return { folder: join(project, 'a'), project };
});
check('a submodule', (world) => {
	const source = join(world.folder, 'source');
	execFileSync('git', ['init', '-q', source]);
	execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x'], { cwd: source });
	world.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', source, 'sub');
	const project = join(world.project, 'sub');
	return { folder: project, project };
});
check('a repository with SHA-256', (world) => {
	const project = join(world.home, 'sha256');
	mkdirSync(project);
	execFileSync('git', ['init', '-q', '--object-format=sha256', project]);
	execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x'], { cwd: project });
	return { folder: project, project };
});
check('a repository that borrows objects', (world) => {
	const project = join(world.home, 'borrowing');
	execFileSync('git', ['clone', '-q', '--shared', world.project, project]);
	return { folder: project, project };
});
check('a sparse checkout', (world) => {
	world.write('other/file', 'x');
	world.git('add', '-A');
	world.git('commit', '-q', '-m', 'second');
	world.git('sparse-checkout', 'set', 'a');
	return inPlace(world);
});
check('a repository with an index of version 4', (world) => {
	world.git('update-index', '--index-version', '4');
	return inPlace(world);
});
check('a repository with a split index', (world) => {
	world.git('update-index', '--split-index');
	return inPlace(world);
});
check('a shallow clone', (world) => {
	world.git('commit', '-q', '--allow-empty', '-m', 'second');
	const project = join(world.home, 'shallow');
	execFileSync('git', ['clone', '-q', '--depth', '1', `file://${world.project}`, project]);
	return { folder: project, project };
});
check('a folder whose .git is nothing', (world) => {
	const folder = join(world.project, 'odd');
	mkdirSync(join(folder, '.git'), { recursive: true });
	return { folder, project: world.project };
});

test('a job of a sparse checkout of a partial clone goes without the files that are not here', async () => {
	const world = openWorld();
	try {
		world.write('a/here.txt', 'here');
		world.write('b/elsewhere.txt', 'elsewhere');
		world.git('add', '-A');
		world.git('commit', '-q', '-m', 'second');
		world.git('config', 'uploadpack.allowFilter', 'true');
		const project = join(world.home, 'partial');
		const run = (...args: string[]) => execFileSync('git', args, { cwd: world.home, stdio: ['ignore', 'pipe', 'pipe'] });
		run('clone', '-q', '--filter=blob:none', '--sparse', `file://${world.project}`, project);
		run('-C', project, 'sparse-checkout', 'set', 'a');
		const path = join(project, 'a', 'night.ipynb');
		writeFileSync(path, text);
		const { version } = await world.service.keep({ notebook: path, reason: 'submit' }, signal);
		assert.equal((await world.service.preview(path, signal)).mayLackFiles, true);
		assert.equal((await world.service.readCode(version.id as CommitOid, path, signal)).mayLackFiles, true);
		const { files } = await world.service.content(version.id as CommitOid, path, signal);
		const read = await Promise.all(files.map(async (file) => [file.path, (await file.read())?.length ?? null]));
		assert.deepEqual(read, [
			['a/here.txt', 4],
			['b/elsewhere.txt', null],
			['tracked.txt', 6],
		]);
	} finally {
		await world.dispose();
	}
});

test('versions in a repository that runs programs: none runs', async () => {
	const world = openWorld();
	try {
		const canary = join(world.folder, 'canary');
		const program = join(world.folder, 'program');
		writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> '${canary}'\ncat\n`);
		chmodSync(program, 0o755);
		for (const [key, value] of Object.entries({
			'core.fsmonitor': program,
			'filter.evil.clean': program,
			'filter.evil.smudge': program,
			'filter.evil.process': program,
			'filter.evil.required': 'true',
			'diff.evil.textconv': program,
			'diff.external': program,
			'core.sshCommand': program,
			'core.pager': program,
			'core.editor': program,
			'gpg.program': program,
			'commit.gpgSign': 'true',
			'credential.helper': program,
			'core.hooksPath': join(world.folder, 'hooks'),
		})) {
			world.git('config', key, value);
		}
		mkdirSync(join(world.folder, 'hooks'));
		for (const hook of ['pre-commit', 'post-commit', 'reference-transaction', 'post-index-change', 'fsmonitor-watchman']) {
			writeFileSync(join(world.folder, 'hooks', hook), readFileSync(program));
			chmodSync(join(world.folder, 'hooks', hook), 0o755);
		}
		world.write('.gitattributes', '* filter=evil diff=evil\n');
		world.write('tracked.txt', 'changed');
		const path = world.write('night.ipynb', text);
		for (const reason of ['save', 'submit'] as const) await world.service.keep({ notebook: path, reason }, signal);
		await world.service.keep({ notebook: path, reason: 'label', label: 'l' }, signal);
		const { versions } = await world.service.list({ notebook: path, results: true, limit: 10 }, signal);
		await world.service.restore(versions[0]?.id as CommitOid, path, null, signal);
		assert.equal(existsSync(canary), false);
	} finally {
		await world.dispose();
	}
});

test('two working trees of one repository keep their notebooks apart, also for a store that was lost', async () => {
	const world = openWorld();
	try {
		const linked = join(world.home, 'linked');
		world.git('worktree', 'add', '-q', '-b', 'other', linked);
		const here = world.write('night.ipynb', makeNotebook(['x = 1']));
		const there = join(linked, 'night.ipynb');
		writeFileSync(there, makeNotebook(['x = 2']));
		await world.service.keep({ notebook: here, reason: 'keep' }, signal);
		await world.service.keep({ notebook: there, reason: 'keep' }, signal);
		for (const service of [world.service, world.another()]) {
			for (const notebook of [there, here]) {
				assert.equal((await service.list({ notebook, results: false, limit: 10 }, signal)).versions.length, 1);
			}
		}
	} finally {
		await world.dispose();
	}
});
