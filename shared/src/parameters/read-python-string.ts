const simpleEscapes: Readonly<Record<string, string>> = {
	'\\': '\\',
	"'": "'",
	'"': '"',
	a: '\u0007',
	b: '\b',
	f: '\f',
	n: '\n',
	r: '\r',
	t: '\t',
	v: '\v',
	'\n': '',
};

const escapeSequence = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(N\{[^}]*\})|([xuUN])|([\s\S]))/g;

/**
 * The text that a Python string literal means. Undefined for what is no plain text: bytes, formatted strings, and names of characters (`\N{...}`), which
 * need a table that is not here.
 * Source: The Python Language Reference 3.13, 2.4.1 "String and Bytes literals".
 */
export function readPythonString(literal: string): string | undefined {
	const parts = /^([a-zA-Z]*)("""|'''|"|')([\s\S]*)\2$/.exec(literal);
	if (parts === null) return undefined;
	const prefix = parts[1]!.toLowerCase();
	// Python reads every end of a line as \n.
	const inner = parts[3]!.replace(/\r\n?/g, '\n');
	if (prefix === 'r') return inner;
	if (prefix !== '' && prefix !== 'u') return undefined;
	let readable = true;
	const text = inner.replace(escapeSequence, (whole, octal, hex, short, long, named, broken, other) => {
		if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
		const digits: string | undefined = hex ?? short ?? long;
		if (digits !== undefined) {
			const code = Number.parseInt(digits, 16);
			if (code <= 0x10ffff) return String.fromCodePoint(code);
		}
		if (named !== undefined || broken !== undefined || digits !== undefined) {
			readable = false;
			return whole;
		}
		return simpleEscapes[other as string] ?? whole;
	});
	return readable ? text : undefined;
}
