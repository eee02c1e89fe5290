import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionOf, describeConnection } from './describe-connection.ts';
import { parseServerFile, serverFilePath } from './server-file.ts';

const written = JSON.stringify({ pid: 4242, bootId: 'b', startedAt: '2026-11-21T09:00:00.000Z', host: 'here', version: '0.1.0', later: true });

function check(text: string | null, alive: boolean, expected: RegExp, host = 'here'): void {
	const connection = connectionOf({ text, path: '/state/server.json' }, text === null ? null : parseServerFile(text), host, () => alive);
	assert.match(describeConnection(connection), expected);
}

test('no file: no server, and when one starts', () => check(null, true, /^No Nightlog server runs on this machine\. One starts/));
test('a living process is named with its version', () => check(written, true, /^Nightlog 0\.1\.0 runs on this machine as process 4242/));
test('a process that ended is not shown as running', () => check(written, false, /process 4242 has ended/));
test('another host is said to be unknown', () => check(written, true, /started on here; from here it is not known/, 'elsewhere'));

for (const text of ['', '{', 'null', '[]', '{"pid": 0}', '{"pid": "4242"}', '{"pid": 1.5, "host": "h", "version": "1", "startedAt": "t"}']) {
	test(`what no server writes is unknown, not absent: ${JSON.stringify(text)}`, () => check(text, true, /not known: \/state\/server\.json/));
}

test('the state folder follows XDG_STATE_HOME where that is absolute', () => {
	assert.equal(serverFilePath({ XDG_STATE_HOME: '/state' }), '/state/nightlog/server.json');
	assert.match(serverFilePath({ XDG_STATE_HOME: 'state' }), /\.local\/state\/nightlog\/server\.json$/);
	assert.match(serverFilePath({}), /\.local\/state\/nightlog\/server\.json$/);
});
