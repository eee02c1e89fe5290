import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../api/client.ts';
import { NightlogError } from '../base/nightlog-error.ts';
import type { Job } from '../jobs/job-schema.ts';
import { JobList } from './job-list.ts';

const job = (id: string, state: Job['state'] = 'queued'): Job => ({ id, state }) as Job;
type Page = { jobs: Job[]; next: string | null };

/** A server whose answers come when a test says so. */
function makeServer() {
	const asked: { cursor: string | undefined; answer(page: Page): void; fail(error: unknown): void }[] = [];
	const client = {
		call: (_: string, input: { query: { cursor?: string } }) =>
			new Promise<Page>((answer, fail) => asked.push({ cursor: input.query.cursor, answer, fail })),
	} as unknown as Client;
	return { asked, client };
}

function makeList() {
	const server = makeServer();
	const changes: (Job | null)[] = [];
	const list = new JobList(server.client, (changed) => changes.push(changed));
	return { ...server, list, changes, signal: new AbortController().signal };
}

const idsOf = (list: JobList) => list.state.jobs.map(({ id }) => id);

test('before the server answered nothing is known', () => {
	const { list } = makeList();
	assert.deepEqual(list.state, { jobs: [], loaded: false, hasMore: false, error: null });
});

test('jobs stand newest first, whatever their order came to be', async () => {
	const { list, asked, signal } = makeList();
	const loading = list.reload(signal);
	asked[0]!.answer({ jobs: [job('1'), job('3'), job('2')], next: null });
	await loading;
	assert.deepEqual([idsOf(list), list.state.loaded, list.state.hasMore], [['3', '2', '1'], true, false]);
});

test('what happened while the list was on its way is newer than the list', async () => {
	const { list, asked, signal } = makeList();
	const loading = list.reload(signal);
	list.apply({ type: 'job', job: job('1', 'succeeded') });
	list.apply({ type: 'job', job: job('4') });
	list.apply({ type: 'job-deleted', id: '2' });
	asked[0]!.answer({ jobs: [job('2'), job('1', 'running')], next: null });
	await loading;
	assert.deepEqual(
		list.state.jobs.map(({ id, state }) => [id, state]),
		[
			['4', 'queued'],
			['1', 'succeeded'],
		],
	);
});

test('two reloads at once ask once', async () => {
	const { list, asked, signal } = makeList();
	const both = Promise.all([list.reload(signal), list.reload(signal)]);
	asked[0]!.answer({ jobs: [], next: null });
	await both;
	assert.equal(asked.length, 1);
});

test('older jobs are read on from where the page ended, and stay', async () => {
	const { list, asked, signal } = makeList();
	const loading = list.reload(signal);
	asked[0]!.answer({ jobs: [job('3'), job('2')], next: 'more' });
	await loading;
	const more = list.loadMore(signal);
	await Promise.resolve();
	asked[1]!.answer({ jobs: [job('1')], next: null });
	await more;
	assert.deepEqual([asked[1]!.cursor, idsOf(list), list.state.hasMore], ['more', ['3', '2', '1'], false]);
});

test('where there is nothing older nothing is asked', async () => {
	const { list, asked, signal } = makeList();
	await list.loadMore(signal);
	assert.equal(asked.length, 0);
});

test('a list that cannot be read says why, and what was known still stands', async () => {
	const { list, asked, signal } = makeList();
	const first = list.reload(signal);
	asked[0]!.answer({ jobs: [job('1')], next: null });
	await first;
	const second = list.reload(signal);
	const error = new NightlogError('api/unreachable', 'x');
	asked[1]!.fail(error);
	await second;
	assert.deepEqual([idsOf(list), list.state.error], [['1'], error]);
});

test('an error that nobody expected is not hidden', async () => {
	const { list, asked, signal } = makeList();
	const loading = list.reload(signal);
	asked[0]!.fail(new TypeError('a defect'));
	await assert.rejects(loading, TypeError);
});

test('changes are told, with the job where it concerns one', () => {
	const { list, changes } = makeList();
	const changed = job('1');
	list.apply({ type: 'job', job: changed });
	list.apply({ type: 'job-deleted', id: '1' });
	list.apply({ type: 'job-deleted', id: 'never there' });
	assert.deepEqual(changes, [changed, null]);
});
