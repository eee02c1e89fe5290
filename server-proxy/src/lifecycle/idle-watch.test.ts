import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdleWatch } from './idle-watch.ts';

test('a server ends ten minutes after its last use, never while somebody is connected or a job is open', () => {
	let nowMs = 0;
	let busy = false;
	let ended = 0;
	const watch = new IdleWatch({ monotonicMs: () => nowMs, isBusy: () => busy, onIdle: () => (ended += 1) });
	const lookAt = (minutes: number) => {
		nowMs = minutes * 60_000;
		watch.look();
		return ended;
	};
	assert.equal(lookAt(9.9), 0);
	watch.touch();
	assert.equal(lookAt(19.8), 0);
	busy = true;
	assert.equal(lookAt(60), 0);
	busy = false;
	assert.equal(lookAt(69.9), 0);
	assert.equal(lookAt(70), 1);
});
