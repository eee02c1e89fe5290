/**
 * An object made of its base and a delta. Source: gitformat-pack(5), "Deltified representation". Null when the delta does not fit the base.
 *
 * @param maximumBytes larger results are refused as well
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array, maximumBytes: number): Uint8Array | null {
	let offset = 0;
	function size(): number {
		let value = 0;
		for (let scale = 1; ; scale *= 128) {
			const byte = delta[offset++];
			if (byte === undefined || scale > 2 ** 42) return -1;
			value += (byte & 0x7f) * scale;
			if (byte < 0x80) return value;
		}
	}
	if (size() !== base.length) return null;
	const length = size();
	if (length < 0 || length > maximumBytes) return null;
	const result = new Uint8Array(length);
	let written = 0;
	while (offset < delta.length) {
		const command = delta[offset++] ?? 0;
		if (command === 0) return null;
		if (command < 0x80) {
			if (offset + command > delta.length || written + command > length) return null;
			result.set(delta.subarray(offset, offset + command), written);
			offset += command;
			written += command;
			continue;
		}
		let from = 0;
		let count = 0;
		for (let bit = 0; bit < 4; bit++) if (command & (1 << bit)) from += (delta[offset++] ?? 0) * 2 ** (8 * bit);
		for (let bit = 0; bit < 3; bit++) if (command & (0x10 << bit)) count |= (delta[offset++] ?? 0) << (8 * bit);
		if (count === 0) count = 0x10000;
		if (from + count > base.length || written + count > length) return null;
		result.set(base.subarray(from, from + count), written);
		written += count;
	}
	return written === length ? result : null;
}
