import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { parseServeArguments } from './serve-command.ts';

test('nothing asked is a server in the foreground', () => {
	const plain = { detach: false, background: false, replace: false, json: false, help: false, socket: null, port: null, parentPid: null };
	assert.deepEqual(parseServeArguments([]), plain);
	assert.deepEqual(parseServeArguments(['--port', '0', '--socket=/s', '--parent-pid', '12']), { ...plain, port: 0, socket: '/s', parentPid: 12 });
});

for (const argv of [
	['--prot', '1'],
	['--port', 'x'],
	['--port', '70000'],
	['--port', '-1'],
	['--parent-pid', '0'],
	['extra'],
	['--detach', '--port', '1'],
	['--port'],
]) {
	test(`refused: ${argv.join(' ')}`, () => {
		assert.throws(
			() => parseServeArguments(argv),
			(error) => isNightlogError(error, 'command/bad-usage') && error.status === 400,
		);
	});
}
