/** What is wrong with a notebook, and where. */
export interface NotebookProblem {
	/** `notebook/...`; stable. */
	readonly code: string;
	/** With an `error` it is no notebook that can be worked with; a `warning` is wrong by the letter, and read all the same. */
	readonly severity: 'error' | 'warning';
	/** A sentence that tells the person what to do. */
	readonly message: string;
	/** JSON pointer (RFC 6901); empty for the whole. */
	readonly path: string;
	/** Counted from 1; null where the problem is no place in the text. */
	readonly line: number | null;
	/** Characters (UTF-16 code units) from the line's start, counted from 1. */
	readonly column: number | null;
}

/** Line and column of an offset, both counted from 1; a line ends at \n, \r\n or \r. */
export function placeOfOffset(text: string, offset: number): { readonly line: number; readonly column: number } {
	let line = 1;
	let lineStart = 0;
	const lineEnd = /\r\n|\n|\r/g;
	for (let match = lineEnd.exec(text); match !== null && lineEnd.lastIndex <= offset; match = lineEnd.exec(text)) {
		line++;
		lineStart = lineEnd.lastIndex;
	}
	return { line, column: offset - lineStart + 1 };
}
