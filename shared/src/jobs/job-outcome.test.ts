import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BackendExit, jobOutcome } from './job-outcome.ts';
import { exitReasons } from './runner-protocol.ts';

const exits: readonly BackendExit[] = ['finished', 'cancelled', 'killed', 'out-of-memory', 'wall-time', 'disk-full', 'preempted', 'unknown'];
const receipt = (reason: (typeof exitReasons)[number]) => ({ exit: { reason, title: 'T', detail: 'D', cell: null } });

for (const exit of exits) {
	test(`without a receipt, ${exit} is no success`, () => {
		assert.notEqual(jobOutcome({ receipt: null, exit, detail: null, cancelRequested: false }).state, 'succeeded');
	});
	test(`a receipt that says completed decides over ${exit}`, () => {
		assert.equal(jobOutcome({ receipt: receipt('completed'), exit, detail: null, cancelRequested: true }).state, 'succeeded');
	});
}
for (const reason of exitReasons) {
	if (reason === 'cancelled') continue;
	const expected = reason === 'completed' ? 'succeeded' : 'failed';
	test(`a receipt that says ${reason} gives ${expected}`, () => {
		const outcome = jobOutcome({ receipt: receipt(reason), exit: 'finished', detail: null, cancelRequested: false });
		assert.equal(outcome.state, expected);
		assert.equal(outcome.error === null, expected !== 'failed');
		if (outcome.error !== null) assert.deepEqual(outcome.error, { type: `job/${reason}`, title: 'T', detail: 'D' });
	});
}
test('what was asked to stop and left no receipt is cancelled', () => {
	assert.equal(jobOutcome({ receipt: null, exit: 'killed', detail: null, cancelRequested: true }).state, 'cancelled');
});
test('a kernel that the memory limit killed says so', () => {
	const outcome = jobOutcome({ receipt: receipt('kernel-died'), exit: 'out-of-memory', detail: null, cancelRequested: false });
	assert.equal(outcome.error?.type, 'job/out-of-memory');
});
test('a runner that was told to stop is cancelled when that was asked for', () => {
	assert.equal(jobOutcome({ receipt: receipt('cancelled'), exit: 'finished', detail: null, cancelRequested: true }).state, 'cancelled');
});
for (const [exit, type] of [
	['finished', 'job/stopped'],
	['preempted', 'job/preempted'],
	['wall-time', 'job/wall-time'],
	['killed', 'job/killed'],
] as const) {
	test(`a runner that was told to stop by somebody else is not cancelled (${exit})`, () => {
		const outcome = jobOutcome({ receipt: receipt('cancelled'), exit, detail: null, cancelRequested: false });
		assert.deepEqual([outcome.state, outcome.error?.type], ['failed', type]);
	});
}
