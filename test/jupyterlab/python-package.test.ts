import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { labPython } from './start-lab.ts';

const folder = path.join(import.meta.dirname, '..', '..', 'jupyterlab-ext');

test('the Python package: where notebooks lie, which Node is taken, forwarding to the server', () => {
	const { status, stderr } = spawnSync(labPython(), ['-m', 'unittest', 'discover', '-s', 'tests'], {
		cwd: folder,
		encoding: 'utf8',
		timeout: 120_000,
	});
	assert.equal(status, 0, stderr);
	// A run that found no test passes, too.
	assert.ok(Number(/^Ran (\d+) tests/m.exec(stderr)?.[1] ?? 0) >= 16, stderr);
});
