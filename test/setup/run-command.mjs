import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { checkout } from './checkout.mjs';
import { Problem } from './problem.mjs';

/**
 * The environment for everything that the scripts start: programs of the checkout first on the path, Python free to keep its bytecode, and
 * nothing of a Python environment that happens to be active.
 */
export function commandEnvironment(environment = process.env) {
	const { PYTHONDONTWRITEBYTECODE, PYTHONHOME, PYTHONPATH, VIRTUAL_ENV, CONDA_PREFIX, ...rest } = environment;
	const programs = path.join(checkout, 'node_modules', '.bin');
	return { ...rest, PATH: [programs, ...(rest.PATH ?? '').split(path.delimiter).filter((folder) => folder !== programs)].join(path.delimiter) };
}

/** How long a program that is stopped has to say what it knows. */
const summaryMs = 20_000;

/**
 * Runs a program to its end and answers how it ended and what it printed. Never through a shell.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, log?: string, show?: boolean, timeoutMs?: number}} options `log`: file that receives the output;
 * `show`: print it as it comes
 * @returns {Promise<{code: number, signal: string | null, output: string}>} `code` is 127 where the program could not be started
 */
export function tryCommand(program, args, { cwd = checkout, env = commandEnvironment(), log, show = false, timeoutMs } = {}) {
	return new Promise((resolve) => {
		// npm and its like are scripts on Windows, which only a shell starts; the arguments that we give them hold nothing that one would interpret.
		// What may be stopped gets a process group, so that nothing that it started is left behind.
		const detached = timeoutMs !== undefined && process.platform !== 'win32';
		const shell = process.platform === 'win32' && program === 'npm';
		const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], shell, detached });
		const stop = () => {
			if (detached && child.pid !== undefined) killGroup(child.pid);
			else child.kill('SIGKILL');
		};
		const interrupted = () => {
			stop();
			// Those that run beside it hear the same signal, and stop theirs.
			setImmediate(() => process.exit(130));
		};
		if (detached) for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupted);
		const file = log === undefined ? null : createWriteStream(log);
		const chunks = [];
		const take = (chunk) => {
			chunks.push(chunk);
			file?.write(chunk);
			if (show) process.stdout.write(chunk);
		};
		child.stdout.on('data', take);
		child.stderr.on('data', take);
		let timer =
			timeoutMs === undefined
				? undefined
				: setTimeout(() => {
						take(Buffer.from(`\nstopped after ${Math.round(timeoutMs / 1000)} s\n`));
						// Asked first: a test runner then says what had failed by now, and what it still waited for.
						child.kill('SIGTERM');
						child.once('exit', stop);
						timer = setTimeout(stop, summaryMs);
					}, timeoutMs);
		const end = (code, signal) => {
			clearTimeout(timer);
			for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, interrupted);
			file?.end();
			resolve({ code, signal, output: Buffer.concat(chunks).toString('utf8') });
		};
		child.on('error', (error) => {
			take(Buffer.from(`${error.message}\n`));
			end(127, null);
		});
		child.on('close', (code, signal) => end(code ?? 128, signal));
	});
}

/** Ends a process group; one that is gone already needs no ending. */
function killGroup(pid) {
	try {
		process.kill(-pid, 'SIGKILL');
	} catch (error) {
		if (error.code !== 'ESRCH') throw error;
	}
}

/** Runs a program that has to succeed; its output is shown only if it does not. */
export async function runCommand(program, args, options = {}) {
	const result = await tryCommand(program, args, options);
	if (result.code === 0) return result.output;
	const lines = result.output.trimEnd().split('\n');
	const shown = options.show ? '' : `\n${lines.slice(-40).join('\n')}\n`;
	throw new Problem(`${shown}This failed (${result.signal ?? `exit ${result.code}`}): ${[path.basename(program), ...args].join(' ')}`);
}
