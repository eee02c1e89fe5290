/** What keeps a script from going on, in a sentence that says what to do; shown without a stack. */
export class Problem extends Error {
	name = 'Problem';
}

/** Ends the script: with the sentence of a `Problem`, or with everything that is known of anything else. */
export function endWith(error) {
	console.error(error instanceof Problem ? `\n${error.message}` : error);
	process.exitCode = 1;
}
