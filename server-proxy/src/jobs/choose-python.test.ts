import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import type { Finding } from '@nightlog/shared/jobs/finding';
import { checkPython } from './check-python.ts';
import { choosePython, type PythonSources } from './choose-python.ts';
import { makeProgram } from './make-program.test-case.ts';
import type { ProbeAnswer, PythonProbe } from './python-probe.ts';

const root = mkdtempSync(path.join(tmpdir(), 'nl-python-'));
after(() => rmSync(root, { recursive: true }));
const program = (name: string) => makeProgram(root, name);
const venv = program('venv/bin/python');
const conda = program('conda/bin/python');
const onPath = program('path/python3');
const checkout = program('checkout/bin/python');
const kernel = { displayName: null, language: 'python', program: null };
const probeOf = (executable: string, change: Partial<PythonProbe> = {}): PythonProbe => ({
	executable,
	version: [3, 11],
	zmq: true,
	kernels: { python3: kernel },
	modules: [],
	watched: [],
	...change,
});
const fine = async (python: string): Promise<ProbeAnswer> => ({ probe: probeOf(python), problem: null });
const bare = async (python: string): Promise<ProbeAnswer> => ({ probe: probeOf(python, { zmq: false, kernels: {} }), problem: null });
const all: PythonSources = {
	configured: '/configured',
	requested: '/requested',
	environment: { VIRTUAL_ENV: path.join(root, 'venv'), CONDA_PREFIX: path.join(root, 'conda'), PATH: path.join(root, 'path') },
	fallback: checkout,
};

describe('the Python for a job', () => {
	const rows: readonly [string, Partial<PythonSources>, string | null][] = [
		['is the configured one', {}, '/configured'],
		['else the one that the client sees', { configured: null }, '/requested'],
		['else that of the virtual environment', { configured: null, requested: null }, venv],
		['else that of conda', { configured: null, requested: null, environment: { ...all.environment, VIRTUAL_ENV: path.join(root, 'gone') } }, conda],
		['else the one on the path', { configured: null, requested: null, environment: { PATH: `relative:${path.join(root, 'path')}` } }, onPath],
		['else the one of the checkout', { configured: null, requested: null, environment: {} }, checkout],
		['else there is none', { configured: null, requested: null, environment: {}, fallback: null }, null],
		['is none where the checkout has none yet', { configured: null, requested: null, environment: {}, fallback: path.join(root, 'gone') }, null],
	];
	for (const [name, change, expected] of rows) {
		test(name, async () => assert.equal((await choosePython({ ...all, ...change }, 'python3', fine)).python, expected));
	}
	test('on the path is passed over where it has not the kernel', async () => {
		const environment = { PATH: path.join(root, 'path') };
		const chosen = await choosePython({ ...all, configured: null, requested: null, environment }, 'python3', (python) =>
			python === onPath ? bare(python) : fine(python),
		);
		assert.equal(chosen.python, checkout);
	});
	test('that is named and lacks something is not passed over', async () => {
		assert.equal((await choosePython(all, 'python3', bare)).python, '/configured');
	});
});

describe('what a Python lacks', () => {
	const at = ({ code, path: where }: Finding) => [code, where];
	const codes = (change: Partial<PythonProbe>, name = 'python3') =>
		checkPython({ python: '/p', probe: probeOf('/p', change), problem: null, source: 'request' }, name).map(at);
	const nativeCodes = (change: Partial<PythonProbe>) =>
		checkPython({ python: '/p', probe: probeOf('/p', change), problem: null, source: 'request' }, null).map(at);
	test('is nothing where all is there', () => assert.deepEqual(codes({}), []));
	test('is a name in any case', () => assert.deepEqual(codes({}, 'Python3'), []));
	test('is its age', () => assert.deepEqual(codes({ version: [3, 8] }), [['job/python-too-old', '/python']]));
	test('is pyzmq', () => assert.deepEqual(codes({ zmq: false }), [['job/no-pyzmq', '/python']]));
	test('is the kernel', () => assert.deepEqual(codes({}, 'ir'), [['job/kernel-missing', '/python']]));
	test('is not known where it could not be asked', () => assert.deepEqual(codes({ kernels: null }), [['job/kernels-unknown', '/python']]));
	test('is its own kernel where a job is to run in no other, whatever kernels are listed', () => {
		assert.deepEqual(nativeCodes({ modules: ['ipykernel_launcher'] }), []);
		assert.deepEqual(nativeCodes({ modules: ['ipykernel_launcher'], kernels: null }), []);
		assert.deepEqual(nativeCodes({ kernels: { python3: kernel, myproj: kernel } }), [['job/kernel-missing', '/python']]);
	});
	test('is no inherited word', () => assert.deepEqual(codes({}, 'constructor'), [['job/kernel-missing', '/python']]));
	test('is itself', () => {
		const [finding] = checkPython({ python: null, probe: null, problem: null, source: 'none' }, 'python3');
		assert.deepEqual([finding?.code, finding?.severity], ['job/no-python', 'error']);
		assert.match(finding?.message ?? '', /pip install ipykernel/);
	});
});
