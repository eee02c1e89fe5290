import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endWithTests } from './end-with-tests.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** The shipped server and command line: the checkout's, or one that was installed elsewhere. */
export const bundle = process.env.NIGHTLOG_TEST_BUNDLE ?? path.join(checkout, 'server-proxy', 'dist', 'nightlog.mjs');

/** The Python that `npm ci` makes: kernels for jobs, and the peers that we are measured beside. */
export const testPython =
	process.env.NIGHTLOG_TEST_PYTHON ??
	path.join(process.env.NIGHTLOG_CACHE ?? path.join(os.homedir(), '.cache', 'nightlog'), 'python', 'bin', 'python');

/** An answer, read whole. */
export interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly bytes: Buffer;
	json<T>(): T;
}

export interface Call {
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | Uint8Array;
}

/** The shipped server in an account of its own: a temporary home, state folder and configuration. */
export interface TestServer {
	readonly home: string;
	readonly stateFolder: string;
	readonly socket: string;
	readonly process: ChildProcess;
	/** Milliseconds from the start of its process to its first answer. */
	readonly readyAfterMs: number;
	/** Sends our own header always. */
	call(path: string, call?: Call): Promise<Answer>;
	post<T>(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<{ status: number; body: T }>;
	/** Ends the process with `signal`, and waits for its end; what is on disk stays. */
	stop(signal?: NodeJS.Signals): Promise<void>;
	/** Ends it, and removes its home. */
	dispose(): Promise<void>;
}

export interface ServerOptions {
	/** A home of an earlier server, to start again on what it left. */
	readonly home?: string;
	/** Text of the configuration. */
	readonly configuration?: string;
	readonly environment?: Readonly<Record<string, string>>;
	readonly arguments?: readonly string[];
}

/** Environment of an account that has nothing but what is said here: no configuration, history or Git identity of whoever runs the tests. */
export function accountEnvironment(home: string): Record<string, string> {
	return {
		...registryEnvironment(),
		// The second is where the Python lies that the tests' environment was made from.
		PATH: `${path.dirname(testPython)}:${path.dirname(realpathSync(testPython))}:/usr/local/bin:/usr/bin:/bin`,
		HOME: home,
		USER: 'ann',
		LOGNAME: 'ann',
		LANG: 'C.UTF-8',
		TZ: 'UTC',
		TMPDIR: os.tmpdir(),
		XDG_STATE_HOME: path.join(home, 'state'),
		XDG_CONFIG_HOME: path.join(home, 'config'),
		XDG_DATA_HOME: path.join(home, 'data'),
		XDG_CACHE_HOME: path.join(home, 'cache'),
		IPYTHONDIR: path.join(home, 'ipython'),
		JUPYTER_CONFIG_DIR: path.join(home, 'jupyter'),
		GIT_CONFIG_GLOBAL: path.join(home, 'gitconfig'),
		GIT_CONFIG_NOSYSTEM: '1',
	};
}

/** How this machine reaches its package registries: certificates, proxies, settings of pip and uv. */
function registryEnvironment(): Record<string, string> {
	const names = /^(?:SSL_CERT_FILE|SSL_CERT_DIR|PIP_[A-Z_]+|UV_[A-Z_]+|(?:https?|no|all)_proxy)$/i;
	return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => names.test(entry[0]) && entry[1] !== undefined));
}

/** It takes 0.3 s; on a machine that does much else it may be a hundred times that. */
const readyWithinMs = 120_000;

/** Starts the bundle on its socket and waits until it answers. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
	if (!existsSync(bundle)) throw new Error(`${bundle} is missing: run npm run build`);
	const home = options.home ?? mkdtempSync(path.join(os.tmpdir(), 'nightlog-test-'));
	const environment = { ...accountEnvironment(home), ...options.environment };
	if (options.home === undefined) {
		mkdirSync(path.join(home, 'config', 'nightlog'), { recursive: true });
		writeFileSync(path.join(home, 'gitconfig'), '[user]\n\tname = Ann Author\n\temail = ann@example.org\n[init]\n\tdefaultBranch = main\n');
		writeFileSync(
			path.join(home, 'config', 'nightlog', 'config.yaml'),
			options.configuration ?? `backends:\n  local: {type: local, slots: 2, python: ${testPython}}\n`,
		);
	}
	const stateFolder = path.join(home, 'state', 'nightlog');
	const socket = path.join(stateFolder, 'server.sock');
	const started = performance.now();
	const child = spawn(process.execPath, [bundle, 'serve', ...(options.arguments ?? [])], {
		env: environment,
		stdio: ['ignore', 'pipe', 'pipe'],
		detached: true,
	});
	endWithTests(child);
	let said = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-20_000)));
	const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));

	const call = (target: string, details: Call = {}) => callSocket(socket, target, details);

	const deadline = started + readyWithinMs;
	for (;;) {
		const answer = await call('/v1/health').catch(() => null);
		if (answer?.status === 200 && answer.json<{ pid: number }>().pid === child.pid) break;
		if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server ended before it was ready: ${said}`);
		if (performance.now() > deadline) throw new Error(`the server was not ready after ${readyWithinMs / 1000} s: ${said}`);
		await sleep(3);
	}
	const readyAfterMs = performance.now() - started;

	const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
		child.ref();
		if (child.exitCode === null && child.signalCode === null) child.kill(signal);
		await ended;
	};
	return {
		home,
		stateFolder,
		socket,
		process: child,
		readyAfterMs,
		call,
		post: async <T>(target: string, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
			const answer = await call(target, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
			return { status: answer.status, body: answer.json<T>() };
		},
		stop,
		dispose: async () => {
			await stop();
			rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
		},
	};
}

/** How it is reached over loopback. It answers on its socket a moment before it has written that down. */
export async function readServerRecord({ stateFolder, process: { pid } }: TestServer): Promise<{ readonly port: number; readonly token: string }> {
	const file = path.join(stateFolder, 'server.json');
	for (const until = performance.now() + readyWithinMs; ; await sleep(3)) {
		const record = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { pid: number; port: number; token: string }) : null;
		if (record !== null && record.pid === pid) return record;
		if (performance.now() > until) throw new Error(`${file} does not say how the server is reached`);
	}
}

/** Sends one request over a server's socket, our own header always with it, and reads the answer whole. */
export function callSocket(socket: string, target: string, { method = 'GET', headers = {}, body }: Call = {}): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const outgoing = request(
			{
				socketPath: socket,
				path: target,
				method,
				agent: false,
				headers: {
					'x-nightlog': '1',
					host: 'localhost',
					...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
					...headers,
				},
			},
			(incoming) => {
				const chunks: Buffer[] = [];
				incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
				incoming.on('error', reject);
				incoming.on('end', () => {
					const bytes = Buffer.concat(chunks);
					resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, json: <T>() => JSON.parse(bytes.toString()) as T });
				});
			},
		);
		outgoing.on('error', reject);
		outgoing.end(body);
	});
}

/** Resident memory and CPU time of a process, from /proc. */
export function processUse(pid: number): { readonly residentBytes: number; readonly cpuSeconds: number } {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
	const ticks = Number(fields[11]) + Number(fields[12]);
	const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
	return { residentBytes: Number(resident?.[1]) * 1024, cpuSeconds: ticks / 100 };
}
