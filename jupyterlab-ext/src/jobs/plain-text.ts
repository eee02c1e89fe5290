// ECMA-48: a control sequence is ESC [ parameters and one final byte; ESC ] … BEL or ESC \ is a command to the terminal; ESC and one byte are short ones.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are looked for.
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_a-z])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const begun = /\u001b(?:\[[0-?]*[ -/]*|\][^\u0007\u001b]*\u001b?)?$/;

/** What a program wrote for a terminal, as plain text; `rest` is a control sequence that is not yet whole, and belongs before what comes next. */
export function plainText(text: string): { shown: string; rest: string } {
	const rest = begun.exec(text)?.[0] ?? '';
	// An endless one is no control sequence: it is shown.
	const kept = rest.length > 200 ? '' : rest;
	const plain = text.slice(0, text.length - kept.length).replace(sequences, '');
	// A progress bar goes back to the beginning of its line again and again: here each is a line.
	return { shown: plain.replace(/\r+(?!\n|$)/g, '\n'), rest: kept };
}
