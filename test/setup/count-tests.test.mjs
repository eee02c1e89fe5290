import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countTests } from './count-tests.mjs';

const tap = (pass, fail, cancelled = 0, skipped = 0, todo = 0) =>
	`TAP version 13\nok 1 - a\n1..1\n# tests 9\n# suites 0\n# pass ${pass}\n# fail ${fail}\n# cancelled ${cancelled}\n# skipped ${skipped}\n# todo ${todo}\n# duration_ms 4.2\n`;

function check(kind, text, code, passed, failed) {
	const counts = countTests(kind, text, code);
	assert.deepEqual([counts.passed, counts.failed], [passed, failed]);
	if (code !== 0) assert.ok(counts.failed > 0, 'a bad end is never a success');
	return counts;
}

test('node:test: what passed and what failed', () => {
	check('node', tap(7, 0), 0, 7, 0);
	check('node', tap(7, 2), 1, 7, 2);
});

test('node:test: what was not run counts as failed', () => {
	check('node', tap(7, 0, 1, 2, 3), 0, 7, 6);
});

test('a runner that was killed, or ran nothing, has failed', () => {
	check('node', 'TAP version 13\nok 1 - a\n', 137, 0, 1);
	check('node', tap(0, 0), 0, 0, 1);
	check('unittest', 'Traceback', 1, 0, 1);
	check('checks', '', 1, 0, 1);
	assert.match(check('node', tap(3, 0), 1, 3, 1).note, /exit 1/);
});

test("Python's unittest", () => {
	check('unittest', '..\n---\nRan 2 tests in 0.010s\n\nOK\n', 0, 2, 0);
	check('unittest', 'Ran 1 test in 0.010s\n\nOK\n', 0, 1, 0);
	check('unittest', 'Ran 5 tests in 0.010s\n\nOK (skipped=1)\n', 0, 4, 1);
	check('unittest', 'Ran 5 tests in 0.010s\n\nFAILED (failures=1, errors=2)\n', 1, 2, 3);
	check('unittest', 'Ran 0 tests in 0.000s\n\nNO TESTS RAN\n', 5, 0, 1);
});

test('the checks', () => {
	check('checks', '  0.3 s  passed  house\n\n6 of 6 checks passed\n', 0, 6, 0);
	check('checks', '\n4 of 6 checks passed; failed: types, walls\n', 1, 4, 2);
});
