import { onStopSignals } from '../lifecycle/stop-signals.ts';
import { Interrupted } from './exit-codes.ts';

/** What is done at a second Ctrl-C, and by which clock it is one. */
export interface InterruptOptions {
	/** Ends the program: what it waits for does not hear of the first, as a pipe that nobody writes to. */
	readonly endAtOnce: () => void;
	/** Milliseconds of a clock that nobody sets. */
	readonly nowMs: () => number;
}

/** Aborts with `Interrupted` at the first Ctrl-C, so that the command ends in its own way, and ends at once at a second one that is not the first told again. */
export function abortOnInterrupt(events: Pick<NodeJS.Process, 'on'>, interruption: AbortController, { endAtOnce, nowMs }: InterruptOptions): void {
	const stop = () => interruption.abort(new Interrupted('stopped by Ctrl-C'));
	onStopSignals(events, { signals: ['SIGINT'], stop, stopAtOnce: endAtOnce, nowMs });
}
