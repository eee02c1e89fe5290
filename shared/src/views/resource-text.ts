const memoryUnits: readonly (readonly [string, number])[] = [
	['T', 2 ** 40],
	['G', 2 ** 30],
	['M', 2 ** 20],
	['K', 2 ** 10],
];

/** Reads an amount of memory: `2G`, `512 MB`, `1.5 GiB`; units are powers of 1024, a plain number is bytes. Null where it is none. */
export function parseMemory(text: string): number | null {
	const match = /^(\d+(?:\.\d+)?)\s*([KMGT])?(?:i?B)?$/i.exec(text.trim());
	if (match === null) return null;
	const unit = memoryUnits.find(([letter]) => letter === match[2]?.toUpperCase())?.[1] ?? 1;
	const bytes = Math.round(Number(match[1]) * unit);
	return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}

/** An amount of memory with the largest unit that it fills: `2G`, `1.5G`, `700 B`. `parseMemory` reads it back, to three digits. */
export function formatMemory(bytes: number): string {
	for (const [letter, unit] of memoryUnits) if (bytes >= unit) return `${Number((bytes / unit).toPrecision(4))}${letter}`;
	return `${bytes} B`;
}

const timeUnits: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** Reads a length of time: `90`, `90s`, `30 min`, `1h 30m`, `2d`, `01:30:00`. Whole seconds; null where it is none. */
export function parseTime(text: string): number | null {
	const trimmed = text.trim().toLowerCase();
	const clock = /^(?:(\d+)-)?(\d+):([0-5]\d)(?::([0-5]\d))?$/.exec(trimmed);
	if (clock !== null) return positive(Number(clock[1] ?? 0) * 86_400 + Number(clock[2]) * 3600 + Number(clock[3]) * 60 + Number(clock[4] ?? 0));
	if (/^\d+$/.test(trimmed)) return positive(Number(trimmed));
	if (!/^(?:\d+(?:\.\d+)?\s*(?:s|min|m|h|d)\s*)+$/.test(trimmed)) return null;
	let seconds = 0;
	for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*(s|min|m|h|d)/g)) seconds += Number(amount) * (timeUnits[unit ?? ''] ?? 0);
	return positive(Math.round(seconds));
}

const positive = (seconds: number): number | null => (Number.isSafeInteger(seconds) && seconds > 0 ? seconds : null);

/** A length of time as `parseTime` reads it: `1h 30m`, `45s`. */
export function formatTime(seconds: number): string {
	const parts: string[] = [];
	let rest = seconds;
	for (const [unit, size] of [
		['d', 86_400],
		['h', 3600],
		['m', 60],
		['s', 1],
	] as const) {
		const count = Math.floor(rest / size);
		if (count > 0) parts.push(`${count}${unit}`);
		rest -= count * size;
	}
	return parts.join(' ') || '0s';
}
