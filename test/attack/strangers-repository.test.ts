// A repository that somebody else made, with a program behind everything that Git's configuration can name. A person opens it, keeps, labels, lists, restores,
// submits, re-runs and deletes with the shipped bundle: none of the programs runs. The same repository runs them under a plain `git`, so that this means something.
// Nor does a pipe, a device or a link in place of a file of it keep anybody waiting, or show what is not the project's.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { makeNotebook } from '../bench/notebooks.ts';
import { untilEnded } from '../nothing-lost/until-ended.ts';
import { endWithTests } from '../support/end-with-tests.ts';
import { accountEnvironment, bundle, processUse, startServer, type TestServer } from '../support/start-server.ts';

const counted = { planted: 0, ran: 0 };
after(() => {
	process.stdout.write(`programs planted in strangers' repositories: ${counted.planted}, ran: ${counted.ran}\n`);
	assert.equal(counted.ran, 0);
	assert.ok(counted.planted > 0);
});

const hooks = [
	...[
		'pre-commit',
		'prepare-commit-msg',
		'commit-msg',
		'post-commit',
		'pre-merge-commit',
		'post-merge',
		'post-checkout',
		'post-rewrite',
		'pre-rebase',
	],
	...[
		'reference-transaction',
		'post-index-change',
		'pre-auto-gc',
		'pre-push',
		'fsmonitor-watchman',
		'update',
		'pre-receive',
		'post-receive',
		'post-update',
	],
	...['applypatch-msg', 'pre-applypatch', 'post-applypatch', 'push-to-checkout', 'proc-receive', 'sendemail-validate'],
];

/** A stranger's repository, and where its programs leave their names when they run. */
class StrangersRepository {
	readonly folder: string;
	readonly project: string;
	readonly ranFile: string;

	constructor(layout: 'plain' | 'worktree' | 'sha256' | 'sparse') {
		this.folder = mkdtempSync(path.join(os.tmpdir(), 'nightlog-stranger-'));
		this.ranFile = path.join(this.folder, 'ran');
		const main = path.join(this.folder, 'main');
		mkdirSync(main);
		this.#git(main, 'init', '-q', ...(layout === 'sha256' ? ['--object-format=sha256'] : []));
		writeFileSync(path.join(main, 'found.ipynb'), makeNotebook([{ source: "import helper_module\nprint(open('big.dat').read(), helper_module.x)" }]));
		writeFileSync(path.join(main, 'helper_module.py'), 'x = 1\n');
		writeFileSync(path.join(main, 'big.dat'), 'data\n');
		mkdirSync(path.join(main, 'away'));
		writeFileSync(path.join(main, 'away', 'far.txt'), 'far\n');
		this.#git(main, 'add', '-A');
		this.#git(main, 'commit', '-q', '-m', 'by a stranger');
		if (layout === 'worktree') this.#git(main, 'worktree', 'add', '-q', path.join(this.folder, 'tree'));
		if (layout === 'sparse') this.#git(main, 'sparse-checkout', 'set', '--no-cone', '/*', '!/away/');
		this.project = layout === 'worktree' ? path.join(this.folder, 'tree') : main;
		this.#plant(main);
		if (layout === 'worktree') writeFileSync(path.join(this.project, '.gitattributes'), readFileSync(path.join(main, '.gitattributes')));
		// Changed since it was committed: a filter would run to look whether it is.
		writeFileSync(path.join(this.project, 'big.dat'), 'other data\n');
		writeFileSync(path.join(this.project, 'helper_module.py'), 'x = 2\n');
	}

	#git(folder: string, ...words: string[]): void {
		const env = {
			...accountEnvironment(this.folder),
			GIT_AUTHOR_NAME: 'S',
			GIT_AUTHOR_EMAIL: 's@example.org',
			GIT_COMMITTER_NAME: 'S',
			GIT_COMMITTER_EMAIL: 's@example.org',
		};
		execFileSync('git', words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
	}

	#program(name: string): string {
		const file = path.join(this.folder, `canary-${name}`);
		writeFileSync(file, `#!/bin/sh\necho '${name}' >> '${this.ranFile}'\nexec cat\n`);
		chmodSync(file, 0o755);
		counted.planted += 1;
		return file;
	}

	#plant(main: string): void {
		const gitDir = path.join(main, '.git');
		mkdirSync(path.join(gitDir, 'hooks'), { recursive: true });
		for (const hook of hooks) {
			const file = path.join(gitDir, 'hooks', hook);
			rmSync(file, { force: true });
			symlinkSync(this.#program(`hook-${hook}`), file);
		}
		const program = (name: string) => this.#program(name);
		const included = path.join(this.folder, 'included');
		writeFileSync(
			included,
			`[filter "included"]\n\tclean = ${program('included-clean')}\n\tsmudge = ${program('included-smudge')}\n\trequired = true\n`,
		);
		const configuration = `
[core]
	fsmonitor = ${program('fsmonitor')}
	sshCommand = ${program('ssh')}
	gitProxy = ${program('proxy')}
	pager = ${program('pager')}
	editor = ${program('editor')}
	askPass = ${program('askpass')}
	alternateRefsCommand = ${program('alternate-refs')}
[sequence]
	editor = ${program('sequence-editor')}
[pager]
	log = ${program('pager-log')}
	status = ${program('pager-status')}
[credential]
	helper = ${program('credential')}
[filter "evil"]
	clean = ${program('clean')}
	smudge = ${program('smudge')}
	required = true
[filter "process"]
	process = ${program('process')}
	required = true
[diff]
	external = ${program('external-diff')}
[diff "evil"]
	textconv = ${program('textconv')}
	command = ${program('diff-command')}
	cachetextconv = true
[merge "evil"]
	driver = ${program('merge-driver')} %A
[gpg]
	program = ${program('gpg')}
[gpg "ssh"]
	program = ${program('gpg-ssh')}
	defaultKeyCommand = ${program('gpg-key')}
[commit]
	gpgSign = true
[tag]
	gpgSign = true
[log]
	showSignature = true
[uploadpack]
	packObjectsHook = ${program('pack-objects')}
[remote "origin"]
	url = ext::${program('ext')} %S
	uploadpack = ${program('uploadpack')}
	receivepack = ${program('receivepack')}
	proxy = ${program('remote-proxy')}
[alias]
	status = !${program('alias-status')}
	log = !${program('alias-log')}
[interactive]
	diffFilter = ${program('diff-filter')}
[difftool "x"]
	cmd = ${program('difftool')}
[browser "x"]
	cmd = ${program('browser')}
[submodule "sub"]
	update = !${program('submodule-update')}
	url = ext::${program('submodule-ext')}
[gc]
	recentObjectsHook = ${program('recent-objects')}
[include]
	path = ${included}
[includeIf "gitdir:**"]
	path = ${included}
`;
		writeFileSync(path.join(gitDir, 'config'), readFileSync(path.join(gitDir, 'config'), 'utf8') + configuration);
		writeFileSync(
			path.join(main, '.gitattributes'),
			'*.ipynb filter=evil diff=evil merge=evil\n*.dat filter=process diff=evil\n*.py filter=included\n',
		);
		mkdirSync(path.join(gitDir, 'info'), { recursive: true });
		writeFileSync(path.join(gitDir, 'info', 'attributes'), '*.txt filter=evil\n');
		// What the project says of Nightlog itself may name no program, either.
		writeFileSync(path.join(main, '.nightlog.yaml'), `backends:\n  local: {type: local, python: ${program('nightlog-python')}}\n`);
	}

	ran(): string[] {
		return existsSync(this.ranFile) ? [...new Set(readFileSync(this.ranFile, 'utf8').trim().split('\n'))].sort() : [];
	}

	forget(): void {
		rmSync(this.ranFile, { force: true });
	}

	dispose(): void {
		rmSync(this.folder, { recursive: true, force: true });
	}
}

async function useEverything(server: TestServer, project: string): Promise<void> {
	const notebook = path.join(project, 'found.ipynb');
	const query = `notebook=${encodeURIComponent(notebook)}`;
	const expect = async (what: string, answer: Promise<{ status: number; body: unknown }>) => {
		const { status, body } = await answer;
		assert.ok(status >= 200 && status < 300, `${what}: ${status} ${JSON.stringify(body)}`);
		return body;
	};
	const get = async (target: string) => {
		const answer = await server.call(target);
		assert.ok(answer.status === 200, `${target}: ${answer.status} ${answer.bytes}`);
	};
	await expect('open', server.post('/v1/notebooks/open', { notebook, client: 'window' }));
	const first = (await expect('keep', server.post('/v1/versions', { notebook, reason: 'save' }))) as Version;
	await get(`/v1/versions?${query}&results=true`);
	const changed = makeNotebook([{ source: "import helper_module\nprint('changed', helper_module.x)" }]);
	writeFileSync(notebook, changed);
	const submitted = (await expect('submit', server.post('/v1/versions', { notebook, reason: 'submit' }))) as Version;
	await expect('label', server.post('/v1/versions', { notebook, reason: 'label', label: 'a name' }));
	await expect('check', server.post('/v1/jobs/check', { notebook, version: submitted.id }));
	await expect('parameters', server.post('/v1/parameters', { notebook }));
	const job = (await expect('job', server.post('/v1/jobs', { notebook, version: submitted.id }, { 'idempotency-key': 'in-a-stranger' }))) as Job;
	const ended = await untilEnded(server, job.id);
	assert.equal(ended?.state, 'succeeded', JSON.stringify(ended));
	await untilEnded(server, job.id, ({ result }) => result?.version != null);
	await get(`/v1/versions/${first.id}?${query}`);
	await get(`/v1/versions/${first.id}/notebook?${query}`);
	await expect('restore', server.post(`/v1/versions/${first.id}/restore?${query}`, {}));
	const put = await server.call(`/v1/versions/${submitted.id}/label?${query}`, {
		method: 'PUT',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ label: 'another name' }),
	});
	assert.equal(put.status, 200, put.bytes.toString());
	const again = (await expect('rerun', server.post(`/v1/jobs/${job.id}/rerun`, {}, { 'idempotency-key': 'again-there' }))) as Job;
	assert.equal((await untilEnded(server, again.id))?.state, 'succeeded');
	await get(`/v1/config?project=${encodeURIComponent(project)}`);
	await untilEnded(server, again.id, ({ result }) => result?.version != null);
	assert.equal((await server.call(`/v1/jobs/${job.id}`, { method: 'DELETE' })).status, 204);
	// Enough for our own objects to be packed, which a person's `git` does.
	for (let number = 0; number < 140; number++) {
		const content = makeNotebook([{ source: `x = ${number}` }, { source: 'plot()', imageCharacters: 6000, seed: number }]);
		await expect('keep', server.post('/v1/versions', { notebook, content, reason: 'keep' }));
	}
	await get(`/v1/versions?${query}`);
}

/** Runs the command line in the account of a server, in a folder. */
async function nightlog(server: TestServer, folder: string, ...words: string[]): Promise<{ code: number | null; said: string }> {
	const child = spawn(process.execPath, [bundle, ...words], { cwd: folder, env: accountEnvironment(server.home), stdio: ['ignore', 'pipe', 'pipe'] });
	endWithTests(child);
	let said = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
	const [code] = (await once(child, 'close')) as [number | null];
	return { code, said };
}

describe("a stranger's repository", () => {
	for (const layout of ['plain', 'worktree', 'sha256', 'sparse'] as const) {
		test(`runs none of its programs (${layout})`, async () => {
			const stranger = new StrangersRepository(layout);
			const server = await startServer();
			try {
				// `safe.directory` is the person's own word; without it a repository of another owner is no repository to Git.
				await useEverything(server, stranger.project);
				const ran = stranger.ran();
				counted.ran += ran.length;
				assert.deepEqual(ran, []);
				assert.deepEqual(
					readdirSync(stranger.project).filter((name) => name.startsWith('canary')),
					[],
				);
			} finally {
				await server.dispose();
				stranger.dispose();
			}
		});
	}

	const endless: [string, (file: string, folder: string) => void][] = [
		['a pipe', (file) => void execFileSync('mkfifo', [file])],
		['a device without an end', (file) => symlinkSync('/dev/zero', file)],
		[
			'a link to a file of the person',
			(file, folder) => {
				writeFileSync(path.join(folder, 'secret'), 'backends: {}\nprivate: words\n');
				symlinkSync(path.join(folder, 'secret'), file);
			},
		],
	];
	for (const [name, plant] of endless) {
		for (const isGit of [false, true]) {
			test(`with ${name} in place of its files, ${isGit ? 'in Git' : 'without Git'}, is neither waited for nor read`, async () => {
				const folder = mkdtempSync(path.join(os.tmpdir(), 'nightlog-stranger-'));
				const project = path.join(folder, 'project');
				const notebook = path.join(project, 'found.ipynb');
				mkdirSync(project);
				writeFileSync(notebook, makeNotebook([{ source: 'x = 1' }]));
				if (isGit) {
					for (const words of [
						['init', '-q'],
						['add', '-A'],
						['-c', 'user.name=S', '-c', 'user.email=s@example.org', 'commit', '-q', '-m', 'x'],
					])
						execFileSync('git', words, { cwd: project, env: accountEnvironment(folder) });
				}
				for (const file of ['.nightlog.yaml', '.gitignore', '.nightlogignore', 'z.ipynb']) plant(path.join(project, file), folder);
				if (isGit) {
					const exclude = path.join(project, '.git/info/exclude');
					rmSync(exclude, { force: true });
					plant(exclude, folder);
				}
				const server = await startServer();
				try {
					const answer = await server.call(`/v1/config?project=${encodeURIComponent(project)}`);
					const { findings } = answer.json<{ findings: { code: string; message: string }[] }>();
					assert.deepEqual([answer.status, findings.map(({ code }) => code)], [200, ['config/unreadable']]);
					assert.ok(findings[0]?.message.startsWith(path.join(project, '.nightlog.yaml')) && !answer.bytes.includes('private'));
					const kept = await server.post('/v1/versions', { notebook, reason: 'submit' });
					assert.ok(kept.status < 300, JSON.stringify(kept));
					const checked = await nightlog(server, project, 'config', 'check');
					assert.ok(checked.code === 2 && !checked.said.includes('in order'), checked.said);
					const other = await nightlog(server, project, 'check', 'z.ipynb');
					assert.ok(other.code === 2 && other.said.includes('z.ipynb is no notebook'), other.said);
					const { residentBytes } = processUse(server.process.pid ?? 0);
					assert.ok(residentBytes < 600_000_000, `${residentBytes} bytes`);
				} finally {
					await server.dispose();
					rmSync(folder, { recursive: true, force: true });
				}
			});
		}
	}

	test('does run them under a plain git', () => {
		const stranger = new StrangersRepository('plain');
		try {
			const env = accountEnvironment(stranger.folder);
			for (const words of [['status'], ['diff'], ['add', '-A'], ['commit', '-q', '-m', 'x'], ['checkout', '--', '.'], ['fetch']])
				spawnSync('git', words, { cwd: stranger.project, env: { ...env, GIT_ALLOW_PROTOCOL: 'ext' }, stdio: 'ignore', timeout: 20_000 });
			assert.ok(stranger.ran().length >= 5, stranger.ran().join());
			stranger.forget();
			assert.deepEqual(stranger.ran(), []);
		} finally {
			stranger.dispose();
		}
	});
});
