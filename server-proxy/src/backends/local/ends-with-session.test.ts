import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endsWithSession } from './ends-with-session.ts';

interface Case {
	readonly env?: Record<string, string>;
	readonly files?: readonly string[];
	readonly first?: readonly string[] | null;
}
const hub = { JUPYTERHUB_USER: 'ann', JUPYTERHUB_API_URL: 'http://hub:8081/hub/api' };
const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
const slurm = { SLURM_JOB_ID: '4711', SLURMD_NODENAME: 'node7' };
const single = ['tini', '-g', '--', 'start-singleuser.py'];
const init = ['/sbin/init'];

const rows: readonly [string, Case, RegExp | null][] = [
	['a plain machine', {}, null],
	["a hub's pod", { env: { ...hub, ...pod }, first: single }, /end when your hub session is stopped, also when it is stopped for being idle\.$/],
	['a container of DockerSpawner', { env: hub, files: ['/.dockerenv'], first: single }, /hub session/],
	['a container of Podman', { env: hub, files: ['/run/.containerenv'], first: single }, /hub session/],
	['a container whose first process cannot be read', { env: { ...hub, ...pod }, first: null }, /hub session/],
	['a session of LocalProcessSpawner', { env: hub }, null],
	[
		'a container that holds the hub and all sessions',
		{ env: hub, files: ['/.dockerenv'], first: ['/usr/bin/python3', '/usr/local/bin/jupyterhub', '-f', 'c.py'] },
		null,
	],
	['a container in which a shell began the hub', { env: hub, files: ['/.dockerenv'], first: ['sh', '-c', 'jupyterhub -f /srv/c.py'] }, null],
	['a container that looks after several programs', { env: hub, files: ['/.dockerenv'], first: ['/usr/bin/python3', '/usr/bin/supervisord'] }, null],
	[
		'a single-user server that is the first process',
		{ env: hub, files: ['/.dockerenv'], first: ['python3', '/opt/bin/jupyterhub-singleuser'] },
		/hub session/,
	],
	['a pod of something else', { env: pod, files: ['/.dockerenv'], first: ['code-server'] }, null],
	['an empty variable', { env: { JUPYTERHUB_USER: '', ...pod } }, null],
	[
		'a job of Slurm',
		{ env: slurm },
		/^Jobs on this machine end with the Slurm job 4711 that this session runs in, at the latest when its time is up\.$/,
	],
	['a session that a hub began as a job of Slurm', { env: { ...hub, ...slurm } }, /Slurm job 4711 /],
	['the shell of salloc, on the login node', { env: { SLURM_JOB_ID: '4711' } }, null],
	['an id that is none', { env: { ...slurm, SLURM_JOB_ID: '1\n<b>' } }, /with the Slurm job that this/],
];
for (const [name, { env = {}, files = [], first = init }, expected] of rows) {
	test(`${expected === null ? 'nothing is known to end jobs in' : 'jobs end with'} ${name}`, () => {
		const found = endsWithSession({ environment: env, fileExists: (file) => files.includes(file), firstProcess: first });
		if (expected === null) assert.equal(found, null);
		else assert.match(found ?? '', expected);
	});
}
