import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JobClaims, type WindowLocks } from './job-claims.ts';

/** Two windows of one browser, whose locks are Node's own. */
function makeWindows() {
	const locks = navigator.locks as unknown as WindowLocks;
	return { here: new JobClaims(locks), there: new JobClaims(locks) };
}

let next = 0;
const newJob = () => `job-${next++}`;
const never = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Work that notes who did it, and ends when it is told to. */
function makeWork(done: string[]) {
	const ends: (() => void)[] = [];
	const work = (name: string) => () =>
		new Promise<void>((resolve) => {
			done.push(name);
			ends.push(resolve);
		});
	return { work, end: () => ends.shift()?.() };
}

test('of two windows that bring the same outputs, one waits for the other', async () => {
	const { here, there } = makeWindows();
	const job = newJob();
	const done: string[] = [];
	const { work, end } = makeWork(done);
	const both = [here.run(job, never, work('here')), there.run(job, never, work('there'))];
	await turn();
	assert.deepEqual(done, ['here']);
	end();
	await both[0];
	await turn();
	assert.deepEqual(done, ['here', 'there']);
	end();
	await Promise.all(both);
});

test('the window that holds a job comes first, though another one asked before', async () => {
	const { here, there } = makeWindows();
	const job = newJob();
	const done: string[] = [];
	here.hold(job);
	await turn();
	const other = there.run(job, never, async () => void done.push('there'));
	await turn();
	await here.run(job, never, async () => void done.push('here'));
	await other;
	assert.deepEqual(done, ['here', 'there']);
});

test('a window that is no longer in sight leaves its jobs to the others', async () => {
	const { here, there } = makeWindows();
	const job = newJob();
	here.hold(job);
	await turn();
	here.releaseAll();
	let ran = false;
	await there.run(job, never, async () => {
		ran = true;
	});
	assert.equal(ran, true);
});

test('work that fails ends the claim', async () => {
	const { here, there } = makeWindows();
	const job = newJob();
	here.hold(job);
	await assert.rejects(
		here.run(job, never, () => Promise.reject(new Error('lost'))),
		/lost/,
	);
	await there.run(job, never, () => Promise.resolve());
});

test('a window that closes stops waiting', async () => {
	const { here, there } = makeWindows();
	const job = newJob();
	here.hold(job);
	await turn();
	const closing = new AbortController();
	const waiting = there.run(job, closing.signal, () => assert.fail());
	closing.abort();
	await assert.rejects(waiting, { name: 'AbortError' });
	here.releaseAll();
});

for (const [what, locks] of [
	['has no locks', null],
	['grants no locks', { request: () => Promise.reject(new Error('not allowed')) }],
] as [string, WindowLocks | null][]) {
	test(`where the browser ${what}, the work is done`, async () => {
		const claims = new JobClaims(locks);
		const [held, other] = [newJob(), newJob()];
		claims.hold(held);
		let ran = 0;
		for (const job of [held, other]) {
			await claims.run(job, never, async () => {
				ran += 1;
			});
		}
		claims.releaseAll();
		assert.equal(ran, 2);
	});
}
