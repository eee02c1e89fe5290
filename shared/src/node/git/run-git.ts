import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { NightlogError } from '../../base/nightlog-error.ts';
import { gitEnvironment, safeGitArguments } from './git-switched-off.ts';

/** A `git` program on this machine. */
export interface GitProgram {
	/** Absolute path. */
	readonly path: string;
	/** Major, minor, patch. */
	readonly version: readonly [number, number, number];
}

/** How `git` is run. */
export interface RunGitOptions {
	/** Folder it runs in; absolute. */
	readonly cwd: string;
	readonly signal: AbortSignal;
	/** Sent to its standard input. */
	readonly input?: Uint8Array | string;
	/** Set beside the environment of `gitEnvironment`. */
	readonly environment?: Readonly<Record<string, string>>;
	/** Default 60 s. */
	readonly timeoutMs?: number;
	/** Of standard output; default 64 MB. */
	readonly maximumBytes?: number;
}

/** What a run of `git` gave. */
export interface GitResult {
	readonly exitCode: number;
	readonly stdout: Buffer;
	/** At most 64 kB; for people and logs, never to decide by. */
	readonly stderr: string;
}

/** The first `git` on the path; null where there is none or it does not say its version. Entries of the path that are not absolute are passed over. */
export async function findGitProgram(signal: AbortSignal, environment: NodeJS.ProcessEnv = process.env): Promise<GitProgram | null> {
	const names = process.platform === 'win32' ? ['git.exe'] : ['git'];
	for (const folder of (environment.PATH ?? '').split(delimiter)) {
		if (!isAbsolute(folder)) continue;
		for (const name of names) {
			const path = join(folder, name);
			if (!(await isExecutable(path))) continue;
			const program = { path, version: [0, 0, 0] as const };
			const result = await runGit(program, ['--version'], { cwd: folder, signal, timeoutMs: 10_000 }).catch(() => null);
			signal.throwIfAborted();
			const match = /^git version (\d+)\.(\d+)(?:\.(\d+))?/.exec(result?.stdout.toString() ?? '');
			if (match !== null) return { path, version: [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] };
		}
	}
	return null;
}

/** Whether a program is of this version or newer. */
export function isGitAtLeast(program: GitProgram, major: number, minor: number): boolean {
	return program.version[0] > major || (program.version[0] === major && program.version[1] >= minor);
}

/**
 * Runs `git` with all that a repository's configuration can name switched off (see `git-switched-off.ts`), without a shell.
 *
 * @throws NightlogError `repository/git-too-slow` when it takes too long; `repository/git-failed` when it cannot be started or says too much; the signal's
 * reason when that is aborted.
 * An exit code other than 0 is an answer, not an exception.
 */
export async function runGit(program: GitProgram, args: readonly string[], options: RunGitOptions): Promise<GitResult> {
	options.signal.throwIfAborted();
	const maximumBytes = options.maximumBytes ?? 64 * 1024 * 1024;
	const child = startGit(program, args, options.cwd, options.environment);
	return await new Promise<GitResult>((resolve, reject) => {
		const chunks: Buffer[] = [];
		let bytes = 0;
		let stderr = '';
		let failure: unknown = null;
		const stop = (why: unknown): void => {
			failure ??= why;
			child.kill('SIGKILL');
		};
		const onAbort = (): void => stop(options.signal.reason);
		const timer = setTimeout(() => stop(gitTooSlow(args)), options.timeoutMs ?? 60_000);
		options.signal.addEventListener('abort', onAbort, { once: true });
		child.stdout?.on('data', (chunk: Buffer) => {
			bytes += chunk.length;
			if (bytes > maximumBytes) stop(gitFailed(args, 'its answer is too long', stderr));
			else chunks.push(chunk);
		});
		child.stderr?.on('data', (chunk: Buffer) => {
			if (stderr.length < 65_536) stderr += chunk.toString('utf8');
		});
		// A program that ends before it has read all of its input closes the pipe: its exit code says more than that.
		child.stdin?.on('error', () => {});
		child.on('error', (error) => {
			failure ??= gitFailed(args, 'it could not be started', stderr, error);
		});
		child.on('close', (code) => {
			clearTimeout(timer);
			options.signal.removeEventListener('abort', onAbort);
			if (failure !== null) reject(failure);
			else if (code === null) reject(gitFailed(args, 'it was ended by a signal', stderr));
			else resolve({ exitCode: code, stdout: Buffer.concat(chunks), stderr });
		});
		child.stdin?.end(options.input ?? '');
	});
}

/** Starts `git` as `runGit` does, for a dialogue; whoever starts it ends it. */
export function startGit(
	program: GitProgram,
	args: readonly string[],
	cwd: string,
	environment: Readonly<Record<string, string>> = {},
): ChildProcess {
	return spawn(program.path, [...safeGitArguments, ...args], {
		cwd,
		env: { ...gitEnvironment(process.env), ...environment },
		stdio: ['pipe', 'pipe', 'pipe'],
		windowsHide: true,
	});
}

/** The command among the arguments: options of `git` itself stand before it. */
function commandOf(args: readonly string[]): string {
	let at = 0;
	while (args[at]?.startsWith('-')) at += args[at] === '-c' || args[at] === '-C' ? 2 : 1;
	return args[at] ?? '';
}

function gitTooSlow(args: readonly string[]): NightlogError {
	return new NightlogError('repository/git-too-slow', `git ${commandOf(args)} did not do its work: it took too long.`, { retryable: true });
}

/** A run of `git` that did not give what was needed. */
export function gitFailed(args: readonly string[], what: string, stderr: string, cause?: unknown): NightlogError {
	const said = stderr.trim().split('\n')[0] ?? '';
	return new NightlogError('repository/git-failed', `git ${commandOf(args)} did not do its work: ${what}${said === '' ? '' : ` (${said})`}.`, {
		retryable: true,
		...(cause === undefined ? {} : { cause }),
	});
}

async function isExecutable(path: string): Promise<boolean> {
	try {
		await access(path, constants.X_OK);
		return (await stat(path)).isFile();
	} catch {
		return false;
	}
}
