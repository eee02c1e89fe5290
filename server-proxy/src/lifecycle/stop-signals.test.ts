import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { onStopSignals } from './stop-signals.ts';

test('a signal that is told twice stops once; another one later stops at once', () => {
	const events = new EventEmitter();
	const done: string[] = [];
	let nowMs = 5000;
	onStopSignals(events as unknown as NodeJS.Process, { stop: () => done.push('stop'), stopAtOnce: () => done.push('at once'), nowMs: () => nowMs });
	events.emit('SIGINT');
	events.emit('SIGINT');
	nowMs += 900;
	events.emit('SIGTERM');
	assert.deepEqual(done, ['stop']);
	nowMs += 200;
	events.emit('SIGINT');
	assert.deepEqual(done, ['stop', 'at once']);
});
