import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeState } from './describe-state.ts';
import type { Job } from './job-schema.ts';

type Shown = Parameters<typeof describeState>[0];
const base: Shown = { state: 'queued', reason: null, reachable: true, cancelRequestedAt: null, backend: 'cluster' };
const rows: readonly [Partial<Shown>, string][] = [
	[{ state: 'accepted' }, 'waiting'],
	[{ state: 'submitted' }, 'waiting'],
	[{ reason: 'waits for a free slot; 2 jobs ahead' }, 'waiting: waits for a free slot; 2 jobs ahead'],
	[{ state: 'running' }, 'running'],
	[{ state: 'running', reachable: false }, 'running, cluster cannot be asked now'],
	[{ state: 'running', cancelRequestedAt: '2026-11-21T09:00:00.000Z' }, 'being cancelled'],
	[{ state: 'succeeded' }, 'succeeded'],
	[{ state: 'failed', reason: 'The kernel died.' }, 'failed: The kernel died.'],
	[{ state: 'cancelled' }, 'cancelled'],
	[{ state: 'lost' }, 'no longer known to cluster; what it saved is here'],
];
for (const [change, expected] of rows) {
	test(`${JSON.stringify(change)} reads "${expected}"`, () => assert.equal(describeState({ ...base, ...change } satisfies Partial<Job>), expected));
}
