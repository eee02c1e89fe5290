/** A piece of a text to be replaced. Offsets are of the old text, in UTF-16 code units; with `start` equal to `end` something is put in between. */
export interface TextEdit {
	readonly start: number;
	readonly end: number;
	readonly text: string;
}

/**
 * The text with all edits done; every other character is what it was. Edits may come in any order; of those that put something in at the same place the
 * first stands first.
 *
 * @throws RangeError when two edits overlap or one lies outside the text: what they mean together is not known
 */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
	const pieces: string[] = [];
	let done = 0;
	for (const edit of edits.toSorted((one, other) => one.start - other.start || one.end - other.end)) {
		if (edit.start < done || edit.end < edit.start || edit.end > text.length)
			throw new RangeError(`an edit of ${edit.start} to ${edit.end} does not fit`);
		pieces.push(text.slice(done, edit.start), edit.text);
		done = edit.end;
	}
	pieces.push(text.slice(done));
	return pieces.join('');
}
