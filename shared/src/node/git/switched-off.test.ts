import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Repository, RepositoryLayout } from '../../versions/repository.ts';
import { inspectRepository } from './inspect-repository.ts';
import { openRepository } from './open-repository.ts';
import { packAt } from './pack-own-objects.ts';
import { keepVersion, makePlace, makeWorkingRepository, type TestPlace, testAuthor } from './real-repositories.test-case.ts';
import { findGitProgram, type GitProgram } from './run-git.ts';

const { signal } = new AbortController();
const git = (await findGitProgram(signal)) as GitProgram;
const ref = 'refs/nightlog/0123456789ab/01hzzzzzzzzzzzzzzzzzzzzzzz/versions';
const hooks = [
	'reference-transaction',
	'post-index-change',
	'pre-auto-gc',
	'post-rewrite',
	'pre-commit',
	'post-commit',
	'fsmonitor-watchman',
	'post-checkout',
];

/** A repository in which everything that its configuration can name is a program that writes its name down. */
function plantCanaries(place: TestPlace): { readonly folder: string; readonly sung: () => string[] } {
	const folder = makeWorkingRepository(place, 'hostile');
	const song = join(place.folder, 'song');
	const canary = (name: string): string => {
		const path = join(place.folder, `canary-${name}`);
		writeFileSync(path, `#!/bin/sh\necho ${name} >> '${song}'\ncat\n`);
		chmodSync(path, 0o755);
		return path;
	};
	for (const hook of hooks) {
		mkdirSync(join(folder, '.git/hooks'), { recursive: true });
		writeFileSync(join(folder, '.git/hooks', hook), readFileSync(canary(`hook-${hook}`)));
		chmodSync(join(folder, '.git/hooks', hook), 0o755);
	}
	place.write(join(folder, '.gitattributes'), '*.py filter=one diff=two merge=three\n*.txt filter=four diff=two\n*.ipynb filter=one diff=two\n');
	place.write(join(folder, '.git/info/attributes'), '*.py filter=one\n');
	place.git(folder, 'add', '.gitattributes');
	place.write(join(place.folder, 'included'), `[filter "four"]\n\tclean = ${canary('included-clean')}\n\trequired = true\n`);
	appendFileSync(
		join(folder, '.git/config'),
		`[core]
	fsmonitor = ${canary('fsmonitor')}
	sshCommand = ${canary('ssh')}
	gitProxy = ${canary('proxy')}
	pager = ${canary('pager')}
	editor = ${canary('editor')}
	askPass = ${canary('askpass')}
	alternateRefsCommand = ${canary('alternate-refs')}
[sequence]
	editor = ${canary('sequence-editor')}
[pager]
	status = ${canary('pager-status')}
	config = ${canary('pager-config')}
[credential]
	helper = ${canary('credential')}
[credential "https://example.org"]
	helper = ${canary('credential-of-host')}
[filter "one"]
	clean = ${canary('clean')}
	smudge = ${canary('smudge')}
	required = true
[filter "four"]
	process = ${canary('process')}
[diff]
	external = ${canary('external-diff')}
[diff "two"]
	textconv = ${canary('textconv')}
	command = ${canary('diff-command')}
[merge "three"]
	driver = ${canary('merge')}
[gpg]
	program = ${canary('gpg')}
[commit]
	gpgSign = true
[uploadpack]
	packObjectsHook = ${canary('pack-objects')}
[alias]
	status = !${canary('alias')}
	rev-parse = !${canary('alias')}
[remote "origin"]
	url = ext::${canary('remote-ext')} %S
	promisor = true
	partialCloneFilter = blob:none
	uploadpack = ${canary('uploadpack')}
[extensions]
	partialClone = origin
[include]
	path = ${join(place.folder, 'included')}
[trace2]
	eventTarget = ${join(place.folder, 'song')}
`,
	);
	rmSync(song, { force: true });
	// Times that differ from the index make git read the files again, which is when filters run.
	for (const path of ['lib/tools.py', 'lib/more.py', 'analysis.ipynb', 'data/staged.txt'])
		utimesSync(join(folder, path), 1_600_000_000, 1_600_000_000);
	return { folder, sung: () => (existsSync(song) ? [...new Set(readFileSync(song, 'utf8').trim().split('\n'))].sort() : []) };
}

/** All that Nightlog ever does with a repository. */
async function doEverything(repository: Repository): Promise<void> {
	const first = await keepVersion(repository, ref, 'first');
	await keepVersion(repository, ref, 'second');
	const label = ref.replace('versions', 'labels/x');
	await repository.changeRefs([{ ref: label, from: null, to: first }]);
	await repository.changeRefs([{ ref: label, from: first, to: null }]);
	await repository.listRefs('refs/nightlog/');
	await repository.headCommit();
	assert.equal(await repository.hasObject('ab'.repeat(20)), false);
	await assert.rejects(repository.readBlob('ab'.repeat(20)));
	const tracked = await repository.trackedFiles(signal);
	assert.equal(tracked.note, null);
	assert.deepEqual(tracked.changed.includes('lib/tools.py'), true);
	await tracked.untracked('');
	await tracked.untracked('lib');
	for (let made = 0; made < packAt; made += 90) {
		const session = repository.begin();
		const entries = Array.from({ length: 90 }, (_, index) => ({
			name: `f${index}`,
			mode: '100644' as const,
			oid: session.blob(Buffer.from(`${made} ${index}`)),
		}));
		const oid = session.commit({ tree: session.tree(entries), parents: [], author: testAuthor, committer: testAuthor, message: 'many' });
		await session.finish();
		await repository.changeRefs([{ ref: `${label}${made}`, from: null, to: oid }]);
	}
	await repository.maintain(signal);
}

test('the canaries are alive: plain git runs them', () => {
	const place = makePlace();
	try {
		const { folder, sung } = plantCanaries(place);
		const environment = { ...process.env, HOME: place.folder };
		spawnSync('git', ['status'], { cwd: folder, env: environment, timeout: 20_000 });
		spawnSync('git', ['-c', 'core.fsmonitor=false', 'status'], { cwd: folder, env: environment, timeout: 20_000 });
		spawnSync('git', ['update-ref', 'refs/heads/sung', 'HEAD'], { cwd: folder, env: environment, timeout: 20_000 });
		spawnSync('git', ['cat-file', '-p', 'ab'.repeat(20)], { cwd: folder, env: environment, timeout: 20_000 });
		for (const name of ['fsmonitor', 'clean', 'hook-reference-transaction']) assert.ok(sung().includes(name), `${name} among ${sung().join(', ')}`);
	} finally {
		place.dispose();
	}
});

for (const engine of ['own', 'git'] as const) {
	test(`nothing that a repository's configuration names is run: ${engine === 'own' ? 'our own code' : "the person's git"}`, async () => {
		const place = makePlace();
		try {
			const { folder, sung } = plantCanaries(place);
			const layout = (await inspectRepository(folder, signal, { git })) as RepositoryLayout;
			assert.equal(layout.engine, 'own');
			const forced: RepositoryLayout = engine === 'own' ? layout : { ...layout, engine: 'git', features: [...layout.features, 'unknown-extension'] };
			await doEverything(await openRepository(forced, { git }));
			assert.deepEqual(sung(), []);
		} finally {
			place.dispose();
		}
	});
}

test('filters of the person are not run either: they could write or fetch', async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'large-files');
		const song = join(place.folder, 'song');
		place.write(join(folder, '.gitattributes'), '*.py filter="lfs"\n');
		appendFileSync(
			join(place.folder, 'global-config'),
			`[filter "lfs"]\n\tclean = touch ${song}; cat\n\tprocess = touch ${song}\n\trequired = true\n`,
		);
		const layout = (await inspectRepository(folder, signal, { git })) as RepositoryLayout;
		const tracked = await (await openRepository(layout, { git })).trackedFiles(signal);
		assert.deepEqual([tracked.changed, tracked.note], [['data/staged.txt', 'lib/tools.py'], null]);
		assert.equal(existsSync(song), false);
	} finally {
		place.dispose();
	}
});
