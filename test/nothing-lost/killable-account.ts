import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Answer, accountEnvironment, bundle, type Call, callSocket, testPython } from '../support/start-server.ts';

function crashEnvironment(crashAt: string | number | null): Record<string, string> {
	if (crashAt === null) return {};
	if (typeof crashAt === 'string') return { NIGHTLOG_CRASH_AT: crashAt };
	const program = fileURLToPath(new URL('kill-at-operation.mjs', import.meta.url));
	return { NODE_OPTIONS: `--import=${program}`, NIGHTLOG_TEST_KILL_AT_OPERATION: String(crashAt) };
}

/** One life of a server. */
export interface ServerLife {
	readonly process: ChildProcess;
	/** The signal that ended it; null where it ended by itself. */
	readonly ended: Promise<NodeJS.Signals | null>;
}

/** How long a server that is left alone may take to answer a request, or to bring what is open to its end. However often it was killed before does not count. */
const patienceMs = 240_000;

/**
 * A person's account whose server is killed and started again, and a client that asks until it is answered, as every client does: it knows of a request
 * that got no answer only that it got none.
 */
export class KillableAccount {
	readonly home: string;
	readonly project: string;
	readonly stateFolder: string;
	/** Jobs write here, outside their folders: what ran is counted without asking the server. */
	readonly ranFile: string;
	readonly lives: ServerLife[] = [];
	/** Called when a request is about to be sent. */
	onAsk: (() => void) | null = null;
	#lastStartMs = 0;
	#disposed = false;

	constructor(name: string, slots: number) {
		this.home = mkdtempSync(path.join(os.tmpdir(), `nightlog-lost-${name}-`));
		this.project = path.join(this.home, 'project');
		this.stateFolder = path.join(this.home, 'state', 'nightlog');
		this.ranFile = path.join(this.home, 'ran.log');
		mkdirSync(path.join(this.home, 'config', 'nightlog'), { recursive: true });
		mkdirSync(path.join(this.project, 'notebooks', 'data'), { recursive: true });
		writeFileSync(this.ranFile, '');
		writeFileSync(path.join(this.home, 'gitconfig'), '[user]\n\tname = Ann Author\n\temail = ann@example.org\n[init]\n\tdefaultBranch = main\n');
		writeFileSync(
			path.join(this.home, 'config', 'nightlog', 'config.yaml'),
			`backends:\n  local: {type: local, slots: ${slots}, python: ${testPython}}\n`,
		);
	}

	/** A repository in which the notebooks lie beside a module, a link, a data file, one that Git ignores and one outside the project. */
	makeRepository(): void {
		const at = (...parts: string[]) => path.join(this.project, ...parts);
		writeFileSync(at('.gitignore'), '*.bin\n');
		writeFileSync(at('notebooks', 'stars.py'), 'def count():\n    return 7\n');
		symlinkSync('stars.py', at('notebooks', 'link.py'));
		writeFileSync(at('notebooks', 'data', 'values.csv'), '1,2,3\n');
		writeFileSync(at('notebooks', 'ignored.bin'), 'too large to travel\n');
		writeFileSync(path.join(this.home, 'outside.csv'), 'beside the project\n');
		this.git('init', '-q');
		this.git('add', '-A');
		this.git('commit', '-q', '-m', 'begin');
	}

	git(...words: string[]): string {
		return execFileSync('git', words, { cwd: this.project, env: accountEnvironment(this.home), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
	}

	/** Starts the bundle; with a step's name it kills itself there, with a number at that file operation of its jobs. It is not waited for: `ask` waits. */
	start(crashAt: string | number | null): ServerLife {
		this.#lastStartMs = performance.now();
		// Every second life writes new jobs down in a log first, as on a network disk: it does so where it finds one.
		if (this.lives.length % 2 === 1 || /^accept\/(?:turn|sync)\//.test(String(crashAt))) {
			mkdirSync(this.stateFolder, { recursive: true, mode: 0o700 });
			appendFileSync(path.join(this.stateFolder, 'accepted.jsonl'), '\n{"forgotten":"nobody"}\n');
		}
		const said = openSync(path.join(this.home, 'server.out'), 'a');
		const child = spawn(process.execPath, [bundle, 'serve'], {
			env: { ...accountEnvironment(this.home), ...crashEnvironment(crashAt) },
			stdio: ['ignore', said, said],
			detached: true,
		});
		closeSync(said);
		const life: ServerLife = { process: child, ended: new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal))) };
		this.lives.push(life);
		return life;
	}

	/** Asks until an answer comes, however many servers die meanwhile. */
	async ask(target: string, call: Call = {}): Promise<Answer> {
		const sinceMs = performance.now();
		for (;;) {
			if (this.#disposed) throw new Error('the account is gone');
			this.onAsk?.();
			const answer = await callSocket(path.join(this.stateFolder, 'server.sock'), target, call).catch((error: Error) => error);
			if (!(answer instanceof Error)) return answer;
			if (this.isPatienceOver(sinceMs)) throw new Error(`${call.method ?? 'GET'} ${target} got no answer: ${answer.message}\n${this.said()}`);
			await sleep(20);
		}
	}

	/** Whether the server that runs now had its time since `sinceMs`; one that was killed had none. */
	isPatienceOver(sinceMs: number): boolean {
		return performance.now() > Math.max(sinceMs, this.#lastStartMs) + patienceMs;
	}

	/** What the servers said that could not start, and the last lines of their log. */
	said(): string {
		const end = (file: string) => {
			try {
				return readFileSync(file, 'utf8').slice(-3000);
			} catch {
				return '';
			}
		};
		return `${end(path.join(this.home, 'server.out'))}\n${end(path.join(this.stateFolder, 'server.log'))}`;
	}

	/** How often each run wrote its line. */
	ran(): Map<string, number> {
		const counts = new Map<string, number>();
		for (const run of readFileSync(this.ranFile, 'utf8').split('\n')) if (run !== '') counts.set(run, (counts.get(run) ?? 0) + 1);
		return counts;
	}

	async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
		for (const { process: child, ended } of this.lives) {
			if (child.exitCode === null && child.signalCode === null) child.kill(signal);
			await ended;
		}
	}

	async dispose(): Promise<void> {
		this.#disposed = true;
		await this.end();
		rmSync(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
	}
}
