import type { JobClock } from './job-clock.ts';

/** A clock that stands until it is moved. */
export class FakeClock implements JobClock {
	#now = Date.parse('2026-11-21T09:00:00.000Z');
	#elapsed = 0;
	readonly #timers = new Set<{ at: number; run: () => void }>();

	now(): number {
		return this.#now;
	}

	elapsed(): number {
		return this.#elapsed;
	}

	after(delayMs: number, run: () => void) {
		const timer = { at: this.#elapsed + delayMs, run };
		this.#timers.add(timer);
		return { dispose: () => void this.#timers.delete(timer) };
	}

	/** Lets time pass, and all that waits for it happen in its order; what follows from each is done before the next. */
	async pass(ms: number): Promise<void> {
		const end = this.#elapsed + ms;
		for (;;) {
			await settled();
			const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
			if (next === undefined) break;
			this.#now += next.at - this.#elapsed;
			this.#elapsed = next.at;
			this.#timers.delete(next);
			next.run();
		}
		this.#now += end - this.#elapsed;
		this.#elapsed = end;
		await settled();
	}

	/** Sets the wall clock only, as somebody who corrects it does. */
	jump(ms: number): void {
		this.#now += ms;
	}
}

/** Resolves when nothing is left to do that needs no time: no file is being read or written, and the event loop has gone round for nothing. */
export async function settled(): Promise<void> {
	for (let idle = 0; idle < 20; idle++) {
		await new Promise((resolve) => setImmediate(resolve));
		if (process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'))) idle = 0;
	}
}

/** Lets time pass until it is so. Polls are due each second of the clock; what they begin reads files, which takes its own time. */
export async function passUntil(clock: FakeClock, so: () => boolean, explain: () => string): Promise<void> {
	for (let round = 0; round < 20_000 && !so(); round++) {
		await clock.pass(round < 5 ? 1000 : 0);
		await new Promise((resolve) => setTimeout(resolve, 1));
	}
	if (!so()) throw new Error(explain());
	await settled();
}
