import type { JobId } from '@nightlog/shared/base/ids';
import { makeUlid } from '@nightlog/shared/base/ulid';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Makes ids that grow: also within a millisecond, and when the clock went back since the last one. */
export class JobIds {
	readonly #random: (bytes: number) => Uint8Array;
	#last: string;

	constructor(random: (bytes: number) => Uint8Array, last: JobId | null) {
		this.#random = random;
		this.#last = last ?? '';
	}

	next(nowMs: number): JobId {
		const made = makeUlid(Math.max(0, nowMs), this.#random(10));
		this.#last = made > this.#last ? made : successor(this.#last);
		return this.#last as JobId;
	}
}

/** The next id after this one, far enough above it that whoever knows the one does not know the other. */
function successor(id: string): string {
	const digits = [...id];
	for (let at = 17; at >= 0; at--) {
		const value = alphabet.indexOf(digits[at] ?? '0');
		if (value < (at === 0 ? 7 : alphabet.length - 1)) {
			digits[at] = alphabet.charAt(value + 1);
			return digits.join('');
		}
		digits[at] = '0';
	}
	throw new RangeError('there are no more ids');
}
