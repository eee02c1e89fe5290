import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { accountEnvironment, startServer, type TestServer, testPython } from '../support/start-server.ts';
import { cancelAll } from './acknowledge.ts';
import { type Figure, figureOf } from './harness.ts';
import { largeNotebook, ordinaryNotebook } from './notebooks.ts';
import { makeProject } from './project.ts';

/** Keeping and submitting where home, project and state lie on a mount that takes 2 ms a call. Needs Debian's fuse3 and root. */
export async function benchSlowMount(repetitions: number): Promise<Figure[]> {
	const scratch = mkdtempSync(path.join(os.tmpdir(), 'nightlog-slow-'));
	const folder = path.join(scratch, 'folder');
	const mountpoint = path.join(scratch, 'mount');
	mkdirSync(folder);
	mkdirSync(mountpoint);
	const mount = spawn(testPython, [fileURLToPath(new URL('slow_mount.py', import.meta.url)), folder, mountpoint, '2'], { stdio: 'inherit' });
	try {
		await waitForMount(mountpoint);
		for (const name of ['home', 'home/config', 'home/config/nightlog', 'home/work']) mkdirSync(path.join(mountpoint, name));
		const home = path.join(mountpoint, 'home');
		writeFileSync(path.join(home, 'gitconfig'), '[user]\n\tname = Ann Author\n\temail = ann@example.org\n');
		writeFileSync(path.join(home, 'config', 'nightlog', 'config.yaml'), `backends:\n  local: {type: local, slots: 1, python: ${testPython}}\n`);
		const project = path.join(home, 'work');
		// A repository that was in use for a while: its folders of objects are there. Made below the mount, for that would take minutes.
		makeProject(path.join(folder, 'home', 'work'), 400, accountEnvironment(home));
		for (const words of [
			['rm', '-r', '-q', '.'],
			['commit', '-q', '-m', 'no files'],
		])
			execFileSync('git', words, { cwd: path.join(folder, 'home', 'work'), env: accountEnvironment(home) });
		const server = await startServer({ home });
		try {
			const ordinary = await measure(server, path.join(project, 'ordinary.ipynb'), ordinaryNotebook, repetitions);
			const large = await measure(server, path.join(project, 'large.ipynb'), largeNotebook, repetitions);
			const limits = { median: 150 };
			return [
				figureOf('version on save, 2 ms a call', 'ms', ordinary.keep, limits),
				figureOf('version to 202, 2 ms a call', 'ms', ordinary.post, limits),
				figureOf('button to 202 (version with the project, and job), 2 ms a call', 'ms', ordinary.button, limits),
				figureOf('version on save of a 10 MB notebook, 2 ms a call', 'ms', large.keep, limits),
				// On a quick disk 250 ms are asked of it, most of which are 10 MB of JSON: nothing less can be asked of it here.
				figureOf('button to 202 for it, 2 ms a call', 'ms', large.button, {}),
			];
		} finally {
			await server.stop();
		}
	} finally {
		spawnSync('fusermount3', ['-u', mountpoint]);
		mount.kill();
		rmSync(scratch, { recursive: true, force: true });
	}
}

interface Times {
	readonly keep: number[];
	/** From a version that is kept. */
	readonly post: number[];
	/** Both requests of the button. */
	readonly button: number[];
}

async function measure(server: TestServer, notebook: string, make: (changed: number) => string, repetitions: number): Promise<Times> {
	const times: Times = { keep: [], post: [], button: [] };
	const post = async (target: string, body: object, headers = {}) => {
		const answer = await server.post<{ id: string }>(target, body, headers);
		if (answer.status > 202) throw new Error(`${target}: ${JSON.stringify(answer)}`);
		return answer.body.id;
	};
	const base = make(-1);
	writeFileSync(notebook, base);
	await post('/v1/versions', { notebook, reason: 'save' });
	for (let index = 0; index < repetitions; index++) {
		const content = base.replace('x = -1', `x = ${index}`);
		writeFileSync(notebook, content);
		const saved = performance.now();
		await post('/v1/versions', { notebook, reason: 'save' });
		times.keep.push(performance.now() - saved);
		const pressed = performance.now();
		const version = await post('/v1/versions', { notebook, reason: 'submit', content });
		const kept = performance.now();
		await post('/v1/jobs', { notebook, version, warningsSeen: [] }, { 'idempotency-key': randomUUID() });
		times.post.push(performance.now() - kept);
		times.button.push(performance.now() - pressed);
		await cancelAll(server);
	}
	return times;
}

async function waitForMount(mountpoint: string): Promise<void> {
	for (let attempt = 0; attempt < 100; attempt++) {
		if (spawnSync('mountpoint', ['-q', mountpoint]).status === 0) return;
		await sleep(50);
	}
	throw new Error('the slow folder was not mounted within 5 s: is fuse3 installed, and mfusepy in the Python of the tests?');
}
