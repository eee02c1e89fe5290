import { Interrupted } from './exit-codes.ts';

/**
 * Aborts with `Interrupted` at the first Ctrl-C. Further ones change nothing: what stands between the terminal and this program (npx, the start script) passes
 * on a signal that the terminal has sent to all of them, and the command has to end in its own way all the same.
 */
export function abortOnInterrupt(events: Pick<NodeJS.Process, 'on'>, interruption: AbortController): void {
	events.on('SIGINT', () => interruption.abort(new Interrupted('stopped by Ctrl-C')));
}
