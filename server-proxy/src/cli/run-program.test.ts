import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { buildProgram } from './build-program.ts';
import type { CommandContext } from './command-context.ts';
import { leavesOf, originOf } from './commands/config.ts';
import { describeComparison } from './commands/rebuild.ts';
import { completionScript } from './completion.ts';
import { exitCodeOf, Interrupted } from './exit-codes.ts';
import { runProgram } from './run-program.ts';

interface World {
	out: string;
	error: string;
	readonly context: CommandContext;
}

function makeWorld(answers: Readonly<Record<string, unknown>> = {}): World {
	const client = {
		call: async (operation: string) => {
			const answer = answers[operation];
			if (answer instanceof Error) throw answer;
			return answer ?? assert.fail(`nothing asks for ${operation}`);
		},
	};
	const world: World = {
		out: '',
		error: '',
		context: {
			terminal: {
				write: (text) => {
					world.out += typeof text === 'string' ? text : new TextDecoder().decode(text);
				},
				writeError: (text) => {
					world.error += text;
				},
				isInteractive: false,
				hasColour: false,
			},
			environment: {},
			currentFolder: '/nowhere',
			signal: new AbortController().signal,
			nowMs: () => 0,
			random: () => 0,
			newKey: () => 'key-for-tests',
			wait: async () => undefined,
			connect: async () => ({ client, fetch: () => assert.fail('no stream'), baseUrl: '', stateFolder: '/state' }) as never,
		},
	};
	return world;
}

async function run(argv: readonly string[], answers?: Readonly<Record<string, unknown>>): Promise<World & { code: number }> {
	const world = makeWorld(answers);
	const code = await runProgram(world.context, argv);
	return { ...world, code };
}

test('help is an answer', async () => {
	const { code, out } = await run(['--help']);
	assert.equal(code, 0);
	for (const name of [
		'submit',
		'check',
		'jobs',
		'job',
		'logs',
		'cancel',
		'delete',
		'rerun',
		'result',
		'keep',
		'versions',
		'show',
		'restore',
		'label',
		'parameters',
		'config',
		'diagnose',
	]) {
		assert.match(out, new RegExp(`^ {2}${name} `, 'm'));
	}
});

const misused: readonly (readonly string[])[] = [
	['submitt', 'a.ipynb'],
	['submit'],
	['submit', 'a.ipynb', 'b.ipynb'],
	['submit', '--memory'],
	['submit', 'a.ipynb', '--colour', 'red'],
	['jobs', '--state', 'sleeping'],
	['jobs', '--limit', '0'],
	['show', 'a.ipynb'],
	['label', 'a.ipynb@x'],
	['label', 'a.ipynb@x', ''],
	['label', 'a.ipynb@x', 'name', '--remove'],
	['label', 'a.ipynb@x', '--remove', '--move'],
	['label', 'a.ipynb', 'name'],
	['delete'],
	['logs', '-f', '--json', 'x'],
	['completion', 'tcsh'],
];
for (const argv of misused) {
	test(`"${argv.join(' ')}" is bad input, and is said in one place`, async () => {
		const { code, out, error } = await run(argv);
		assert.equal(code, 2);
		assert.equal(out, '');
		assert.notEqual(error, '');
	});
	if (argv[0] === 'completion') continue;
	test(`"${argv.join(' ')} --json" gives one problem document`, async () => {
		const { code, out, error } = await run([argv[0] ?? '', '--json', ...argv.slice(1)]);
		assert.equal(code, 2);
		assert.equal(out, '');
		const problem = JSON.parse(error);
		assert.match(problem.type, /^urn:nightlog:problem:command\//);
		assert.equal(problem.status, 400);
	});
}

test('a notebook that is not there is bad input, before any server is asked', async () => {
	const { code, error } = await run(['submit', 'absent.ipynb', '--json']);
	assert.equal(code, 2);
	assert.equal(JSON.parse(error).type, 'urn:nightlog:problem:notebook/not-found');
});

test('a list as JSON has what the server said, and nothing else', async () => {
	const jobs = [{ id: 'a' }, { id: 'b' }];
	const { code, out } = await run(['jobs', '--json'], { listJobs: { jobs, next: null } });
	assert.equal(code, 0);
	assert.deepEqual(JSON.parse(out), jobs);
});

test('a server that fails is exit 3, whatever was asked', async () => {
	const { code, error } = await run(['jobs'], { listJobs: new NightlogError('api/unreachable', 'Not there.', { status: 503 }) });
	assert.equal(code, 3);
	assert.equal(error, 'nightlog: Not there.\n');
});

test('findings of a refused job are listed under its sentence', async () => {
	const finding = { code: 'import/missing', severity: 'error', message: 'Install astropy.', cell: 'data', path: null };
	const refused = new NightlogError('job/check-failed', 'It would fail.', { status: 422, data: { findings: [finding] } });
	const { code, error } = await run(['job', '01arz3ndektsv4rrffq69g5fav'], { getJob: refused });
	assert.equal(code, 2);
	assert.equal(error, 'nightlog: It would fail.\n  error in cell data: Install astropy.\n');
});

test('with --json standard error is for a problem document alone', async () => {
	const folder = mkdtempSync(path.join(tmpdir(), 'nightlog-cli-'));
	try {
		const notebook = path.join(folder, 'a.ipynb');
		writeFileSync(notebook, '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}');
		const keepVersion = { id: 'f'.repeat(40), note: 'Versions are kept in a place that is said once.' };
		const answers = { keepVersion, checkJob: { findings: [] } };
		assert.equal((await run(['check', notebook], answers)).error, '', 'nothing is kept');
		const full = new NightlogError('store/full', 'The disk is full.', { status: 507 });
		assert.match((await run(['submit', notebook], { ...answers, submitJob: full })).error, new RegExp(`^${keepVersion.note}\n`));
		assert.deepEqual(await run(['check', notebook, '--json'], answers).then(({ code, out, error }) => [code, out, error]), [0, '[]\n', '']);
		const refused = new NightlogError('job/check-failed', 'It would fail.', { status: 422 });
		const { error } = await run(['submit', notebook, '--json'], { ...answers, submitJob: refused });
		assert.equal(JSON.parse(error).type, 'urn:nightlog:problem:job/check-failed');
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test('where a site decides the Python alone, no environment is made', async () => {
	const argv = ['rerun', '01arz3ndektsv4rrffq69g5fav', '--rebuild', '--json'];
	const answers = { getJobReceipt: {}, getJob: { backend: 'local' }, showConfiguration: { config: { locked: ['/backends/local'] } } };
	const { code, error } = await run(argv, answers);
	assert.equal(code, 2);
	assert.equal(JSON.parse(error).type, 'urn:nightlog:problem:job/python-locked');
});

test('a job that left no record the second time is told without a comparison', () => {
	assert.match(describeComparison(null), /nothing to compare/);
});

test('delete says what is gone and what stays, and deletes nothing that is not there', async () => {
	const id = '01arz3ndektsv4rrffq69g5fav';
	const version = 'a'.repeat(40);
	const answers = { getJob: { id, version, result: { notebook: '/n', version: 'b'.repeat(40), files: [] } }, deleteJob: true };
	const deleted = await run(['delete', id], answers);
	assert.equal(
		deleted.out,
		`${id}  deleted, with its log and its files\nWhat it ran stays as version aaaaaaaaaa, and its result as version bbbbbbbbbb\n`,
	);
	assert.deepEqual(JSON.parse((await run(['delete', id, '--json'], answers)).out), { id, version, result: 'b'.repeat(40) });
	const without = await run(['delete', id], { ...answers, getJob: { id, version, result: null } });
	assert.match(without.out, /as version aaaaaaaaaa\n$/);
	const absent = await run(['delete', id], { getJob: new NightlogError('job/not-found', 'There is no such job.', { status: 404 }) });
	assert.deepEqual([absent.code, absent.out, absent.error], [2, '', 'nightlog: There is no such job.\n']);
});

test('label: a name that another version has is told with that version and the way to take it', async () => {
	const data = { label: 'best fit', version: 'b'.repeat(40) };
	const labelVersion = new NightlogError('version/label-taken', 'Another version has it.', { status: 409, data });
	const { code, error } = await run(['label', `a.ipynb@${'a'.repeat(40)}`, 'best fit'], { labelVersion });
	assert.equal(code, 2);
	assert.equal(error, 'nightlog: Version bbbbbbbbbb is named "best fit"; choose another name, or take that one from it with --move.\n');
});

test('exit codes of errors', () => {
	assert.equal(exitCodeOf(new Interrupted()), 130);
	assert.equal(exitCodeOf(new NightlogError('a/b', '', { status: 409 })), 2);
	assert.equal(exitCodeOf(new NightlogError('a/b', '')), 3);
	assert.equal(exitCodeOf(new TypeError('a defect')), 3);
});

test('the configuration by keys, each with the file that it comes from', () => {
	const config = { backends: { local: { type: 'local', slots: 2 }, 'a/b': {} }, list: [1] };
	assert.deepEqual(leavesOf(config), [
		{ pointer: '/backends/local/type', value: 'local' },
		{ pointer: '/backends/local/slots', value: 2 },
		{ pointer: '/backends/a~1b', value: {} },
		{ pointer: '/list', value: [1] },
	]);
	const origins = { '/backends/local': '/etc/nightlog/config.yaml', '/backends/local/slots': '/home/ann/config.yaml' };
	assert.equal(originOf(origins, '/backends/local/slots'), '/home/ann/config.yaml');
	assert.equal(originOf(origins, '/backends/local/type'), '/etc/nightlog/config.yaml');
	assert.equal(originOf(origins, '/list'), null);
});

test('completion: bash reads the script, and completes commands, options and commands of commands', () => {
	const script = completionScript(buildProgram(makeWorld().context).command, 'bash');
	const complete = (...words: string[]) => {
		const line = `${script}\nCOMP_WORDS=(nightlog ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _nightlog; echo "\${COMPREPLY[@]}"`;
		return execFileSync('bash', ['--norc', '-c', line], { encoding: 'utf8', cwd: '/' }).trim().split(' ');
	};
	assert.deepEqual(complete('su'), ['submit']);
	assert.deepEqual(complete('del'), ['delete']);
	assert.deepEqual(complete('label', '--'), ['--move', '--remove', '--json']);
	assert.deepEqual(complete('submit', '--par'), ['--parameter', '--parameters']);
	assert.deepEqual(complete('config', 'sh'), ['show']);
	assert.deepEqual(complete('config', 'show', '--o'), ['--origin']);
	assert.deepEqual(complete('submit', 'us'), ['usr']);
});

test('completion: fish and zsh name every command', () => {
	const { command } = buildProgram(makeWorld().context);
	for (const shell of ['fish', 'zsh']) {
		const script = completionScript(command, shell);
		for (const { name } of command.commands.map((each) => ({ name: each.name() }))) assert.ok(script.includes(name), name);
	}
});
