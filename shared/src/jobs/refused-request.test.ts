import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from './finding.ts';
import { findingKey } from './finding-key.ts';
import { refusedRequest, refusingFindings } from './refused-request.ts';

const finding = (severity: Finding['severity'], message = 'x'): Finding => ({ code: 'job/x', severity, message, cell: null, path: '/cells' });

for (const [name, findings, seen, refuses] of [
	['an error refuses', [finding('error')], undefined, true],
	['an error refuses, however often it was seen', [finding('error')], [finding('error')], true],
	['a warning refuses where it was not seen', [finding('warning')], [], true],
	['a warning that was seen does not', [finding('warning')], [finding('warning')], false],
	['another warning than the one that was seen does', [finding('warning', 'y')], [finding('warning', 'x')], true],
	['a warning does not where nobody says what was seen', [finding('warning')], undefined, false],
	['information does not', [finding('information')], [], false],
] as const) {
	test(name, () => assert.equal(refusingFindings(findings, seen?.map(findingKey)).length > 0, refuses));
}

test('two findings are the same one only where place and words are', () => {
	const one = finding('warning');
	assert.equal(findingKey(one), '["job/x",null,"/cells","x"]');
	for (const change of [{ code: 'job/y' }, { cell: 'c' }, { path: null }, { message: 'y' }])
		assert.notEqual(findingKey({ ...one, ...change }), findingKey(one));
});

test('the error names what refuses, and has every finding with it', () => {
	const findings = [finding('warning', 'seen'), finding('warning', 'new'), finding('error', 'wrong')];
	const error = refusedRequest(findings, refusingFindings(findings, [findingKey(findings[0]!)]));
	assert.deepEqual([error.code, error.status, error.message], ['job/check-failed', 422, 'new (and 1 more)']);
	assert.deepEqual(error.errors, [
		{ path: '/cells', message: 'new' },
		{ path: '/cells', message: 'wrong' },
	]);
	assert.deepEqual(error.data.findings, findings);
	assert.equal(refusedRequest(findings).message, 'wrong');
});
