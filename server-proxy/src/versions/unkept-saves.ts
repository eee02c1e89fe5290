import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import { problemOf } from '@nightlog/shared/base/problem';
import type { UnkeptSave } from '@nightlog/shared/versions/version-schema';
import { isDiskFull } from '../durable/file-errors.ts';
import type { Subscription, UnkeptChange } from '../services.ts';

/** Of so many notebooks it is known at most; of the others it is found out with their next save. */
const mostNotebooks = 1000;
/** What says of a save that there was none, or not yet: no person misses a version of it. */
const noSave = new Set(['notebook/half-written', 'notebook/not-found', 'version/ignored', 'file/changed']);

/** Which notebooks have saves that are no versions, by their absolute path. Nobody waits for a save: what goes wrong with it has to be told. */
export class UnkeptSaves {
	readonly #clock: () => number;
	readonly #unkept = new Map<string, UnkeptSave>();
	/** Since when it went wrong in a way that the next try may mend: it is told of when that went wrong, too. */
	readonly #doubted = new Map<string, string>();
	readonly #listeners = new Set<(change: UnkeptChange) => void>();

	/** @param clock milliseconds since 1970 */
	constructor(clock: () => number) {
		this.#clock = clock;
	}

	/** What is missing of this notebook; null where nothing is known to be. */
	of(notebook: string): UnkeptSave | null {
		return this.#unkept.get(notebook) ?? null;
	}

	/** A save could not be kept, for this reason. */
	note(notebook: string, error: unknown): void {
		if (isNightlogError(error) && noSave.has(error.code)) return;
		const { type, title } = problemOf(known(error));
		const before = this.of(notebook);
		if (before?.type === type && before.title === title) return;
		const doubtedSince = this.#doubted.get(notebook);
		const since = before?.since ?? doubtedSince ?? new Date(this.#clock()).toISOString();
		if (before === null && doubtedSince === undefined && isNightlogError(error) && error.retryable) {
			setBounded(this.#doubted, notebook, since);
			return;
		}
		setBounded(this.#unkept, notebook, { since, type, title });
		this.#tell(notebook);
	}

	/** The notebook as it is on disk is kept. */
	clear(notebook: string): void {
		this.#doubted.delete(notebook);
		if (this.#unkept.delete(notebook)) this.#tell(notebook);
	}

	onDidChange(listener: (change: UnkeptChange) => void): Subscription {
		this.#listeners.add(listener);
		return { dispose: () => void this.#listeners.delete(listener) };
	}

	#tell(notebook: string): void {
		for (const listener of this.#listeners) listener({ notebook, unkept: this.of(notebook) });
	}
}

function setBounded<Value>(map: Map<string, Value>, key: string, value: Value): void {
	map.delete(key);
	map.set(key, value);
	const oldest = map.keys().next().value;
	if (map.size > mostNotebooks && oldest !== undefined) map.delete(oldest);
}

/** What can be said in plain words of what the system said. */
function known(error: unknown): unknown {
	if (isNightlogError(error)) return error;
	const say = (code: string, message: string) => new NightlogError(code, message, { cause: error });
	if (isDiskFull(error)) return say('store/full', 'The disk is full: free some space; the save is kept by itself then.');
	const code = error instanceof Error && 'code' in error ? error.code : null;
	if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
		const where = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : 'the repository';
		return say('version/not-writable', `Nightlog may not write to ${where}: give yourself the right to; the save is kept by itself then.`);
	}
	return error;
}
