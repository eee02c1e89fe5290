/** Offset of the first character that can end or break a run of plain characters in a string. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings, so they must be found.
const plainRun = /[^"\\\u0000-\u001f]*/y;

/** Strings longer than this are searched by the regular expression engine, which is quicker than a loop, but slower to start. */
const shortRun = 48;

function isHexDigit(code: number): boolean {
	return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

/**
 * Where the JSON string that begins at `start` (on its quote) ends: the offset behind the closing quote; or, negated, the offset of what is wrong in it
 * (of the text's end where it is not closed).
 */
export function endOfString(text: string, start: number): number {
	let at = start + 1;
	let longRunAt = at + shortRun;
	for (;;) {
		const code = text.charCodeAt(at);
		if (code === 0x22) return at + 1;
		if (code === 0x5c) {
			switch (text.charCodeAt(at + 1)) {
				case 0x22:
				case 0x5c:
				case 0x2f:
				case 0x62:
				case 0x66:
				case 0x6e:
				case 0x72:
				case 0x74:
					at += 2;
					break;
				case 0x75:
					for (let digit = 2; digit < 6; digit++) if (!isHexDigit(text.charCodeAt(at + digit))) return -at;
					at += 6;
					break;
				default:
					return at + 1 >= text.length ? -text.length : -at;
			}
			longRunAt = at + shortRun;
		} else if (code >= 0x20) {
			at++;
			if (at === longRunAt) {
				plainRun.lastIndex = at;
				plainRun.test(text);
				at = plainRun.lastIndex;
			}
		} else {
			// A control character, or NaN behind the text's end.
			return -at;
		}
	}
}

function isDigit(code: number): boolean {
	return code >= 0x30 && code <= 0x39;
}

/** Where the JSON number that begins at `start` ends; or, minus one and negated, the offset where it stops being one. */
export function endOfNumber(text: string, start: number): number {
	let at = start;
	if (text.charCodeAt(at) === 0x2d) at++;
	if (!isDigit(text.charCodeAt(at))) return -at - 1;
	if (text.charCodeAt(at) === 0x30) at++;
	else while (isDigit(text.charCodeAt(at))) at++;
	if (text.charCodeAt(at) === 0x2e) {
		at++;
		if (!isDigit(text.charCodeAt(at))) return -at - 1;
		while (isDigit(text.charCodeAt(at))) at++;
	}
	if (text.charCodeAt(at) === 0x65 || text.charCodeAt(at) === 0x45) {
		at++;
		if (text.charCodeAt(at) === 0x2b || text.charCodeAt(at) === 0x2d) at++;
		if (!isDigit(text.charCodeAt(at))) return -at - 1;
		while (isDigit(text.charCodeAt(at))) at++;
	}
	return at;
}
