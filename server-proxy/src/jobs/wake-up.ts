import type { JobClock } from './job-clock.ts';

/** Something to wait on: until it is called, or a time is over. */
export class WakeUp {
	#called = false;
	#resolve: (() => void) | null = null;

	call(): void {
		this.#called = true;
		this.#resolve?.();
	}

	/** Resolves when `call` was called since the last wait ended, after `delayMs` (null: never by itself), or with the signal. */
	wait(clock: JobClock, delayMs: number | null, signal: AbortSignal): Promise<void> {
		return new Promise((resolve) => {
			if (this.#called || signal.aborted) {
				this.#called = false;
				resolve();
				return;
			}
			const timer = delayMs === null ? null : clock.after(delayMs, () => end());
			const end = () => {
				timer?.dispose();
				signal.removeEventListener('abort', end);
				this.#resolve = null;
				this.#called = false;
				resolve();
			};
			this.#resolve = end;
			signal.addEventListener('abort', end, { once: true });
		});
	}
}
