import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { assertListensThere, parseServeArguments } from './serve-command.ts';
import type { ServerRecord } from './server-file.ts';

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

describe('beside a server that runs', () => {
	const record = (port: number | null) => ({ pid: 7, socket: '/state/server.sock', port }) as ServerRecord;
	const rows: [string, ServerRecord | null, string | null, number | null, boolean][] = [
		['nothing else is asked for', record(null), null, null, true],
		['nothing else is asked for of one that does not answer', null, null, null, true],
		['its own socket and port are asked for', record(4711), '/state/../state/server.sock', 4711, true],
		['any port is asked for, and it has one', record(4711), null, 0, true],
		['any port is asked for, and it has none', record(null), null, 0, false],
		['another port is asked for', record(4711), null, 4712, false],
		['another socket is asked for', record(null), '/other.sock', null, false],
		['a port is asked for of one that does not answer', null, null, 4711, false],
	];
	for (const [name, found, socket, port, isThere] of rows) {
		test(`${name}: ${isThere ? 'it is told of' : 'refused, with what to do'}`, () => {
			const look = () => assertListensThere(found, { socket, port });
			if (isThere) look();
			else assert.throws(look, (error) => isNightlogError(error, 'server/already-running') && error.message.includes('nightlog serve --replace --'));
		});
	}
});
