import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { RebuildPlan } from '@nightlog/shared/jobs/plan-rebuild';
import { makeEnvironment } from './make-environment.ts';
import type { RunProgram } from './run-program.ts';

const scratch = mkdtempSync(path.join(os.tmpdir(), 'nightlog-rebuild-'));
after(() => rmSync(scratch, { recursive: true }));
const { signal } = new AbortController();
const digest = 'a'.repeat(64);
let count = 0;
let nowMs = Date.parse('2026-11-21T09:00:00Z');
let running: readonly string[] = [];

/** A uv that has only the packages and Pythons named, and writes down what it was asked for. */
function fakeUv(has: { packages: readonly string[]; pythons: readonly string[] }) {
	const calls: string[][] = [];
	const run: RunProgram = async (_program, args) => {
		calls.push([...args]);
		if (args[0] === 'venv') {
			const python = args[args.indexOf('--python') + 1] ?? '';
			if (!has.pythons.includes(python) || !args.includes('--no-python-downloads')) return { code: 2, output: `no interpreter ${python}\n` };
			mkdirSync(args.at(-1) as string, { recursive: true });
			return { code: 0, output: '' };
		}
		const wanted = readFileSync(args.at(-1) as string, 'utf8')
			.trim()
			.split('\n');
		const missing = wanted.filter((line) => !has.packages.includes(line));
		return missing.length === 0 ? { code: 0, output: '' } : { code: 1, output: `there is no ${missing[0]}\n` };
	};
	return { calls, run };
}

function plan(lines: readonly string[], pythonVersion: string | null = '3.11.7'): RebuildPlan {
	return { pythonVersion, requirements: lines.map((line) => ({ name: line.split('==')[0] as string, line })), unavailable: [], notes: [] };
}

function makerOf(run: RunProgram) {
	return { uv: '/bin/uv', folder: path.join(scratch, String(count++)), run, report: () => {}, nowMs: () => nowMs, commands: async () => running };
}

test('an environment is made once and found again', async () => {
	const { calls, run } = fakeUv({ packages: ['ipykernel==7', 'numpy==2'], pythons: ['3.11.7'] });
	const maker = makerOf(run);
	const first = await makeEnvironment(plan(['ipykernel==7', 'numpy==2']), digest, maker, signal);
	assert.deepEqual([first.missing, first.notes], [[], []]);
	const before = calls.length;
	assert.deepEqual(await makeEnvironment(plan(['ipykernel==7', 'numpy==2']), digest, maker, signal), first);
	assert.equal(calls.length, before);
	assert.deepEqual(readdirSync(maker.folder), [digest.slice(0, 32)]);
});

test('what cannot be had is named, and the rest is there', async () => {
	const { run } = fakeUv({ packages: ['a==1', 'b==1', 'ipykernel==7', 'z==1'], pythons: ['3.11.7'] });
	const made = await makeEnvironment(plan(['a==1', 'b==1', 'gone==3', 'ipykernel==7', 'lost==4', 'z==1']), digest, makerOf(run), signal);
	assert.deepEqual(made.missing, [
		{ name: 'gone', version: '3', reason: 'there is no gone==3' },
		{ name: 'lost', version: '4', reason: 'there is no lost==4' },
	]);
});

test('what could not be had once is tried again by the next rebuild, and nothing else is', async () => {
	const has = { packages: ['a==1', 'ipykernel==7'], pythons: ['3.11.7'] };
	const { run, calls } = fakeUv(has);
	const maker = makerOf(run);
	const wanted = {
		...plan(['a==1', 'busy==2', 'gone==3', 'ipykernel==7']),
		unavailable: [{ name: 'mine', version: '1', reason: 'it was a folder' }],
	};
	const make = async () => {
		const { missing } = await makeEnvironment(wanted, digest, maker, signal);
		return missing.map(({ name, reason }) => `${name}: ${reason}`);
	};
	const always = ['mine: it was a folder', 'gone: there is no gone==3'];
	assert.deepEqual(await make(), [always[0], 'busy: there is no busy==2', always[1]]);

	has.packages.push('busy==2');
	calls.length = 0;
	assert.deepEqual(await make(), always);
	assert.ok(calls.length > 0 && calls.every(([command]) => command === 'pip'), 'the environment that is there is completed');
	const [folder] = readdirSync(maker.folder);
	assert.deepEqual(readdirSync(path.join(maker.folder, folder as string)), ['nightlog-environment.json']);

	has.packages.push('gone==3');
	assert.deepEqual(await make(), [always[0]]);
	calls.length = 0;
	assert.deepEqual(await make(), [always[0]]);
	assert.deepEqual(calls, [], 'what a registry never had is not asked for');
});

test('where the environment cannot be completed, it stays as it is', async () => {
	const maker = makerOf(fakeUv({ packages: ['ipykernel==7'], pythons: ['3.11.7'] }).run);
	const wanted = plan(['busy==2', 'ipykernel==7']);
	const made = await makeEnvironment(wanted, digest, maker, signal);
	const run: RunProgram = async () => Promise.reject(new Error('stopped'));
	await assert.rejects(makeEnvironment(wanted, digest, { ...maker, run }, signal), /stopped/);
	assert.deepEqual(await makeEnvironment(wanted, digest, maker, signal), made);
	assert.deepEqual(readdirSync(path.dirname(path.dirname(made.python))), ['nightlog-environment.json']);
});

test('another patch release of Python is used only where it must be, and said', async () => {
	const { run } = fakeUv({ packages: ['ipykernel==7'], pythons: ['3.11'] });
	const made = await makeEnvironment(plan(['ipykernel==7']), digest, makerOf(run), signal);
	assert.deepEqual(made.notes, ['Python 3.11.7 could not be had; another 3.11 is used.']);
});

test('an environment that cannot run is refused and leaves nothing', async () => {
	for (const [has, code] of [
		[{ packages: ['numpy==2'], pythons: ['3.11.7'] }, 'rebuild/no-kernel'],
		[{ packages: ['ipykernel==7', 'numpy==2'], pythons: [] }, 'rebuild/no-python'],
	] as const) {
		const maker = makerOf(fakeUv(has).run);
		await assert.rejects(makeEnvironment(plan(['ipykernel==7', 'numpy==2']), digest, maker, signal), (error) => isNightlogError(error, code));
		assert.deepEqual(readdirSync(maker.folder), []);
	}
});

test('an environment that is not whole is made again, and a record without a digest makes none', async () => {
	const { run } = fakeUv({ packages: ['ipykernel==7'], pythons: ['3.11.7'] });
	const maker = makerOf(run);
	const folder = path.join(maker.folder, digest.slice(0, 32));
	mkdirSync(folder, { recursive: true });
	writeFileSync(path.join(folder, 'nightlog-environment.json'), '{"half');
	await assert.rejects(makeEnvironment(plan(['ipykernel==7']), 'no digest', maker, signal), (error) => isNightlogError(error, 'rebuild/bad-record'));
	assert.deepEqual(await makeEnvironment(plan(['ipykernel==7']), digest, maker, signal), {
		python: path.join(folder, 'bin', 'python'),
		missing: [],
		notes: [],
	});
});

test('an environment that nobody asked for in 30 days makes room for another, unless a program runs from it', async () => {
	const dayMs = 24 * 60 * 60 * 1000;
	const maker = makerOf(fakeUv({ packages: ['ipykernel==7'], pythons: ['3.11.7'] }).run);
	const make = (letter: string) => makeEnvironment(plan(['ipykernel==7']), letter.repeat(64), maker, signal);
	const here = () => readdirSync(maker.folder).map((name) => name[0]);
	nowMs = Date.now();
	const first = await make('a');
	nowMs += 29 * dayMs;
	await make('b');
	assert.deepEqual(here(), ['a', 'b']);
	await make('a');
	nowMs += 29 * dayMs;
	await make('c');
	assert.deepEqual(here(), ['a', 'c'], 'the one that was asked for again stays');
	nowMs += 31 * dayMs;
	running = [`${first.python} runner.pyz`];
	mkdirSync(path.join(maker.folder, `${'e'.repeat(32)}.old`));
	await make('d');
	assert.deepEqual(here(), ['a', 'd']);
	running = [];
	await make('d');
	assert.deepEqual(here(), ['d']);
});
