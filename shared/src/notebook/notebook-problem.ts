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

/** A place in a text, both counted from 1. */
export interface TextPlace {
	readonly line: number;
	readonly column: number;
}

/** Finds line and column of offsets; a line ends at \n, \r\n or \r. The text is looked through at the first question, and only then. */
export function placesOf(text: string): (offset: number) => TextPlace {
	let starts: number[] | undefined;
	return (offset) => {
		if (starts === undefined) {
			starts = [0];
			const lineEnd = /\r\n|\n|\r/g;
			while (lineEnd.exec(text) !== null) starts.push(lineEnd.lastIndex);
		}
		let low = 0;
		let high = starts.length;
		while (high - low > 1) {
			const middle = (low + high) >> 1;
			if (starts[middle]! <= offset) low = middle;
			else high = middle;
		}
		return { line: low + 1, column: offset - starts[low]! + 1 };
	};
}
