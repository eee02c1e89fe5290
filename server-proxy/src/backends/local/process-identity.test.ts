import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { awakeSeconds, isRunning, parseStat, readBootId, readStat } from './process-identity.ts';

// proc(5), Linux 6.1: a line of /proc/PID/stat, with names that a program gave itself.
const line = (name: string) => `4711 (${name}) S 1 4711 4711 0 -1 4194560 1 0 0 0 2 1 0 0 20 0 1 0 987654 10000 200 18446744073709551615 1 1 0 0 0\n`;

describe('a line of /proc/PID/stat', () => {
	for (const name of ['python', 'a b', 'a) S 1 (b', ')', '', 'x\ny', '(((']) {
		test(`is read whatever the program is called: ${JSON.stringify(name)}`, () => {
			assert.deepEqual(parseStat(line(name)), { pid: 4711, state: 'S', parent: 1, group: 4711, session: 4711, startTime: '987654' });
		});
	}
	for (const text of ['', '4711', '4711 (x', '4711 (x) S 1', 'x (y) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19', '(x) S']) {
		test(`is none where it is cut off: ${JSON.stringify(text)}`, () => assert.equal(parseStat(text), null));
	}
});

describe('a process', () => {
	const own = readStat(process.pid);
	const bootId = readBootId();
	const identity = { pid: process.pid, startTime: own?.startTime ?? '', bootId };
	test('that is this one runs', () => assert.ok(isRunning(identity, bootId)));
	test('with another start time is another one', () => assert.ok(!isRunning({ ...identity, startTime: '1' }, bootId)));
	test('of another boot does not run', () => assert.ok(!isRunning({ ...identity, bootId: 'other' }, bootId)));
	test('that never was does not run', () => assert.ok(!isRunning({ ...identity, pid: 2 ** 22 + 1 }, bootId)));
	test('is not taken for gone where no more files can be opened', () => {
		const module = JSON.stringify(new URL('./process-identity.ts', import.meta.url).href);
		const script = `import { openSync } from 'node:fs';
			const { isRunning } = await import(${module});
			const code = (act) => { try { return String(act()) } catch (error) { return error.code } };
			const use = () => { for (;;) openSync('/dev/null') };
			console.log([code(use), code(() => isRunning({ pid: process.pid, startTime: '1', bootId: 'b' }, 'b'))].join());`;
		const limited = ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, '--conditions=source', '--input-type=module', '-e', script];
		assert.equal(execFileSync('/bin/sh', limited, { encoding: 'utf8' }).trim(), 'EMFILE,EMFILE');
	});
});

test('the clock of a wall time is the one that every process of this boot reads, the runner, too', () => {
	const before = awakeSeconds();
	const other = Number(execFileSync('python3', ['-c', 'import time; print(time.monotonic())'], { encoding: 'utf8' }));
	assert.ok(before <= other && other <= awakeSeconds(), `${before} ${other}`);
});
