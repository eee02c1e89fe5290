/** Time as the jobs need it: what the wall clock says, which may jump, and waiting, which does not depend on it. */
export interface JobClock {
	/** Milliseconds since 1970. */
	now(): number;
	/** Milliseconds since some moment; never goes back and never jumps. */
	elapsed(): number;
	/** Calls `run` once after this time; disposing keeps it from being called. It never keeps the process alive. */
	after(delayMs: number, run: () => void): { dispose(): void };
}

/** The real clock. */
export const systemClock: JobClock = {
	now: () => Date.now(),
	elapsed: () => performance.now(),
	after(delayMs, run) {
		const timer = setTimeout(run, delayMs);
		timer.unref();
		return { dispose: () => clearTimeout(timer) };
	},
};

/** ISO 8601 in UTC. */
export function isoTime(ms: number): string {
	return new Date(ms).toISOString();
}

/** A time that something outside wrote, as ISO 8601 in UTC; null where it is none. */
export function readTime(text: string | null | undefined): string | null {
	if (text === null || text === undefined) return null;
	const ms = Date.parse(text);
	return Number.isNaN(ms) ? null : isoTime(ms);
}
