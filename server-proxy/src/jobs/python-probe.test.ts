import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { openDatabase } from './job-bench.test-case.ts';
import { PythonProber } from './python-probe.ts';

describe('asking a Python', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-probe-'));
	const modules = path.join(root, 'modules');
	mkdirSync(path.join(modules, 'a_package'), { recursive: true });
	mkdirSync(path.join(modules, 'a-1.0.dist-info'), { recursive: true });
	writeFileSync(path.join(modules, 'a_module.py'), '');
	writeFileSync(path.join(modules, 'broken_module.py'), 'this is no Python');
	writeFileSync(path.join(modules, 'lazy.pth'), 'import lazy_finder');
	after(() => rmSync(root, { recursive: true }));
	let database: DatabaseSync;
	beforeEach(() => {
		database = openDatabase(':memory:');
	});
	afterEach(() => database.close());
	const proberOf = () => {
		const environment = { PATH: process.env.PATH ?? '', HOME: root, PYTHONPATH: modules };
		return new PythonProber({ runner: '/nonexistent', environment, database });
	};

	test('tells what it has, and imports none of it', async () => {
		const { probe } = await proberOf().probe('python3');
		const has = (name: string) => probe?.modules.includes(name);
		assert.deepEqual(['sys', 'json', 'a_module', 'a_package', 'broken_module', 'nope', 'a-1', '__pycache__x'].map(has), [
			true,
			true,
			true,
			true,
			true,
			false,
			false,
			false,
		]);
		assert.equal(probe?.kernels, null, 'without the runner nobody knows its kernels');
	});
	test('finds what is missing, and only that', async () => {
		const prober = proberOf();
		await prober.probe('python3');
		assert.deepEqual(await prober.missing('python3', ['json', 'a_module', 'nope_one', 'broken_module', 'nope_two']), ['nope_one', 'nope_two']);
		assert.deepEqual(await prober.missing('python3', ['nope_one']), ['nope_one']);
	});
	test('is remembered over a restart, until something is installed', async () => {
		await proberOf().probe('python3');
		const marked = database.prepare('UPDATE job_pythons SET probe = replace(probe, \'"a_module"\', \'"a_mark"\')').run();
		assert.equal(marked.changes, 1);
		assert.ok((await proberOf().probe('python3')).probe?.modules.includes('a_mark'), 'it was not asked again');
		writeFileSync(path.join(modules, 'new_module.py'), '');
		utimesSync(modules, new Date(), new Date(Date.now() + 5000));
		const again = (await proberOf().probe('python3')).probe?.modules;
		assert.deepEqual([again?.includes('a_mark'), again?.includes('new_module')], [false, true]);
	});
	for (const python of ['/nonexistent/python', '/bin/false', '/bin/echo']) {
		test(`${python} is none, and that is said`, async () => {
			const { probe, problem } = await proberOf().probe(python);
			assert.equal(probe, null);
			assert.ok((problem ?? '').includes(python));
		});
	}
});
