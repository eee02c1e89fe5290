import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../support/is-alive.ts';
import { accountEnvironment, testPython } from '../support/start-server.ts';

const program = fileURLToPath(new URL('../../server-proxy/bin/nightlog.mjs', import.meta.url));
const oldNode = new URL('old-node.mjs', import.meta.url).href;

/** How a command ended and what it said. */
export interface CommandEnd {
	readonly code: number | null;
	readonly out: string;
	readonly error: string;
	/** Standard output as JSON. */
	json<Value>(): Value;
	/** Standard error, which has to be one problem document on one line. */
	problem(): { readonly type: string; readonly title: string; readonly status: number; readonly data?: Record<string, unknown> };
}

/** A running command. */
export interface RunningCommand {
	readonly end: Promise<CommandEnd>;
	/** Resolves once standard output has matched. */
	said(pattern: RegExp): Promise<void>;
	signal(name: NodeJS.Signals): void;
}

/** A running command that leads a group of processes, as what a shell runs does. */
export interface GroupedCommand extends RunningCommand {
	readonly pid: number;
	/** Signals all of the group, as a terminal does. */
	signalGroup(name: NodeJS.Signals): void;
}

/** An account with a home of its own, in which `nightlog` has never run. */
export interface Account {
	readonly home: string;
	/** A folder for notebooks; commands run in it. */
	readonly folder: string;
	readonly stateFolder: string;
	start(argv: readonly string[], environment?: Readonly<Record<string, string>>): RunningCommand;
	/** The same in a group of processes of its own, by a Node that believes to be too old for it. */
	startOnOldNode(argv: readonly string[]): GroupedCommand;
	/** The same as `start` in another folder. */
	startIn(folder: string, argv: readonly string[]): RunningCommand;
	nightlog(...argv: string[]): Promise<CommandEnd>;
	/** Runs the command with a terminal for standard input and output; both outputs come together. */
	onTerminal(argv: readonly string[]): { readonly code: number | null; readonly out: string };
	configure(text: string): void;
	write(name: string, content: string): string;
	read(name: string): string;
	/** Ends the account's server; what is on disk stays. */
	end(): Promise<void>;
	/** Ends the account's server and removes its home. */
	dispose(): Promise<void>;
}

/** Makes an account whose jobs run with the tests' Python. */
export function makeAccount(): Account {
	if (!existsSync(testPython)) throw new Error(`${testPython} is missing: run npm ci`);
	const home = mkdtempSync(path.join(os.tmpdir(), 'nightlog-account-'));
	writeFileSync(path.join(home, 'gitconfig'), '[user]\n\tname = Ann Author\n\temail = ann@example.org\n');
	const account = openAccount(home, accountEnvironment(home));
	account.configure(`backends:\n  local: {type: local, slots: 2, python: ${testPython}}\n`);
	return account;
}

/**
 * Makes an account that has the store of another one, whose server has ended, and nothing else: no configuration, no job's folder, no environment, no Git
 * identity; of programs what a machine has, and a Python of the tests' version without its packages.
 */
export function makeAccountWithStore(otherStateFolder: string): Account {
	const home = mkdtempSync(path.join(os.tmpdir(), 'nightlog-account-'));
	const searchPath = [path.dirname(realpathSync(testPython)), '/usr/local/bin', '/usr/bin', '/bin'].join(path.delimiter);
	const account = openAccount(home, { ...accountEnvironment(home), PATH: searchPath });
	mkdirSync(account.stateFolder, { recursive: true, mode: 0o700 });
	for (const name of ['store.db', 'versions.git']) {
		cpSync(path.join(otherStateFolder, name), path.join(account.stateFolder, name), { recursive: true });
	}
	return account;
}

function openAccount(home: string, accountVariables: Readonly<Record<string, string>>): Account {
	const folder = path.join(home, 'project');
	const stateFolder = path.join(home, 'state', 'nightlog');
	mkdirSync(folder);
	mkdirSync(path.join(home, 'config', 'nightlog'), { recursive: true });
	const configuration = path.join(home, 'config', 'nightlog', 'config.yaml');
	const start = (argv: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
		startCommand(argv, folder, { ...accountVariables, ...environment });
	return {
		home,
		folder,
		stateFolder,
		start,
		startOnOldNode(argv) {
			const command = startCommand(argv, folder, accountVariables, ['--import', oldNode], true);
			return { ...command, signalGroup: (name) => process.kill(-command.pid, name) };
		},
		startIn: (place, argv) => startCommand(argv, place, accountVariables),
		nightlog: (...argv) => start(argv).end,
		onTerminal(argv) {
			const command = [process.execPath, program, ...argv].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
			const { status, stdout } = spawnSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
				cwd: folder,
				env: { ...accountVariables, TERM: 'xterm' },
				encoding: 'utf8',
			});
			return { code: status, out: stdout };
		},
		configure: (text) => writeFileSync(configuration, text),
		write(name, content) {
			writeFileSync(path.join(folder, name), content);
			return path.join(folder, name);
		},
		read: (name) => readFileSync(path.join(folder, name), 'utf8'),
		end: () => endServer(stateFolder),
		async dispose() {
			await endServer(stateFolder);
			rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
		},
	};
}

function startCommand(
	argv: readonly string[],
	cwd: string,
	env: Readonly<Record<string, string>>,
	nodeOptions: readonly string[] = [],
	detached = false,
): RunningCommand & { readonly pid: number } {
	const child = spawn(process.execPath, [...nodeOptions, program, ...argv], { cwd, env, detached, stdio: ['ignore', 'pipe', 'pipe'] });
	let out = '';
	let error = '';
	const listeners = new Set<() => void>();
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		out += text;
		for (const listener of listeners) listener();
	});
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		error += text;
	});
	const end = new Promise<CommandEnd>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code) =>
			resolve({
				code,
				out,
				error,
				json: <Value>() => JSON.parse(out) as Value,
				problem() {
					if (!/^[^\n]+\n$/.test(error)) throw new Error(`not one line on standard error: ${error}`);
					return JSON.parse(error) as ReturnType<CommandEnd['problem']>;
				},
			}),
		);
	});
	const said = (pattern: RegExp) =>
		new Promise<void>((resolve, reject) => {
			const look = () => {
				if (!pattern.test(out)) return;
				listeners.delete(look);
				resolve();
			};
			listeners.add(look);
			look();
			void end.then(() => reject(new Error(`ended without saying ${pattern}: ${out}${error}`)), reject);
		});
	return { pid: child.pid ?? 0, end, said, signal: (name) => child.kill(name) };
}

async function endServer(stateFolder: string): Promise<void> {
	const file = path.join(stateFolder, 'server.json');
	if (!existsSync(file)) return;
	const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number };
	if (isAlive(pid)) process.kill(pid, 'SIGTERM');
	while (isAlive(pid)) await sleep(10);
}
