/** The locks that the windows of a browser share (Web Locks API); they end with the window that holds them. */
export type WindowLocks = Pick<LockManager, 'request'>;

const nameOf = (id: string): string => `nightlog:job:${id}`;

/**
 * Sees to it that of all windows of a browser only one brings a job's outputs at a time, and that it is the one in which the job was submitted as long as
 * that is in sight. Two that did so at once would write them twice into a document that is shared.
 */
export class JobClaims {
	private readonly locks: WindowLocks | null;
	/** Ends of the claims that this window holds. */
	private readonly held = new Map<string, () => void>();

	/** @param locks null where the browser has none, as on a page without TLS: then the windows know nothing of each other */
	constructor(locks: WindowLocks | null) {
		this.locks = locks;
	}

	/** Claims a job for this window until its outputs were brought, or `releaseAll`. Does nothing where another window has it. */
	hold(id: string): void {
		if (this.locks === null || this.held.has(id)) return;
		// Noted before the lock is had: what this window does meanwhile is not to wait for itself.
		const held = new Promise<void>((resolve) => this.held.set(id, resolve));
		void this.locks
			.request(nameOf(id), { ifAvailable: true }, async (lock) => {
				if (lock === null) this.held.delete(id);
				else await held;
			})
			// A browser that is told to keep nothing grants no locks: then the windows know nothing of each other.
			.catch(() => undefined);
	}

	/** Does the work while no other window has the job, and ends this window's claim. */
	async run(id: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
		const release = this.held.get(id);
		if (this.locks === null || release !== undefined) {
			try {
				await work();
			} finally {
				this.held.delete(id);
				release?.();
			}
			return;
		}
		let begun = false;
		try {
			await this.locks.request(nameOf(id), { signal }, () => {
				begun = true;
				return work();
			});
		} catch (error) {
			if (begun || signal.aborted) throw error;
			// No lock is to be had, as above.
			await work();
		}
	}

	/** Leaves all jobs to other windows. */
	releaseAll(): void {
		for (const release of this.held.values()) release();
		this.held.clear();
	}
}

/** The browser's locks; null where there are none. */
export function browserLocks(): WindowLocks | null {
	return window.isSecureContext ? navigator.locks : null;
}
