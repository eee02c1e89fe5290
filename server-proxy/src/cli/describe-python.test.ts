import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { PythonSources } from '../jobs/choose-python.ts';
import { makeProgram } from '../jobs/make-program.test-case.ts';
import type { ProbeAnswer, PythonProbe } from '../jobs/python-probe.ts';
import { describePython } from './describe-python.ts';

const root = mkdtempSync(path.join(tmpdir(), 'nl-describe-'));
after(() => rmSync(root, { recursive: true }));
const program = (name: string) => makeProgram(root, name);
const venv = program('venv/bin/python');
const onPath = program('path/python3');
const checkout = program('checkout/bin/python');
const nothing: PythonSources = { configured: null, requested: null, environment: {}, fallback: null };
const environment = { PATH: path.join(root, 'path') };

/** Pythons that have all, but for what is said of them; null cannot be started. */
const probes =
	(changes: Readonly<Record<string, Partial<PythonProbe> | null>>) =>
	async (python: string): Promise<ProbeAnswer> => {
		const change = changes[python];
		if (change === null) return { probe: null, problem: `${python} could not be started: no such file.` };
		const kernel = { displayName: null, language: null, program: null };
		const fine: PythonProbe = { executable: python, version: [3, 11], zmq: true, kernels: { ir: kernel, python3: kernel }, modules: [], watched: [] };
		return { probe: { ...fine, ...change }, problem: null };
	};

const rows: readonly [
	string,
	Partial<PythonSources>,
	Parameters<typeof probes>[0],
	Awaited<ReturnType<typeof describePython>>['severity'],
	RegExp,
][] = [
	[
		"a checkout's, where the one on the path cannot run notebooks",
		{ environment, fallback: checkout },
		{ [onPath]: { zmq: false } },
		'information',
		new RegExp(`^Jobs on local run with ${checkout}, which is this checkout's; it has these kernels: ir, python3\\.$`),
	],
	['the one on the path', { environment, fallback: checkout }, {}, 'information', new RegExp(`with ${onPath}, which is on the server's path;`)],
	[
		"the shell's before the server's",
		{ requested: '/shell/python', environment: { VIRTUAL_ENV: path.join(root, 'venv') } },
		{},
		'information',
		/shell's;/,
	],
	[
		"the server's environment",
		{ environment: { VIRTUAL_ENV: path.join(root, 'venv') } },
		{},
		'information',
		new RegExp(`with ${venv}, whose environment`),
	],
	['the configured one before all', { configured: '/c', requested: '/r' }, {}, 'information', /with \/c, which the configuration names;/],
	[
		'one that cannot be started',
		{ configured: '/c', fallback: checkout },
		{ '/c': null },
		'warning',
		/the configuration names\. \/c could not be started: no such/,
	],
	[
		'one without pyzmq',
		{ requested: '/r' },
		{ '/r': { zmq: false } },
		'warning',
		/shell's\. \/r has no pyzmq, .*"\/r -m pip install pyzmq ipykernel"/,
	],
	['one without the kernel', { requested: '/r' }, { '/r': { kernels: {} } }, 'warning', /“python3” is not installed for \/r: .* It has none\.$/],
	['one that is too old', { requested: '/r' }, { '/r': { version: [3, 8] } }, 'warning', /\/r is Python 3\.8; jobs need 3\.9/],
	['none at all', {}, {}, 'warning', /^No Python was found that can run/],
	[
		'none, as the one on the path lacks pyzmq',
		{ environment },
		{ [onPath]: { zmq: false } },
		'warning',
		new RegExp(`^No Python was found.* ${onPath} has no pyzmq`),
	],
	[
		'none, as the one on the path is broken',
		{ environment },
		{ [onPath]: null },
		'warning',
		new RegExp(`^No Python.* ${onPath} could not be started`),
	],
];
for (const [name, sources, changes, severity, message] of rows) {
	test(`the Python of a job is told: ${name}`, async () => {
		const finding = await describePython({ ...nothing, ...sources }, 'local', probes(changes));
		assert.deepEqual([finding.code, finding.severity], ['diagnose/kernels', severity]);
		assert.match(finding.message, message);
	});
}
