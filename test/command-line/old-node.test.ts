// Where the Node at hand is too old for the bundle, the command is a process of its own behind the one that was started.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { isAlive } from '../support/is-alive.ts';
import { type Account, type GroupedCommand, makeAccount } from './account.ts';
import { notebookText } from './notebooks.ts';

let account: Account;
before(() => {
	account = makeAccount();
	account.write('slow.ipynb', notebookText(['print("begun", flush=True)', 'import time\ntime.sleep(600)']));
});
after(() => account.dispose());

/** A command that waits for a job which has begun, and the process that it is. */
async function waitingCommand(): Promise<{ readonly waiting: GroupedCommand; readonly child: number }> {
	const waiting = account.startOnOldNode(['submit', 'slow.ipynb', '--wait']);
	await waiting.said(/\[1\/2\] cell-0: ok/);
	const children = readFileSync(`/proc/${waiting.pid}/task/${waiting.pid}/children`, 'utf8').trim().split(' ');
	assert.equal(children.length, 1, `the command runs behind ${waiting.pid}`);
	const child = Number(children[0]);
	assert.ok(isAlive(child));
	return { waiting, child };
}

async function cancel(id: string): Promise<void> {
	assert.equal((await account.nightlog('cancel', id)).code, 0);
}

test('a command ends with the exit code that it has', async () => {
	assert.equal((await account.startOnOldNode(['--version']).end).code, 0);
	assert.equal((await account.startOnOldNode(['submit', 'absent.ipynb']).end).code, 2);
});

for (const [whom, send] of [
	['the process that was started', (command: GroupedCommand) => command.signal('SIGINT')],
	['all of its group, as a terminal does', (command: GroupedCommand) => command.signalGroup('SIGINT')],
] as const) {
	test(`Ctrl-C to ${whom} detaches with 130, says so, and leaves the job and nothing else`, async () => {
		const { waiting, child } = await waitingCommand();
		send(waiting);
		const end = await waiting.end;
		assert.equal(end.code, 130, end.error);
		const id = /^[0-9a-z]{26}/.exec(end.out)?.[0] ?? '';
		assert.match(end.error, new RegExp(`the job goes on.*nightlog job ${id}`));
		assert.ok(!isAlive(child));
		assert.equal((await account.nightlog('job', id, '--json')).json<Job>().state, 'running');
		await cancel(id);
	});
}

for (const [name, code] of [
	['SIGTERM', 143],
	['SIGHUP', 129],
] as const) {
	test(`${name} reaches the command, and the exit code says so`, async () => {
		const { waiting, child } = await waitingCommand();
		waiting.signal(name);
		const end = await waiting.end;
		assert.equal(end.code, code);
		assert.ok(!isAlive(child));
		await cancel(end.out.slice(0, 26));
	});
}

test('a command that is killed gives 137', async () => {
	const { waiting, child } = await waitingCommand();
	process.kill(child, 'SIGKILL');
	const end = await waiting.end;
	assert.equal(end.code, 137);
	await cancel(end.out.slice(0, 26));
});
