/** Whether an `Accept` header takes one of these media types; without a header everything is taken. Source: RFC 9110, 12.5.1. */
export function accepts(header: string | undefined, media: readonly string[]): boolean {
	if (header === undefined || header.trim() === '') return true;
	const ranges = header.split(',').map(readRange);
	return media.some((type) => {
		// A notebook is JSON, and who takes JSON takes it.
		const names = type.endsWith('+json') ? [type, 'application/json'] : [type];
		return names.some((name) => isTaken(name, ranges));
	});
}

interface MediaRange {
	readonly name: string;
	readonly quality: number;
}

function readRange(text: string): MediaRange {
	const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
	const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
	return { name, quality: quality === undefined ? 1 : Number(quality) };
}

function isTaken(type: string, ranges: readonly MediaRange[]): boolean {
	// The most specific range decides.
	for (const name of [type, `${type.split('/')[0]}/*`, '*/*']) {
		const found = ranges.filter((range) => range.name === name);
		if (found.length > 0) return found.some((range) => !(range.quality <= 0));
	}
	return false;
}
