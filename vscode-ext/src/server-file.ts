import { homedir } from 'node:os';
import path from 'node:path';

/** What the server wrote about itself in `server.json` of the state folder. */
export interface ServerFile {
	readonly pid: number;
	readonly host: string;
	readonly version: string;
	/** ISO 8601 in UTC. */
	readonly startedAt: string;
}

/** Absolute path of `server.json`: in `$XDG_STATE_HOME/nightlog`, else `~/.local/state/nightlog`. */
export function serverFilePath(environment: Readonly<Record<string, string | undefined>>): string {
	const state = environment.XDG_STATE_HOME;
	// A relative path there is to be ignored (XDG Base Directory Specification 0.8).
	const base = state !== undefined && path.isAbsolute(state) ? state : path.join(homedir(), '.local', 'state');
	return path.join(base, 'nightlog', 'server.json');
}

/** Reads the text of `server.json`; null where it is not what a server of any version writes. Fields that are not known here are left alone. */
export function parseServerFile(text: string): ServerFile | null {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return null;
	}
	if (typeof value !== 'object' || value === null) return null;
	const { pid, host, version, startedAt } = value as Record<string, unknown>;
	if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null;
	if (typeof host !== 'string' || typeof version !== 'string' || typeof startedAt !== 'string') return null;
	return { pid, host, version, startedAt };
}
