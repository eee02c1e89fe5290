import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isNightlogError } from '../../base/nightlog-error.ts';
import { gitEnvironment, safeGitArguments } from './git-switched-off.ts';
import { findGitProgram, type GitProgram, isGitAtLeast, runGit } from './run-git.ts';

const { signal } = new AbortController();

/** A program in place of git. */
async function withProgram(script: string, run: (program: GitProgram, folder: string) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'nightlog-test-'));
	try {
		const path = join(folder, 'git');
		writeFileSync(path, `#!/bin/sh\n${script}\n`);
		chmodSync(path, 0o755);
		await run({ path, version: [2, 39, 5] }, folder);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

test('the git of the path is found with its version', async () => {
	await withProgram('echo "git version 2.50.1 (Apple Git-155)"', async (program, folder) => {
		const found = await findGitProgram(signal, { PATH: `relative:${folder}/none:${folder}` });
		assert.deepEqual(found, { path: program.path, version: [2, 50, 1] });
	});
});

test('a program that is not git is passed over, and no git at all is null', async () => {
	await withProgram('echo hello', async (_program, folder) => assert.equal(await findGitProgram(signal, { PATH: folder }), null));
	assert.equal(await findGitProgram(signal, { PATH: '' }), null);
	assert.equal(await findGitProgram(signal, {}), null);
});

test('arguments come through as they are, and no shell sees them', async () => {
	await withProgram('for last; do :; done; printf %s "$last"', async (program, folder) => {
		const hostile = '$(touch x); `id` "\'\n--upload-pack=x';
		assert.equal((await runGit(program, ['x', hostile], { cwd: folder, signal })).stdout.toString(), hostile);
	});
});

test('an exit code is an answer', async () => {
	await withProgram('cat; echo said >&2; exit 3', async (program, folder) => {
		const result = await runGit(program, ['x'], { cwd: folder, signal, input: 'given' });
		assert.deepEqual([result.exitCode, result.stdout.toString(), result.stderr], [3, 'given', 'said\n']);
	});
});

test('a program that takes too long is ended, and so is one that says too much', async () => {
	await withProgram('exec sleep 60', async (program, folder) => {
		const slow = runGit(program, ['-c', 'a=b', '--literal-pathspecs', 'ls-files', '-z'], { cwd: folder, signal, timeoutMs: 50 });
		await assert.rejects(slow, { code: 'repository/git-too-slow', message: 'git ls-files did not do its work: it took too long.' });
	});
	await withProgram('exec cat /dev/zero', async (program, folder) => {
		await assert.rejects(runGit(program, ['x'], { cwd: folder, signal, maximumBytes: 100_000 }), (error) =>
			isNightlogError(error, 'repository/git-failed'),
		);
	});
});

test('a program that cannot be started is an error, not a crash', async () => {
	const program: GitProgram = { path: '/nowhere/git', version: [2, 39, 5] };
	await assert.rejects(runGit(program, ['x'], { cwd: '/', signal, input: 'x'.repeat(1e6) }), (error) =>
		isNightlogError(error, 'repository/git-failed'),
	);
});

test('aborting ends it with the reason of the signal', async () => {
	await withProgram('exec sleep 60', async (program, folder) => {
		const controller = new AbortController();
		const run = runGit(program, ['x'], { cwd: folder, signal: controller.signal });
		controller.abort(new Error('closed'));
		await assert.rejects(run, /closed/);
		await assert.rejects(runGit(program, ['x'], { cwd: folder, signal: controller.signal }), /closed/);
	});
});

test('nothing of the environment that names a repository, a program or a secret is passed on', () => {
	const given = {
		PATH: '/bin',
		HOME: '/home/vera',
		GIT_DIR: '/x',
		GIT_INDEX_FILE: '/x',
		GIT_EXTERNAL_DIFF: 'x',
		GIT_SSH_COMMAND: 'x',
		EDITOR: 'x',
		TOKEN: 'secret',
	};
	const passed = gitEnvironment(given);
	assert.deepEqual([passed.PATH, passed.HOME], ['/bin', '/home/vera']);
	for (const name of ['GIT_DIR', 'GIT_INDEX_FILE', 'GIT_EXTERNAL_DIFF', 'EDITOR', 'TOKEN']) assert.equal(name in passed, false, name);
	assert.equal(passed.GIT_SSH_COMMAND, 'false');
	assert.ok(safeGitArguments.includes('core.hooksPath=/dev/null'));
});

test('versions are compared by number', () => {
	const program: GitProgram = { path: '/bin/git', version: [2, 39, 5] };
	assert.deepEqual(
		[isGitAtLeast(program, 2, 39), isGitAtLeast(program, 2, 40), isGitAtLeast(program, 1, 99), isGitAtLeast(program, 3, 0)],
		[true, false, true, false],
	);
});
