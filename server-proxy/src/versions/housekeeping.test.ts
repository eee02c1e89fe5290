import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Repository } from '@nightlog/shared/versions/repository';
import { createHousekeeping } from './housekeeping.ts';

test('a repository is asked after the first version and after each sixteen, when nobody saves just now', async (context) => {
	context.mock.timers.enable({ apis: ['setTimeout'] });
	const housekeeping = createHousekeeping(new AbortController().signal, () => undefined);
	let asked = 0;
	const repository = {
		async maintain() {
			asked += 1;
		},
	} as unknown as Repository;
	/** How often it was asked so far: just before the rest is over, and after it. */
	async function askedAfter(versions: number): Promise<number[]> {
		const counts: number[] = [];
		for (let made = 0; made < versions; made++) housekeeping.didWrite(repository);
		for (const ms of [1999, 1]) {
			context.mock.timers.tick(ms);
			await housekeeping.idle();
			counts.push(asked);
		}
		return counts;
	}
	assert.deepEqual(await askedAfter(1), [0, 1]);
	assert.deepEqual(await askedAfter(15), [1, 1]);
	assert.deepEqual(await askedAfter(1), [1, 2]);
	assert.deepEqual(await askedAfter(16), [2, 3]);
});
