import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJobId, type JobId } from '@nightlog/shared/base/ids';
import { JobIds } from './job-ids.ts';

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

test('ids grow within a millisecond', () => {
	const ids = new JobIds(random, null);
	const made = Array.from({ length: 1000 }, () => ids.next(1_700_000_000_000));
	assert.deepEqual(made, made.toSorted());
	assert.equal(new Set(made).size, 1000);
	assert.ok(made.every(isJobId));
});
test('ids grow when the clock goes back a day', () => {
	const ids = new JobIds(random, null);
	const first = ids.next(1_700_000_000_000);
	assert.ok(ids.next(1_700_000_000_000 - 86_400_000) > first);
});
test('ids grow over those of before', () => {
	const last = `7${'z'.repeat(17)}00000000` as JobId;
	assert.throws(() => new JobIds(random, last).next(1), RangeError);
	const ids = new JobIds(random, '01zzzzzzzzzzzzzzzzzzzzzzzz' as JobId);
	const next = ids.next(1);
	assert.ok(next > '01zzzzzzzzzzzzzzzzzzzzzzzz' && isJobId(next));
});
