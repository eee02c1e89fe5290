import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const module = new URL('./job-processes.ts', import.meta.url).href;

/** Runs as a process that a job started, which has a child of its own; says which processes it takes for the job's. */
const asks = `
const { spawn } = await import('node:child_process');
const { findJobProcesses } = await import(${JSON.stringify(module)});
const child = spawn('sleep', ['600'], { env: { PATH: process.env.PATH }, stdio: 'ignore' });
await new Promise((resolve) => child.once('spawn', resolve));
console.log(JSON.stringify({ found: findJobProcesses(process.env.NIGHTLOG_JOB), parent: process.ppid, child: child.pid, self: process.pid }));
child.kill('SIGKILL');
`;

test('what this process started is no process of the job that this process was started from', () => {
	const command = `"$0" --conditions=source --input-type=module -e "$1"; true`;
	const answer = execFileSync('/bin/sh', ['-c', command, process.execPath, asks], {
		env: { PATH: process.env.PATH, NIGHTLOG_JOB: '01aaaaaaaaaaaaaaaaaaaaaaaa' },
		encoding: 'utf8',
	});
	const { found, parent } = JSON.parse(answer) as { found: number[]; parent: number };
	assert.deepEqual(found, [parent]);
});
