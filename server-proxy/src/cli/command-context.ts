import type { Client } from '@nightlog/shared/api/client';
import type { FetchLike } from '@nightlog/shared/api/fetch-like';
import type { Terminal } from './terminal.ts';

/** A server that answers. */
export interface ServerConnection {
	readonly client: Client;
	/** What the client uses, for event streams. */
	readonly fetch: FetchLike;
	readonly baseUrl: string;
	/** Absolute path of the state folder of that server, which is on this machine. */
	readonly stateFolder: string;
}

/** What a command has of the world. */
export interface CommandContext {
	readonly terminal: Terminal;
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Absolute. */
	readonly currentFolder: string;
	/** Aborted with `Interrupted` by Ctrl-C. */
	readonly signal: AbortSignal;
	readonly nowMs: () => number;
	/** In [0, 1). */
	readonly random: () => number;
	/** A new key for a job: 26 characters that nobody else makes. */
	readonly newKey: () => string;
	/** Resolves after `delayMs`; rejects with the signal's reason. */
	readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
	/**
	 * Finds the person's server or starts it.
	 * @throws NightlogError with status 503 where none could be reached or started
	 */
	readonly connect: () => Promise<ServerConnection>;
}
