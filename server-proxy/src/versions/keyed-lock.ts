/** Runs what belongs to one key one after the other, and different keys beside each other. */
export interface KeyedLock {
	run<Result>(key: string, work: () => Promise<Result>): Promise<Result>;
	/** Resolves when nothing runs or waits any more. */
	idle(): Promise<void>;
}

export function createKeyedLock(): KeyedLock {
	const tails = new Map<string, Promise<unknown>>();
	return {
		run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
			const before = tails.get(key) ?? Promise.resolve();
			const result = before.then(work, work);
			const tail = result
				.catch(() => undefined)
				.then(() => {
					if (tails.get(key) === tail) tails.delete(key);
				});
			tails.set(key, tail);
			return result;
		},
		async idle() {
			while (tails.size > 0) await Promise.all(tails.values());
		},
	};
}
