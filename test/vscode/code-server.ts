import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithTests } from '../support/end-with-tests.ts';
import { freePort } from '../support/free-port.ts';
import { accountEnvironment } from '../support/start-server.ts';

/** VS Code with one extension, in an account of its own. */
export interface CodeServer {
	/** Where the workbench is, with a folder open. */
	address(folder: string): string;
	stop(): Promise<void>;
}

const settings = {
	'workbench.startupEditor': 'none',
	'workbench.tips.enabled': false,
	'workbench.editor.useModal': 'off',
	'workbench.secondarySideBar.defaultVisibility': 'hidden',
	'telemetry.telemetryLevel': 'off',
	'update.mode': 'none',
	'extensions.autoCheckUpdates': false,
	'extensions.autoUpdate': false,
	'extensions.ignoreRecommendations': true,
	'chat.disableAIFeatures': true,
	'window.commandCenter': false,
	'remote.autoForwardPorts': false,
};
const readyWithinMs = 120_000;

/** Installs a VSIX as a person would, and starts code-server. `home` is the account's. */
export async function startCodeServer(home: string, vsix: string): Promise<CodeServer> {
	const script = process.env.NIGHTLOG_TEST_CODE_SERVER;
	assert.ok(script, 'NIGHTLOG_TEST_CODE_SERVER names code-server: run this by npm test');
	const data = path.join(home, 'vscode');
	mkdirSync(path.join(data, 'User'), { recursive: true });
	writeFileSync(path.join(data, 'User', 'settings.json'), JSON.stringify(settings));
	const environment = accountEnvironment(home);
	const port = await freePort();
	const configuration = path.join(data, 'config.yaml');
	writeFileSync(configuration, `bind-addr: 127.0.0.1:${port}\nauth: none\ncert: false\n`);
	const words = [script, '--config', configuration, '--user-data-dir', data, '--extensions-dir', path.join(home, 'extensions')];
	const installed = spawnSync(process.execPath, [...words, '--install-extension', vsix], { env: environment, encoding: 'utf8' });
	assert.equal(installed.status, 0, installed.stdout + installed.stderr);

	const logFile = path.join(home, 'code-server.log');
	const log = openSync(logFile, 'w');
	const quiet = ['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', '--disable-workspace-trust'];
	const child = spawn(process.execPath, [...words, ...quiet, '--reconnection-grace-time', '2'], {
		env: environment,
		stdio: ['ignore', log, log],
		detached: true,
	});
	endWithTests(child);
	closeSync(log);
	const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	const said = () => readFileSync(logFile, 'utf8').slice(-5000);
	for (const until = performance.now() + readyWithinMs; ; await sleep(100)) {
		const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null);
		if (answer?.ok === true) break;
		assert.equal(child.exitCode, null, `code-server ended: ${said()}`);
		assert.ok(performance.now() < until, `code-server was not ready after ${readyWithinMs / 1000} s: ${said()}`);
	}
	return {
		// 127.0.0.1 is a secure context, which web views need.
		address: (folder) => `http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`,
		async stop() {
			child.ref();
			child.kill();
			await ended;
			// Extension hosts are its children, in its group.
			try {
				process.kill(-(child.pid as number), 'SIGKILL');
			} catch (error) {
				assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
			}
		},
	};
}
