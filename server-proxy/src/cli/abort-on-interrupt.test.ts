import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { abortOnInterrupt } from './abort-on-interrupt.ts';
import { Interrupted } from './exit-codes.ts';

test('Ctrl-C aborts, and one that is told again neither ends the program nor gives another reason', () => {
	const events = new EventEmitter();
	const interruption = new AbortController();
	const [ends, clock] = [[] as number[], { nowMs: 5 }];
	abortOnInterrupt(events as unknown as NodeJS.Process, interruption, { endAtOnce: () => ends.push(clock.nowMs), nowMs: () => clock.nowMs });
	assert.equal(interruption.signal.aborted, false);
	events.emit('SIGINT');
	const { reason } = interruption.signal;
	assert.ok(reason instanceof Interrupted);
	// Without a listener the system would end the program.
	assert.equal(events.listenerCount('SIGINT'), 1);
	clock.nowMs = 1005;
	events.emit('SIGINT');
	assert.equal(interruption.signal.reason, reason);
	assert.deepEqual(ends, []);
	clock.nowMs = 1006;
	events.emit('SIGINT');
	assert.deepEqual(ends, [1006], 'a later one is meant: what the command waits for does not hear of the first');
});
