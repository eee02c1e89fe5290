import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@nightlog/shared/api/client';
import { makeUlid } from '@nightlog/shared/base/ulid';
import { connectOrStart } from '../lifecycle/connect-or-start.ts';
import type { CommandContext, ServerConnection } from './command-context.ts';
import { exitCodes, Interrupted } from './exit-codes.ts';
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
	const interrupt = () => interruption.abort(new Interrupted('stopped by Ctrl-C'));
	process.once('SIGINT', interrupt);
	const terminal = processTerminal(process, process.env, () => process.exit(exitCodes.done));
	const context: CommandContext = {
		terminal,
		environment: process.env,
		currentFolder: process.cwd(),
		signal: interruption.signal,
		nowMs: Date.now,
		random: Math.random,
		newKey: () => makeUlid(Date.now(), randomBytes(10)),
		wait: (delayMs, signal) => sleep(delayMs, undefined, { signal }).catch((error: unknown) => Promise.reject(signal.reason ?? error)),
		connect: connector(interruption.signal),
	};
	try {
		return await runProgram(context, argv);
	} finally {
		process.off('SIGINT', interrupt);
	}
}

/** Connects on first use, and again when asked again: the server may have ended meanwhile. */
function connector(signal: AbortSignal): () => Promise<ServerConnection> {
	return async () => {
		const found = await connectOrStart({ signal });
		const client = createClient({ fetch: found.fetch, baseUrl: found.baseUrl, headers: { 'x-nightlog-paths': 'local' } });
		return { client, fetch: found.fetch, baseUrl: found.baseUrl, stateFolder: found.stateFolder };
	};
}
