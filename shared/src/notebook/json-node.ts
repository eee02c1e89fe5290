/** What a JSON text was read to: one record of three numbers per node, in the order of the text; see `JsonNode` for how to look at it. */
export interface JsonDocument {
	readonly text: string;
	/** Per node: where it starts in the text, where it ends, and how many nodes it is with everything inside. Keys of objects are nodes, too. */
	readonly nodes: Int32Array;
	/** Whether the text has NaN or Infinity, which Python writes and JSON does not know. */
	readonly hasNonFinite: boolean;
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/** One member of an object, as it stands in the text. */
export interface JsonMember {
	readonly name: string;
	readonly key: JsonNode;
	readonly value: JsonNode;
}

/** Any value that JSON has. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/**
 * A value in a JSON text, with its place there. Nothing is decoded before it is asked for, so looking at the structure around 50 MB of images costs nothing
 * for the images.
 */
export class JsonNode {
	readonly document: JsonDocument;
	/** Number of the node in its document, in the order of the text. */
	readonly index: number;

	constructor(document: JsonDocument, index: number) {
		this.document = document;
		this.index = index;
	}

	/** Offset of its first character, in UTF-16 code units. */
	get start(): number {
		return this.document.nodes[this.index * 3]!;
	}

	/** Offset behind its last character. */
	get end(): number {
		return this.document.nodes[this.index * 3 + 1]!;
	}

	/** Number of the first node behind it and everything inside. */
	get next(): number {
		return this.index + this.document.nodes[this.index * 3 + 2]!;
	}

	get kind(): JsonKind {
		switch (this.document.text.charCodeAt(this.start)) {
			case 0x7b:
				return 'object';
			case 0x5b:
				return 'array';
			case 0x22:
				return 'string';
			case 0x74:
			case 0x66:
				return 'boolean';
			case 0x6e:
				return 'null';
			default:
				return 'number';
		}
	}

	/** The text exactly as it stands. */
	get literal(): string {
		return this.document.text.slice(this.start, this.end);
	}

	/** Elements of an array; none where it is no array. */
	items(): JsonNode[] {
		const items: JsonNode[] = [];
		if (this.kind !== 'array') return items;
		for (let index = this.index + 1; index < this.next; ) {
			const item = new JsonNode(this.document, index);
			items.push(item);
			index = item.next;
		}
		return items;
	}

	/** Members of an object in the order of the text, names that occur twice included; none where it is no object. */
	members(): JsonMember[] {
		const members: JsonMember[] = [];
		if (this.kind !== 'object') return members;
		for (let index = this.index + 1; index < this.next; ) {
			const key = new JsonNode(this.document, index);
			const value = new JsonNode(this.document, index + 1);
			members.push({ name: key.asString() ?? '', key, value });
			index = value.next;
		}
		return members;
	}

	/** The member of this name; of several the last, as every reader of JSON takes it. Undefined where there is none. */
	get(name: string): JsonNode | undefined {
		if (this.kind !== 'object') return undefined;
		let found: JsonNode | undefined;
		for (let index = this.index + 1; index < this.next; ) {
			const value = new JsonNode(this.document, index + 1);
			if (new JsonNode(this.document, index).isString(name)) found = value;
			index = value.next;
		}
		return found;
	}

	/** Whether this is a string with that text; quick, however long it is. */
	isString(text: string): boolean {
		const { start, end } = this;
		const source = this.document.text;
		if (source.charCodeAt(start) !== 0x22 || end - start - 2 < text.length) return false;
		if (end - start - 2 === text.length && source.startsWith(text, start + 1)) return !text.includes('\\');
		// An escape takes at least one character more than what it means and at most six.
		if (end - start - 2 > text.length * 6) return false;
		return this.asString() === text;
	}

	/** The text of a string, undefined for everything else. It is a copy: who keeps it does not keep the whole document in memory. */
	asString(): string | undefined {
		const { start, end } = this;
		const source = this.document.text;
		if (source.charCodeAt(start) !== 0x22) return undefined;
		return JSON.parse(source.slice(start, end)) as string;
	}

	/** The value as JSON.parse gives it: the last of several equal names, numbers as floats; NaN and Infinity as such. */
	value(): JsonValue {
		if (!this.document.hasNonFinite) return JSON.parse(this.literal) as JsonValue;
		switch (this.kind) {
			case 'object': {
				const entries = this.members().map(({ name, value }): [string, JsonValue] => [name, value.value()]);
				return Object.fromEntries(entries);
			}
			case 'array':
				return this.items().map((item) => item.value());
			case 'number':
				return Number(this.literal);
			default:
				return JSON.parse(this.literal) as JsonValue;
		}
	}
}
