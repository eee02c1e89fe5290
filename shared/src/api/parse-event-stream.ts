/** A message of an event stream. `data` is empty where the block only set an id. */
export interface EventMessage {
	readonly type: string;
	readonly data: string;
	/** The id that the block set, or null. */
	readonly id: string | null;
}

/** Cuts the text of an event stream into messages; pieces may end anywhere. */
export interface EventParser {
	push(text: string): EventMessage[];
}

/** Source of the rules: WHATWG HTML, 9.2.6 "Interpreting an event stream". */
export function createEventParser(): EventParser {
	let rest = '';
	let type = '';
	let data: string[] = [];
	let id: string | null = null;

	const takeLine = (line: string, messages: EventMessage[]) => {
		if (line === '') {
			if (data.length > 0 || id !== null) messages.push({ type: type === '' ? 'message' : type, data: data.join('\n'), id });
			type = '';
			data = [];
			id = null;
			return;
		}
		const colon = line.indexOf(':');
		if (colon === 0) return;
		const field = colon === -1 ? line : line.slice(0, colon);
		const raw = colon === -1 ? '' : line.slice(colon + 1);
		const value = raw.startsWith(' ') ? raw.slice(1) : raw;
		if (field === 'data') data.push(value);
		else if (field === 'event') type = value;
		else if (field === 'id' && !value.includes('\0')) id = value;
	};

	return {
		push(text) {
			const messages: EventMessage[] = [];
			rest += text;
			let start = 0;
			for (;;) {
				const match = /\r\n|\n|\r/.exec(rest.slice(start));
				if (match === null) break;
				const at = start + match.index;
				// A carriage return at the very end may be half of a line end.
				if (match[0] === '\r' && at === rest.length - 1) break;
				takeLine(rest.slice(start, at), messages);
				start = at + match[0].length;
			}
			rest = rest.slice(start);
			return messages;
		},
	};
}
