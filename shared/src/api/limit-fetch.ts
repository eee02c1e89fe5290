import { NightlogError } from '../base/nightlog-error.ts';
import type { FetchLike } from './fetch-like.ts';

/** How many requests may be under way at once, and how long one is waited for. */
export interface FetchLimits {
	/** Those that are too many wait in a row. */
	readonly mostAtOnce: number;
	/** From when a request is sent until its answer begins; what is sent with it has time beside, see `slowestBytesPerMs`. */
	readonly answerWithinMs: number;
	/** Calls `run` after `delayMs` unless the function it gives back is called before. */
	readonly startTimer: (delayMs: number, run: () => void) => () => void;
}

/** 20 kB a second: nobody's connection is held to be gone for being slower than most. */
const slowestBytesPerMs = 20;

/**
 * A `fetch` that keeps few connections, and none for ever. A browser opens six to one host, for the editor and for us together: a server that takes
 * requests and does not answer (it is stopped, or its disk hangs) would otherwise keep the editor itself from saving.
 *
 * Rejects with NightlogError `api/no-answer` (504, retryable) where no answer came in time.
 */
export function limitFetch(fetch: FetchLike, { mostAtOnce, answerWithinMs, startTimer }: FetchLimits): FetchLike {
	let running = 0;
	const waiting: (() => void)[] = [];

	async function turn(signal: AbortSignal | undefined): Promise<void> {
		if (running < mostAtOnce) {
			running += 1;
			return;
		}
		await new Promise<void>((resolve, reject) => {
			const begin = (): void => {
				signal?.removeEventListener('abort', giveUp);
				resolve();
			};
			const giveUp = (): void => {
				waiting.splice(waiting.indexOf(begin), 1);
				reject(signal?.reason);
			};
			signal?.addEventListener('abort', giveUp, { once: true });
			waiting.push(begin);
		});
	}

	function next(): void {
		const begin = waiting.shift();
		if (begin === undefined) running -= 1;
		else begin();
	}

	return async (url, init) => {
		init.signal?.throwIfAborted();
		await turn(init.signal);
		const ended = new AbortController();
		const end = (): void => ended.abort(init.signal?.reason);
		init.signal?.addEventListener('abort', end, { once: true });
		const patienceMs = answerWithinMs + (init.body?.length ?? 0) / slowestBytesPerMs;
		let late: NightlogError | null = null;
		const stopTimer = startTimer(patienceMs, () => {
			late = noAnswer(patienceMs);
			ended.abort(late);
		});
		try {
			return await fetch(url, { ...init, signal: ended.signal });
		} catch (error) {
			throw late ?? error;
		} finally {
			stopTimer();
			next();
		}
	};
}

function noAnswer(patienceMs: number): NightlogError {
	const seconds = Math.round(patienceMs / 1000);
	return new NightlogError('api/no-answer', `The Nightlog server has not answered for ${seconds} seconds. Try again, or run "nightlog diagnose".`, {
		status: 504,
		retryable: true,
	});
}
