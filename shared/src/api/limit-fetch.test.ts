import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNightlogError } from '../base/nightlog-error.ts';
import type { FetchLike, FetchResponse } from './fetch-like.ts';
import { type FetchLimits, limitFetch } from './limit-fetch.ts';

/** A server that answers when it is told to, and a clock that moves when it is told to. */
function makeWorld(limits: Partial<FetchLimits> = {}) {
	const open: { readonly url: string; readonly signal: AbortSignal | undefined; answer(): void; fail(error: Error): void }[] = [];
	const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
	let nowMs = 0;
	const fetch: FetchLike = (url, { signal }) =>
		new Promise((resolve, reject) => {
			const entry = { url, signal, answer: () => resolve({ status: 200 } as FetchResponse), fail: reject };
			open.push(entry);
			signal?.addEventListener('abort', () => reject(new Error('aborted')));
		});
	const limited = limitFetch(fetch, {
		mostAtOnce: 2,
		answerWithinMs: 1000,
		startTimer: (delayMs, run) => {
			const timer = { atMs: nowMs + delayMs, run };
			timers.add(timer);
			return () => timers.delete(timer);
		},
		...limits,
	});
	return {
		open,
		timers,
		urls: () => open.map(({ url }) => url),
		get: (url: string, more: { body?: string; signal?: AbortSignal } = {}) => limited(url, { method: 'GET', headers: {}, ...more }),
		pass(ms: number) {
			nowMs += ms;
			for (const timer of [...timers]) if (timer.atMs <= nowMs && timers.delete(timer)) timer.run();
		},
	};
}
const settle = () => new Promise((resolve) => setImmediate(resolve));
const isLate = (error: unknown) => isNightlogError(error, 'api/no-answer') && error.retryable && error.status === 504;

test('so many at once, the others after them in their order', async () => {
	const world = makeWorld();
	const all = ['a', 'b', 'c', 'd'].map((url) => world.get(url));
	await settle();
	assert.deepEqual(world.urls(), ['a', 'b']);
	world.open[1]?.answer();
	await settle();
	assert.deepEqual(world.urls(), ['a', 'b', 'c']);
	world.open[0]?.fail(new Error('lost'));
	await assert.rejects(all[0] as Promise<unknown>, /lost/);
	assert.deepEqual(world.urls(), ['a', 'b', 'c', 'd']);
	for (const entry of world.open) entry.answer();
	await Promise.all(all.slice(1));
	assert.equal(world.timers.size, 0);
});

test('one that gets no answer is given up, and the next has its turn', async () => {
	const world = makeWorld({ mostAtOnce: 1 });
	const first = world.get('a');
	const second = world.get('b');
	await settle();
	world.pass(999);
	await settle();
	assert.deepEqual(world.urls(), ['a']);
	world.pass(1);
	await assert.rejects(first, isLate);
	assert.equal(world.open[0]?.signal?.aborted, true);
	await settle();
	assert.deepEqual(world.urls(), ['a', 'b']);
	world.pass(999);
	world.open[1]?.answer();
	assert.equal((await second).status, 200);
});

test('what is sent with it has time beside', async () => {
	const world = makeWorld();
	const sent = world.get('a', { body: 'x'.repeat(40_000) });
	await settle();
	world.pass(2999);
	world.open[0]?.answer();
	assert.equal((await sent).status, 200);
});

test('a signal ends one that waits and one that is under way, with its own reason', async () => {
	const world = makeWorld({ mostAtOnce: 1 });
	const ends = [new AbortController(), new AbortController()];
	const first = world.get('a', { signal: ends[0]!.signal });
	const second = world.get('b', { signal: ends[1]!.signal });
	await settle();
	ends[1]?.abort(new Error('not wanted'));
	await assert.rejects(second, /not wanted/);
	ends[0]?.abort(new Error('closed'));
	await assert.rejects(first, /aborted/);
	assert.match(String(world.open[0]?.signal?.reason), /closed/);
	await assert.rejects(world.get('c', { signal: ends[0]!.signal }), /closed/);
	const last = world.get('d');
	await settle();
	assert.deepEqual(world.urls(), ['a', 'd']);
	world.open[1]?.answer();
	await last;
});
