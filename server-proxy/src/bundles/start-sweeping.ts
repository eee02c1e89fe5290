import type { BundleStore } from './bundle-store.ts';

/** What sweeping needs of its host. */
interface SweepingOptions {
	/** Calls `run` once after `delayMs`; what it gives back keeps it from being called. */
	readonly startTimer: (delayMs: number, run: () => void) => () => void;
	readonly onError: (error: unknown) => void;
}

/** Who just started a server waits for an answer of it. */
const firstMs = 60_000;
const everyMs = 3_600_000;

/** Clears away unused parts of bundles, soon and then every hour. Disposing waits for a sweep that has begun, which then ends early. */
export function startSweeping(bundles: Pick<BundleStore, 'sweep'>, { startTimer, onError }: SweepingOptions): { dispose(): Promise<void> } {
	const ending = new AbortController();
	let sweep: Promise<void> = Promise.resolve();
	let stop = startTimer(firstMs, begin);
	function begin(): void {
		sweep = bundles
			.sweep(ending.signal)
			.catch(onError)
			.then(() => {
				if (!ending.signal.aborted) stop = startTimer(everyMs, begin);
			});
	}
	return {
		async dispose() {
			ending.abort();
			stop();
			await sweep;
		},
	};
}
