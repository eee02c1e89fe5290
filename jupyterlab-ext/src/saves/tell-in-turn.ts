/** Why a save is told: `keep` where a person asked for it, so that no later save takes its place. */
export type SaveReason = 'save' | 'keep';

/**
 * Tells of saves one after the other. A save fires several signals, and saves may come quicker than they are told: one more is enough for all of them,
 * with the stronger of their reasons.
 *
 * @param tell never rejects
 */
export function tellInTurn(tell: (reason: SaveReason) => Promise<void>): (reason: SaveReason) => void {
	let isTelling = false;
	let next: SaveReason | null = null;
	const tellNext = async (): Promise<void> => {
		isTelling = true;
		while (next !== null) {
			const reason = next;
			next = null;
			await tell(reason);
		}
		isTelling = false;
	};
	return (reason) => {
		if (next !== 'keep') next = reason;
		if (!isTelling) void tellNext();
	};
}
