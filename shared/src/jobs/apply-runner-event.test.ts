import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyRunnerEvent, noProgress, type RunnerProgress } from './apply-runner-event.ts';

const time = '2026-11-21T09:00:00.000Z';
const started = { seq: 1, time, kind: 'started', attempt: 1, total: 3, host: 'h', pid: 7 };

function check(events: readonly unknown[], expected: Partial<RunnerProgress>) {
	const progress = events.reduce(applyRunnerEvent, noProgress) as RunnerProgress;
	for (const [key, value] of Object.entries(expected)) assert.deepEqual(progress[key as keyof RunnerProgress], value, key);
}

test('a start gives total, attempt and time', () => check([started], { total: 3, attempt: 1, startedAt: time, done: 0, seq: 1 }));
test('a cell that runs is known', () => check([started, { seq: 2, time, kind: 'cell-started', cell: 'a', index: 0 }], { cell: 'a', done: 0 }));
test('a cell that ended counts', () =>
	check([started, { seq: 2, time, kind: 'cell-ended', cell: 'a', index: 0, status: 'ok', durationSeconds: 1, done: 1 }], { done: 1, cell: null }));
test('the same line read twice counts once', () => {
	const ended = { seq: 2, time, kind: 'cell-ended', cell: 'a', done: 1 };
	check([started, ended, ended, ended], { done: 1, seq: 2 });
});
test('an unknown kind moves the sequence only', () => check([started, { seq: 2, time, kind: 'dreamt' }], { seq: 2, done: 0, total: 3 }));
for (const broken of [null, 7, 'x', [], {}, { seq: -1 }, { seq: '2' }, { seq: 1.5 }]) {
	test(`${JSON.stringify(broken)} is no event`, () => check([started, broken], { seq: 1, total: 3 }));
}
test('a second attempt begins again and keeps the first start', () =>
	check([started, { seq: 2, kind: 'cell-ended', done: 2 }, { ...started, seq: 3, attempt: 2, time: '2026-11-21T10:00:00.000Z' }], {
		done: 0,
		attempt: 2,
		startedAt: time,
	}));
test('an end is kept with its reason', () =>
	check([started, { seq: 2, time, kind: 'ended', reason: 'cell-error', title: 'NameError', detail: 'x', cell: 'a' }], {
		ended: { reason: 'cell-error', title: 'NameError', detail: 'x', at: time },
	}));
test('an unknown end is not taken for success', () => {
	const progress = applyRunnerEvent(noProgress, { seq: 1, time, kind: 'ended', reason: 'fine-i-guess', title: 't', detail: null });
	assert.equal(progress.ended?.reason, 'runner-error');
});
