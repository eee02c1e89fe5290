import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLocked } from './is-locked.ts';

function check(locked: readonly string[], expected: boolean): void {
	test(`${JSON.stringify(locked)} ${expected ? 'forbids' : 'leaves free'} the Python of a backend`, () => {
		assert.equal(isLocked(locked, ['backends', 'local', 'python']), expected);
	});
}

check([], false);
check(['/backends/local/python'], true);
check(['/jobs', '/backends/local'], true);
check(['/backends'], true);
check(['/backends/local/pyth'], false);
check(['/backends/loc'], false);
check(['/backends/local/slots'], false);
