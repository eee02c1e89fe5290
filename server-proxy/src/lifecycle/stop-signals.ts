/** A signal that comes again so soon is the same one: npx and the start script pass on what the terminal has told all of them. */
const sameSignalMs = 1000;

/** What is done at SIGINT and SIGTERM. */
export interface StopActions {
	/** At the first one. */
	stop(): void;
	/** At a later one: somebody does not want to wait. */
	stopAtOnce(): void;
	/** Milliseconds of a clock that nobody sets. */
	nowMs(): number;
}

/** Stops at a signal, and at once at a second one that is not the first told again. */
export function onStopSignals(events: Pick<NodeJS.Process, 'on'>, { stop, stopAtOnce, nowMs }: StopActions): void {
	let firstMs: number | null = null;
	const onSignal = () => {
		if (firstMs === null) {
			firstMs = nowMs();
			stop();
		} else if (nowMs() - firstMs > sameSignalMs) stopAtOnce();
	};
	events.on('SIGTERM', onSignal);
	events.on('SIGINT', onSignal);
}
