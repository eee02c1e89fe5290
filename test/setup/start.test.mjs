import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { cacheFolder, checkout } from './checkout.mjs';

/** `npm start` in an account that has nothing but the cache of this checkout. */
async function startIn(home, ...options) {
	const child = spawn('npm', ['start', '--', ...options], {
		cwd: checkout,
		env: { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', NIGHTLOG_CACHE: cacheFolder() },
		stdio: ['ignore', 'pipe', 'pipe'],
		detached: true,
	});
	let said = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
	const ended = new Promise((resolve) => child.on('close', resolve));
	return { child, said: () => said, ended };
}

test('npm start opens the examples in JupyterLab, and ends when it is told to', async () => {
	const home = mkdtempSync(path.join(tmpdir(), 'nightlog-start-'));
	const port = await freePort();
	const run = await startIn(home, '--no-open', '--port', String(port));
	try {
		let token;
		for (let waited = 0; token === undefined; waited += 250) {
			assert.ok(waited < 480_000 && run.child.exitCode === null, run.said());
			await sleep(250);
			token = new RegExp(`http://127\\.0\\.0\\.1:${port}/lab\\?token=([0-9a-f]+)`).exec(run.said())?.[1];
		}
		const ask = (route) => fetch(`http://127.0.0.1:${port}${route}`, { headers: { authorization: `token ${token}` } });
		assert.equal((await ask('/lab')).status, 200);
		const { content } = await (await ask('/api/contents/')).json();
		const examples = readdirSync(path.join(checkout, 'docs', 'examples')).filter((name) => name.endsWith('.ipynb'));
		assert.equal(examples.length, 3);
		for (const name of examples)
			assert.ok(
				content.some((entry) => entry.name === name),
				name,
			);
		assert.match(run.said(), /Ready after [0-9.]+ s/);
	} finally {
		process.kill(-run.child.pid, 'SIGTERM');
		await run.ended;
		rmSync(home, { recursive: true, force: true });
	}
	await assert.rejects(fetch(`http://127.0.0.1:${port}/lab`));
	assert.equal(existsSync(home), false);
});

test('npm start says what is wrong with its options', async () => {
	const home = mkdtempSync(path.join(tmpdir(), 'nightlog-start-'));
	const run = await startIn(home, '--port', 'many');
	assert.notEqual(await run.ended, 0);
	assert.match(run.said(), /--port takes a number up to 65535, not "many"/);
	assert.deepEqual(
		readdirSync(home).filter((name) => name !== '.npm'),
		[],
	);
	rmSync(home, { recursive: true, force: true });
});
