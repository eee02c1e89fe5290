import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSharedRepository, sharedMode } from './shared-permissions.ts';

function check(value: string | null | undefined, fileMode: number, expectedFile: number | null, expectedFolder: number | null): void {
	test(`core.sharedRepository ${value} on a file of ${fileMode.toString(8)}`, () => {
		const shared = parseSharedRepository(value);
		assert.equal(shared === null ? null : sharedMode(0o100000 | fileMode, shared, false), expectedFile);
		assert.equal(shared === null ? null : sharedMode(0o040755, shared, true), expectedFolder);
	});
}

check(undefined, 0o644, null, null);
check('umask', 0o644, null, null);
check('false', 0o644, null, null);
check('0', 0o644, null, null);
check('nonsense', 0o644, null, null);
check('0060', 0o644, null, null);
check(null, 0o644, 0o664, 0o2775);
check('group', 0o644, 0o664, 0o2775);
check('true', 0o600, 0o660, 0o2775);
check('1', 0o444, 0o444, 0o2775);
check('group', 0o400, 0o440, 0o2775);
check('all', 0o600, 0o664, 0o2775);
check('world', 0o400, 0o444, 0o2775);
check('0660', 0o644, 0o660, 0o2770);
check('0640', 0o444, 0o440, 0o2750);
check('0600', 0o644, 0o600, 0o700);
