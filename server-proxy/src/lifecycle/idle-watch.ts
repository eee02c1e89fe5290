/** What keeps a server alive. */
export interface IdleWatchOptions {
	readonly monotonicMs: () => number;
	/** Whether somebody is connected, or a job is open. */
	readonly isBusy: () => boolean;
	readonly onIdle: () => void;
}

/** How long a server stays when nobody needs it. */
export const idleMs = 10 * 60_000;

/** Ends the server when nobody was connected, nothing asked and no job open for ten minutes. */
export class IdleWatch {
	readonly #options: IdleWatchOptions;
	#lastUseMs: number;

	constructor(options: IdleWatchOptions) {
		this.#options = options;
		this.#lastUseMs = options.monotonicMs();
	}

	/** Somebody asked something. */
	touch(): void {
		this.#lastUseMs = this.#options.monotonicMs();
	}

	/** To be called now and then. */
	look(): void {
		if (this.#options.isBusy()) this.touch();
		else if (this.#options.monotonicMs() - this.#lastUseMs >= idleMs) this.#options.onIdle();
	}
}
