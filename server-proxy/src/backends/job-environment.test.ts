import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobEnvironment } from './job-environment.ts';

const job = { id: '01job', cpus: null };
const rows: readonly [Record<string, string>, readonly string[], Record<string, string>][] = [
	[{ PATH: '/bin', HOME: '/h', LC_TIME: 'C' }, [], { PATH: '/bin', HOME: '/h', LC_TIME: 'C' }],
	[{ AWS_SECRET_ACCESS_KEY: 'x', JUPYTERHUB_API_TOKEN: 'x', MLFLOW_TRACKING_PASSWORD: 'x', SSH_AUTH_SOCK: 'x' }, [], {}],
	[{ NIGHTLOG_CONFIG: 'x', NIGHTLOG_JOB: 'outer' }, ['NIGHTLOG_*'], {}],
	[{ PYTHONDONTWRITEBYTECODE: '1', LD_PRELOAD: 'x' }, [], {}],
	[{ SITE_DATA: '/d', SITE_TOKEN: 'x' }, ['SITE_DATA'], { SITE_DATA: '/d' }],
	[{ DASK_A: '1', DASK_B: '2', DAS: '3' }, ['DASK_*'], { DASK_A: '1', DASK_B: '2' }],
	[{ A: '1' }, ['*'], {}],
];
for (const [server, extra, expected] of rows) {
	test(`of ${Object.keys(server).join(', ')} with ${JSON.stringify(extra)} a job gets ${Object.keys(expected).join(', ') || 'nothing'}`, () => {
		assert.deepEqual(jobEnvironment(server, extra, job), { ...expected, NIGHTLOG_JOB: '01job' });
	});
}
test('libraries start as many threads as there are processors, and at least one', () => {
	assert.equal(jobEnvironment({ OMP_NUM_THREADS: '64' }, [], { id: 'x', cpus: 2.5 }).OMP_NUM_THREADS, '3');
	assert.equal(jobEnvironment({}, [], { id: 'x', cpus: 0.1 }).MKL_NUM_THREADS, '1');
	assert.equal(jobEnvironment({ OMP_NUM_THREADS: '64' }, [], job).OMP_NUM_THREADS, '64');
});
