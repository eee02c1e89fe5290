import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwaitedJobs, type IdStorage } from './awaited-jobs.ts';

function makeStorage(): IdStorage & { text: string | null } {
	return {
		text: null,
		getItem() {
			return this.text;
		},
		setItem(_: string, text: string) {
			this.text = text;
		},
	};
}

const broken: IdStorage = {
	getItem: () => null,
	setItem: () => {
		throw new Error('the store is full');
	},
};

test('a job that was awaited is awaited after a reload, too', () => {
	const storage = makeStorage();
	new AwaitedJobs(storage).add('a');
	assert.equal(new AwaitedJobs(storage).has('a'), true);
});

test('of two windows one is told that the job was awaited', () => {
	const storage = makeStorage();
	const [first, second] = [new AwaitedJobs(storage), new AwaitedJobs(storage)];
	first.add('a');
	assert.deepEqual([second.remove('a'), first.remove('a')], [true, false]);
});

test('one window does not make another forget', () => {
	const storage = makeStorage();
	const [first, second] = [new AwaitedJobs(storage), new AwaitedJobs(storage)];
	first.add('a');
	second.add('b');
	assert.deepEqual([first.has('b'), second.has('a')], [true, true]);
});

test('two hundred are remembered, the oldest are forgotten', () => {
	const awaited = new AwaitedJobs(makeStorage());
	for (let number = 0; number < 201; number++) awaited.add(`job ${number}`);
	assert.deepEqual([awaited.has('job 0'), awaited.has('job 1'), awaited.has('job 200')], [false, true, true]);
});

for (const [name, storage] of [
	['no store', null],
	['a store that keeps nothing', broken],
] as const) {
	test(`with ${name} a job is awaited as long as the window stands`, () => {
		const awaited = new AwaitedJobs(storage);
		awaited.add('a');
		assert.deepEqual([awaited.has('a'), awaited.remove('a'), awaited.has('a')], [true, true, false]);
	});
}

for (const text of ['{', 'null', '{"a": 1}', '[1, null]']) {
	test(`what somebody else wrote into the store is passed over: ${text}`, () => {
		const storage = makeStorage();
		storage.text = text;
		assert.equal(new AwaitedJobs(storage).has('a'), false);
	});
}
