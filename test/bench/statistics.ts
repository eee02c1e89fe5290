/** What a series of measurements says; the unit is the samples' own. */
export interface Summary {
	readonly count: number;
	readonly median: number;
	readonly p95: number;
	readonly minimum: number;
	readonly maximum: number;
}

/** A ratio of two medians with its bootstrap 95 % interval. */
export interface Ratio {
	readonly value: number;
	readonly low: number;
	readonly high: number;
}

/** The value below which a part `p` (0 to 1) of the sorted samples lies, interpolated between neighbours. */
export function quantile(sorted: readonly number[], p: number): number {
	if (sorted.length === 0) throw new RangeError('no samples');
	const position = p * (sorted.length - 1);
	const below = Math.floor(position);
	const low = sorted[below] as number;
	const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
	return low + (high - low) * (position - below);
}

/** Median, 95th percentile and range of at least one sample. */
export function summarise(samples: readonly number[]): Summary {
	const sorted = [...samples].sort((a, b) => a - b);
	return {
		count: sorted.length,
		median: quantile(sorted, 0.5),
		p95: quantile(sorted, 0.95),
		minimum: sorted[0] as number,
		maximum: sorted.at(-1) as number,
	};
}

/** Random numbers in [0, 1) that are the same for the same seed (mulberry32), so that a report can be made again. */
export function seededRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/**
 * How many times `over` is `under`, by medians, with the 2.5th and 97.5th percentile of 2,000 bootstrap draws in which both series are resampled.
 * Above 1: `over` is larger.
 */
export function ratioOfMedians(over: readonly number[], under: readonly number[], random: () => number = seededRandom(1)): Ratio {
	const resampledMedian = (samples: readonly number[]): number => {
		const drawn = Array.from(samples, () => samples[Math.floor(random() * samples.length)] as number);
		return quantile(
			drawn.sort((a, b) => a - b),
			0.5,
		);
	};
	const draws = Array.from({ length: 2000 }, () => resampledMedian(over) / resampledMedian(under)).sort((a, b) => a - b);
	return { value: summarise(over).median / summarise(under).median, low: quantile(draws, 0.025), high: quantile(draws, 0.975) };
}
