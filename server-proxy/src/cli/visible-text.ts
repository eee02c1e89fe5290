const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function visible(character: string): string {
	return named[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/**
 * A text from a notebook, a path or a job as it can be shown on one line: control characters, which can move the cursor or hide text, and characters
 * that turn the direction of writing become visible.
 */
export function visibleText(text: string): string {
	return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, visible);
}

/** As `visibleText`, for text of several lines: line ends stay. */
export function visibleLines(text: string): string {
	return text.split('\n').map(visibleText).join('\n');
}
