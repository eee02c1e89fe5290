import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { isAlive } from '../support/is-alive.ts';

/** What a test's Jupyter is started with. */
export interface LabOptions {
	/** Notebooks to begin with, copied into the folder that Jupyter shows. */
	readonly notebooks: readonly string[];
	/** `notebook` for Notebook 7. */
	readonly app?: 'lab' | 'notebook';
	/** Environment variables beside those that every test's Jupyter has. */
	readonly environment?: Readonly<Record<string, string>>;
	readonly arguments?: readonly string[];
	/** Begins with a slash and has none at its end, like those of a hub; none by default. */
	readonly baseUrl?: string;
	/** A Jupyter configuration in Python, told the test's home. */
	readonly configuration?: (home: string) => string;
	readonly theme?: 'JupyterLab Dark';
	/** Whether what is open is saved now and then, as with collaboration, where the server does it; not by default: it would come in the midst of a test. */
	readonly autosave?: boolean;
	/** The Python that has Jupyter. */
	readonly python?: string;
}

/** A real Jupyter on a port of its own, in a home of its own. */
export interface Lab {
	readonly app: 'lab' | 'notebook';
	readonly address: string;
	readonly token: string;
	readonly home: string;
	/** The folder that Jupyter shows. */
	readonly folder: string;
	readonly environment: Readonly<Record<string, string>>;
	/** The Python that runs Jupyter. */
	readonly python: string;
	/** Jupyter's process. */
	readonly pid: number;
	/** What Jupyter wrote. */
	log(): string;
	/** Asks the person's Nightlog server through Jupyter, for example `/v1/jobs`. */
	ask(route: string): Promise<Response>;
	/** Ends Jupyter, the person's Nightlog server and all that they started, and removes the home. */
	stop(): Promise<void>;
	/** Ends Jupyter alone. */
	stopJupyter(signal?: NodeJS.Signals): Promise<void>;
	/** What the person's server wrote down of itself; null while none runs. */
	server(): { pid: number; socket: string } | null;
}

const fixtures = path.join(import.meta.dirname, '__fixtures__');

/** The Python in which this checkout's JupyterLab is installed. */
export function labPython(): string {
	const cache = process.env.NIGHTLOG_CACHE ?? path.join(homedir(), '.cache', 'nightlog');
	return process.env.NIGHTLOG_TEST_PYTHON ?? path.join(cache, 'python', 'bin', 'python');
}

function writeSetting(home: string, plugin: string, setting: Readonly<Record<string, unknown>>): void {
	const file = path.join(home, 'jupyter', 'config', 'lab', 'user-settings', '@jupyterlab', `${plugin}.jupyterlab-settings`);
	mkdirSync(path.dirname(file), { recursive: true });
	writeFileSync(file, JSON.stringify(setting));
}

async function endProcess(pid: number, signals: readonly NodeJS.Signals[]): Promise<void> {
	for (const signal of signals) {
		if (!isAlive(pid)) return;
		try {
			process.kill(pid, signal);
		} catch {
			return;
		}
		for (let waited = 0; waited < 10_000 && isAlive(pid); waited += 50) await sleep(50);
	}
}

/** Starts Jupyter and waits until it answers. */
export async function startLab(options: LabOptions): Promise<Lab> {
	const home = mkdtempSync(path.join(tmpdir(), 'nightlog-lab-'));
	const folder = path.join(home, 'work');
	mkdirSync(folder);
	for (const name of options.notebooks) cpSync(path.join(fixtures, name), path.join(folder, name));
	const app = options.app ?? 'lab';
	const python = options.python ?? labPython();
	if (!existsSync(python)) throw new Error(`${python} is not there: run npm test, or set NIGHTLOG_TEST_PYTHON`);
	const port = await freePort();
	const token = randomBytes(16).toString('hex');
	const environment: Record<string, string> = {
		PATH: `${path.dirname(python)}:${process.env.PATH}`,
		HOME: home,
		LANG: 'C.UTF-8',
		TZ: 'UTC',
		...(process.env.NIGHTLOG_BUNDLE === undefined ? {} : { NIGHTLOG_BUNDLE: process.env.NIGHTLOG_BUNDLE }),
		XDG_STATE_HOME: path.join(home, 'state'),
		XDG_CONFIG_HOME: path.join(home, 'config'),
		XDG_CACHE_HOME: path.join(home, 'cache'),
		JUPYTER_CONFIG_DIR: path.join(home, 'jupyter', 'config'),
		JUPYTER_DATA_DIR: path.join(home, 'jupyter', 'data'),
		JUPYTER_RUNTIME_DIR: path.join(home, 'jupyter', 'runtime'),
		IPYTHONDIR: path.join(home, 'ipython'),
		...options.environment,
	};
	// The question whether news are wanted would lie over what is tested.
	writeSetting(home, 'apputils-extension/notification', { fetchNews: 'false' });
	if (options.theme !== undefined) writeSetting(home, 'apputils-extension/themes', { theme: options.theme });
	writeSetting(home, 'docmanager-extension/plugin', { autosave: options.autosave ?? false });
	if (options.configuration !== undefined) {
		writeFileSync(path.join(home, 'jupyter', 'config', 'jupyter_server_config.py'), options.configuration(home));
	}
	const logFile = path.join(home, 'jupyter.log');
	const output = openSync(logFile, 'w');
	const child: ChildProcess = spawn(
		python,
		[
			'-m',
			app === 'notebook' ? 'notebook' : 'jupyterlab',
			'--allow-root',
			'--no-browser',
			'--ServerApp.ip=127.0.0.1',
			`--ServerApp.port=${port}`,
			'--ServerApp.port_retries=0',
			`--IdentityProvider.token=${token}`,
			`--ServerApp.base_url=${options.baseUrl ?? ''}/`,
			`--ServerApp.root_dir=${folder}`,
			'--LabApp.news_url=',
			'--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
			app === 'notebook' ? '--JupyterNotebookApp.expose_app_in_browser=True' : '--LabApp.expose_app_in_browser=True',
			...(options.arguments ?? []),
		],
		{ cwd: folder, env: environment, stdio: ['ignore', output, output], detached: true },
	);
	closeSync(output);
	const address = `http://127.0.0.1:${port}${options.baseUrl ?? ''}`;
	const log = () => readFileSync(logFile, 'utf8');
	const ask = async (route: string): Promise<Response> => {
		const answer = await fetch(`${address}/nightlog${route}`, { headers: { authorization: `token ${token}`, 'x-nightlog': '1' } });
		if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`);
		return answer;
	};
	const server = (): { pid: number; socket: string } | null => {
		try {
			const record = JSON.parse(readFileSync(path.join(home, 'state', 'nightlog', 'server.json'), 'utf8')) as { pid: number; socket: string };
			return isAlive(record.pid) ? record : null;
		} catch {
			return null;
		}
	};
	// Once a proxied server has run, one TERM may end that alone.
	const stopJupyter = async (signal: NodeJS.Signals = 'SIGTERM') => {
		if (child.pid !== undefined) await endProcess(child.pid, signal === 'SIGTERM' ? ['SIGTERM', 'SIGTERM', 'SIGKILL'] : [signal]);
	};
	const stop = async () => {
		await stopJupyter();
		const running = server();
		if (running !== null) await endProcess(running.pid, ['SIGTERM', 'SIGKILL']);
		rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
	};
	try {
		for (let waited = 0; ; waited += 200) {
			const answer = await fetch(`${address}/api/status?token=${token}`).catch(() => null);
			if (answer?.ok === true) break;
			if (child.exitCode !== null || waited > 120_000) throw new Error(`Jupyter did not start:\n${log().slice(-3000)}`);
			await sleep(200);
		}
	} catch (error) {
		await stop();
		throw error;
	}
	if (child.pid === undefined) throw new Error(`${python} could not be started`);
	return { app, address, token, home, folder, environment, python, pid: child.pid, log, ask, stop, stopJupyter, server };
}
