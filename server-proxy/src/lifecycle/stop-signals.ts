/** A signal that comes again so soon is the same one: npx and the start script pass on what the terminal has told all of them. */
const sameSignalMs = 1000;

/** What is done at which signals. */
export interface StopActions {
	/** SIGINT and SIGTERM where left out. */
	readonly signals?: readonly NodeJS.Signals[];
	/** At the first one. */
	stop(): void;
	/** At a later one: somebody does not want to wait. */
	stopAtOnce(): void;
	/** Milliseconds of a clock that nobody sets. */
	nowMs(): number;
}

/** Stops at a signal, and at once at a second one that is not the first told again. */
export function onStopSignals(events: Pick<NodeJS.Process, 'on'>, { signals = ['SIGTERM', 'SIGINT'], stop, stopAtOnce, nowMs }: StopActions): void {
	let firstMs: number | null = null;
	const onSignal = () => {
		if (firstMs === null) {
			firstMs = nowMs();
			stop();
		} else if (nowMs() - firstMs > sameSignalMs) stopAtOnce();
	};
	for (const signal of signals) events.on(signal, onSignal);
}
