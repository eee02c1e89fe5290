import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../jobs/job-schema.ts';
import { describeJob } from './job-row.ts';
import { english } from './translation.ts';

const place = { locale: 'en-GB', timeZone: 'UTC' };
const now = Date.parse('2026-11-21T09:30:00Z');
const base: Job = {
	id: '01jd6x0000abcdefghjkmnpqrs',
	name: 'sunspots',
	kind: 'notebook',
	state: 'queued',
	reason: null,
	stateAsOf: '2026-11-21T09:20:00.000Z',
	reachable: true,
	attempt: 0,
	cancelRequestedAt: null,
	project: '/home/ana/night',
	notebook: 'sunspots.ipynb',
	version: 'a'.repeat(40),
	cells: 'all',
	parameters: {},
	backend: 'cluster',
	resources: { cpus: null, memoryBytes: null, gpus: null, wallTimeSeconds: null },
	createdAt: '2026-11-21T09:00:00.000Z',
	startedAt: null,
	endedAt: null,
	progress: { done: 0, total: 12 },
	expiresAt: null,
	error: null,
	result: null,
};
const started = { startedAt: '2026-11-21T09:10:00.000Z' };
const ended = { ...started, endedAt: '2026-11-21T09:12:05.000Z' };
const result = { notebook: '/v1/jobs/x/result', version: null, files: [] };
const describe = (change: Partial<Job>) => describeJob({ ...base, ...change }, now, english, place);

const states: readonly [string, Partial<Job>, string, string][] = [
	['accepted', { state: 'accepted' }, 'waiting', 'waiting'],
	['submitted', { state: 'submitted', reason: 'Priority' }, 'waiting: Priority', 'waiting'],
	['queued', { reason: '2 jobs are ahead' }, 'waiting: 2 jobs are ahead', 'waiting'],
	['running', { state: 'running', ...started, progress: { done: 6, total: 12 } }, 'running, cell 7 of 12', 'running'],
	['running its last cell', { state: 'running', ...started, progress: { done: 12, total: 12 } }, 'running, cell 12 of 12', 'running'],
	['running without known cells', { state: 'running', ...started, progress: { done: 0, total: 0 } }, 'running', 'running'],
	['asked to end', { state: 'running', ...started, cancelRequestedAt: '2026-11-21T09:20:00Z' }, 'being cancelled', 'running'],
	['succeeded', { state: 'succeeded', ...ended }, 'done', 'done'],
	['failed', { state: 'failed', ...ended }, 'failed', 'failed'],
	[
		'failed with a reason',
		{ state: 'failed', error: { type: 'job/cell-error', title: 'Cell 3 raised ZeroDivisionError', detail: null } },
		'failed: Cell 3 raised ZeroDivisionError',
		'failed',
	],
	['cancelled', { state: 'cancelled', cancelRequestedAt: '2026-11-21T09:20:00Z' }, 'cancelled', 'cancelled'],
	['lost', { state: 'lost' }, 'no longer known to cluster; what it saved is here', 'unknown'],
	[
		'not reachable',
		{ state: 'running', ...started, reachable: false, progress: { done: 2, total: 4 } },
		'running, cell 3 of 4 as of 09:20; cluster cannot be asked now',
		'unknown',
	],
	['over and not reachable', { state: 'succeeded', ...ended, reachable: false }, 'done', 'done'],
	['of a newer server', { state: 'frozen' as Job['state'] }, 'in a state that this version of Nightlog does not know: frozen', 'unknown'],
];
for (const [name, change, words, tone] of states) {
	test(`a job that is ${name} reads "${words}"`, () => {
		const row = describe(change);
		assert.deepEqual([row.state, row.tone], [words, tone]);
	});
}

test('a job that runs shows its progress and how long it has run', () => {
	const row = describe({ state: 'running', ...started, progress: { done: 6, total: 12 } });
	assert.deepEqual([row.progress, row.duration], [{ done: 6, total: 12 }, '20 min']);
});
test('a job that ended shows how long it ran', () => assert.equal(describe({ state: 'succeeded', ...ended }).duration, '2 min 5 s'));
test('a job that has not started has run for no time that could be said', () => assert.equal(describe({}).duration, null));
test('a lost job has no known end', () => assert.equal(describe({ state: 'lost', ...started }).duration, null));
test('parameters stand on one line', () =>
	assert.equal(describe({ parameters: { alpha: 0.2, name: 'a b' } }).parameters, 'alpha = 0.2, name = "a b"'));
test('it says when it was submitted, and where', () => assert.equal(describe({}).when, '09:00 on cluster'));

const actions: readonly [string, Partial<Job>, readonly string[]][] = [
	['waits', {}, ['cancel']],
	['runs', { state: 'running', ...started }, ['show-log', 'cancel']],
	['runs and has saved', { state: 'running', ...started, result }, ['open-result', 'show-log', 'cancel']],
	['is being cancelled', { state: 'running', ...started, cancelRequestedAt: '2026-11-21T09:20:00Z' }, ['show-log']],
	['is done', { state: 'succeeded', ...ended, result }, ['bring-outputs', 'open-result', 'show-log', 'rerun', 'delete']],
	['failed before it began', { state: 'failed' }, ['show-log', 'rerun', 'delete']],
	['is lost, with what it saved', { state: 'lost', ...started, result }, ['bring-outputs', 'open-result', 'show-log', 'rerun', 'delete']],
];
for (const [name, change, expected] of actions)
	test(`a job that ${name} offers ${expected.join(', ')}`, () => assert.deepEqual(describe(change).actions, expected));

test('until when a job is kept is said while it is', () => {
	const kept = (expiresAt: string | null) => describe({ state: 'succeeded', ...ended, result, expiresAt }).kept;
	assert.equal(kept('2026-12-21T09:12:05.000Z'), 'kept until 21 December 2026');
	assert.equal(kept('2026-11-21T09:31:00.000Z'), 'kept until today');
	assert.equal(kept('2026-11-21T09:29:00.000Z'), null);
	assert.equal(kept(null), null);
});
