/** Edits (insert, delete, replace, swap two neighbours) that lead from one text to the other. */
export function editDistance(from: string, to: string): number {
	let beforeLast: number[] = [];
	let last = Array.from({ length: to.length + 1 }, (_, index) => index);
	for (let row = 1; row <= from.length; row++) {
		const current = [row];
		for (let column = 1; column <= to.length; column++) {
			const same = from[row - 1] === to[column - 1];
			let best = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
			if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
				best = Math.min(best, beforeLast[column - 2]! + 1);
			}
			current.push(best);
		}
		beforeLast = last;
		last = current;
	}
	return last[to.length]!;
}

/** The one of `names` that somebody who wrote `name` most likely meant; null where none is near. Case counts little; of equally near ones the first is taken. */
export function nearestName(name: string, names: readonly string[]): string | null {
	let nearest: string | null = null;
	// A name of 100 characters is no typing error of anything, and neither is none.
	let least = name === '' || name.length > 100 ? 0 : Math.max(1, Math.floor(name.length / 3)) + 1;
	for (const candidate of names) {
		if (Math.abs(candidate.length - name.length) >= least) continue;
		const sameLetters = candidate.toLowerCase() === name.toLowerCase();
		const distance = sameLetters ? 0.5 : editDistance(name.toLowerCase(), candidate.toLowerCase());
		if (distance >= least) continue;
		least = distance;
		nearest = candidate;
	}
	return nearest;
}
