import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@nightlog/shared/api/client';
import { makeUlid } from '@nightlog/shared/base/ulid';
import { connectOrStart } from '../lifecycle/connect-or-start.ts';
import { abortOnInterrupt } from './abort-on-interrupt.ts';
import type { CommandContext, ServerConnection } from './command-context.ts';
import { exitCodes } from './exit-codes.ts';
import { runProgram } from './run-program.ts';
import { processTerminal } from './terminal.ts';

/**
 * Runs one command of `nightlog`.
 *
 * @param argv what follows the program's name
 * @returns the exit code; what went wrong was said on standard error
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
	const interruption = new AbortController();
	abortOnInterrupt(process, interruption, {
		// Not by leaving: what it waits for may hold that up.
		endAtOnce: () => {
			process.removeAllListeners('SIGINT');
			process.kill(process.pid, 'SIGINT');
		},
		nowMs: () => performance.now(),
	});
	const connections = new Connections(interruption.signal);
	const context: CommandContext = {
		terminal: processTerminal(process, process.env, () => process.exit(exitCodes.done)),
		environment: process.env,
		currentFolder: process.cwd(),
		signal: interruption.signal,
		nowMs: Date.now,
		random: Math.random,
		newKey: () => makeUlid(Date.now(), randomBytes(10)),
		wait: (delayMs, signal) => sleep(delayMs, undefined, { signal }).catch((error: unknown) => Promise.reject(signal.reason ?? error)),
		connect: () => connections.open(),
	};
	try {
		return await runProgram(context, argv);
	} finally {
		connections.close();
	}
}

/** The connections of one command: another one is made whenever it is asked for, for the server may have ended meanwhile. */
class Connections {
	readonly #signal: AbortSignal;
	readonly #open: { close(): void }[] = [];

	constructor(signal: AbortSignal) {
		this.#signal = signal;
	}

	async open(): Promise<ServerConnection> {
		const server = await connectOrStart({ signal: this.#signal });
		this.#open.push(server);
		const { fetch, baseUrl, record } = server;
		// Where results lie is told as paths of this machine, which is the server's, too.
		const client = createClient({ fetch, baseUrl, headers: { 'x-nightlog-paths': 'local' } });
		return { client, fetch, baseUrl, stateFolder: record.stateFolder };
	}

	close(): void {
		for (const server of this.#open) server.close();
	}
}
