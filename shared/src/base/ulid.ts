const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A lowercase ULID: 48 bits of time in milliseconds since 1970 and 80 random bits, so that ids sort by the time they were made.
 *
 * @param nowMs milliseconds since 1970, below 2^48
 * @param random 10 random bytes
 * @throws RangeError when `random` does not hold 10 bytes or `nowMs` does not fit
 * Source: the ULID specification (github.com/ulid/spec).
 */
export function makeUlid(nowMs: number, random: Uint8Array): string {
	if (random.length !== 10) throw new RangeError(`a ULID needs 10 random bytes, not ${random.length}`);
	if (!Number.isInteger(nowMs) || nowMs < 0 || nowMs >= 2 ** 48) throw new RangeError(`not a time of a ULID: ${nowMs}`);
	let time = '';
	for (let rest = nowMs, index = 0; index < 10; index++, rest = Math.floor(rest / 32)) time = alphabet.charAt(rest % 32) + time;
	let tail = '';
	let bits = 0;
	let buffer = 0;
	for (const byte of random) {
		buffer = ((buffer << 8) | byte) & 0xfff;
		bits += 8;
		while (bits >= 5) {
			bits -= 5;
			tail += alphabet.charAt((buffer >> bits) & 31);
		}
	}
	return time + tail;
}
