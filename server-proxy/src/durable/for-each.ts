import { step } from './crash-points.ts';

const atOnce = 16;

/** Does the same with each item, some at a time; the first failure ends it when those begun are over. */
export async function forEach<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
	const rest = items.values();
	let failed = false;
	const work = async () => {
		for (const item of rest) {
			if (failed) return;
			await step('each/item', () =>
				run(item).catch((error: unknown) => {
					failed = true;
					throw error;
				}),
			);
		}
	};
	const ends = await step('each/all', () => Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, work)));
	for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
