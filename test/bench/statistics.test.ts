import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantile, ratioOfMedians, seededRandom, summarise } from './statistics.ts';

test('a quantile lies between its neighbours', () => {
	assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
	assert.equal(quantile([7], 0.95), 7);
	assert.equal(quantile([0, 10], 0.95), 9.5);
	assert.throws(() => quantile([], 0.5), RangeError);
});

test('a summary does not depend on the order of the samples', () => {
	assert.deepEqual(summarise([3, 1, 2]), { count: 3, median: 2, p95: 2.9, minimum: 1, maximum: 3 });
});

test('the interval of a ratio holds the ratio, and is narrow where the samples agree', () => {
	const random = seededRandom(7);
	const slow = Array.from({ length: 50 }, () => 20 + random());
	const quick = Array.from({ length: 50 }, () => 10 + random());
	const { value, low, high } = ratioOfMedians(slow, quick);
	assert.ok(low <= value && value <= high, `${low} <= ${value} <= ${high}`);
	assert.ok(low > 1.8 && high < 2.1, `${low} to ${high}`);
});

test('the same seed gives the same report', () => {
	assert.deepEqual(ratioOfMedians([1, 2, 3], [1, 1, 2]), ratioOfMedians([1, 2, 3], [1, 1, 2]));
});
