import { placesOf } from './notebook-problem.ts';

/** What the reader of JSON wanted and did not find. */
export type JsonErrorKind = 'value' | 'trailing-comma' | 'key' | 'colon' | 'string' | 'comma-or-brace' | 'comma-or-bracket' | 'behind' | 'too-deep';

/** How a piece of the text is shown in a sentence: short, on one line. */
function shown(text: string, offset: number): string {
	const piece = text.slice(offset, offset + 16).split(/[\r\n]/, 1)[0] ?? '';
	return piece === '' ? 'the end of the line' : JSON.stringify(piece);
}

/**
 * The code and the sentence for a place where a text stops being JSON.
 *
 * @param containerStart offset of the innermost object or array that is open there, null when none is
 */
export function explainJsonError(
	kind: JsonErrorKind,
	text: string,
	offset: number,
	containerStart: number | null,
): { readonly code: string; readonly message: string } {
	const placeOf = placesOf(text);
	const { line, column } = placeOf(offset);
	const where = `Line ${line}, column ${column}`;
	if (!/[^ \t\r\n\uFEFF]/.test(text.slice(0, 65536)) && text.trim() === '') {
		return { code: 'notebook/empty', message: 'The file is empty. Restore an earlier version, or delete it and make a new notebook.' };
	}
	// The reader stops at the marker itself, or where the half before it no longer fits.
	const conflict = /^(?:<{7}|>{7}|={7}|\|{7})(?: .*)?$/m.exec(text.slice(Math.max(0, offset - 2000), offset + 2000));
	if (conflict !== null) {
		return {
			code: 'notebook/merge-conflict',
			message: `${where}: a merge of Git left its marks (${conflict[0].slice(0, 7)}). Finish the merge first.`,
		};
	}
	if (kind === 'too-deep') return { code: 'notebook/too-deep', message: `${where}: nested more than 1,000 levels deep, which no notebook is.` };
	const code = 'notebook/not-json';
	if (offset >= text.length) {
		const since = containerStart === null ? '' : ` inside what began at line ${placeOf(containerStart).line}`;
		return { code, message: `${where}: the text ends${since}. The file is cut off: restore an earlier version.` };
	}
	switch (kind) {
		case 'string': {
			const character = text.charCodeAt(offset);
			if (character < 0x20) {
				const name = character === 0x0a || character === 0x0d ? 'a line ends' : character === 0x09 ? 'a tab stands' : 'a control character stands';
				return { code, message: `${where}: ${name} inside a text; close it with a quote, or write the character as an escape.` };
			}
			return { code, message: `${where}: ${shown(text, offset)} is no escape that JSON knows; write a backslash twice.` };
		}
		case 'key':
			if (text[offset] === '}') return { code, message: `${where}: remove the comma before this closing brace.` };
			return { code, message: `${where}: a name in double quotes is expected here, not ${shown(text, offset)}.` };
		case 'trailing-comma':
			return { code, message: `${where}: a value is missing before ${shown(text, offset)}; remove the comma before it, or add the value.` };
		case 'colon':
			return { code, message: `${where}: a colon is expected behind the name, not ${shown(text, offset)}.` };
		case 'comma-or-brace':
			return { code, message: `${where}: a comma or a closing brace is expected here, not ${shown(text, offset)}.` };
		case 'comma-or-bracket':
			return { code, message: `${where}: a comma or a closing bracket is expected here, not ${shown(text, offset)}.` };
		case 'behind':
			return { code, message: `${where}: the notebook is complete before this place; remove what follows, from ${shown(text, offset)} on.` };
		default:
			return { code, message: `${where}: a value is expected here, not ${shown(text, offset)}. A notebook is JSON.` };
	}
}
