import type { JsonNode } from './json-node.ts';
import type { Notebook } from './notebook.ts';
import { outputPlaceholder, placeholderPattern } from './output-placeholder.ts';
import { parseJsonText } from './parse-json-text.ts';

/** Literals of more bytes than this are cut. */
export const cutAboveBytes = 4096;

/** A literal that was cut from a notebook's text. */
export interface OutputPayload {
	/** Of its bytes, 64 lowercase hexadecimal digits. */
	readonly sha256: string;
	/** The JSON literal exactly as it stood. */
	readonly literal: string;
	/** Whether the memo that was given has it: then it was not hashed again, and is kept already by whoever keeps that memo's payloads. */
	readonly known: boolean;
	/** The literal as UTF-8. */
	bytes(): Uint8Array;
}

/** What the next cut of the same notebook can use; give it back unchanged. It holds on to the text that it came from, and to none before. */
export interface CutMemo {
	readonly known: ReadonlyMap<string, readonly { readonly literal: string; readonly sha256: string }[]>;
}

export interface CutOptions {
	/** 64 lowercase hexadecimal digits. The host's own is the quickest. */
	readonly sha256: (bytes: Uint8Array) => string;
	/** Of the last cut of this notebook. */
	readonly memo?: CutMemo;
}

export interface CutNotebook {
	/** The text with placeholders; a valid notebook where the given one was. */
	readonly text: string;
	/** Each once, in the order of the text. */
	readonly payloads: readonly OutputPayload[];
	readonly memo: CutMemo;
}

/**
 * Cuts large outputs from a notebook's text, as the JSON literals that they are, and puts a short string in the place of each. Where: in `data`, `text`,
 * `evalue` and each line of `traceback` of outputs, in attachments, and in the state of widgets that is kept with the notebook.
 *
 * `restoreOutputs` gives back the very text, whatever stood in it: a string of the text that looks like a placeholder is cut, too, and put back as it was.
 * From a text that is no JSON nothing else is cut.
 */
export function cutOutputs(notebook: Notebook | string, options: CutOptions): CutNotebook {
	const text = typeof notebook === 'string' ? notebook : notebook.text;
	const root = typeof notebook === 'string' ? parseJsonText(notebook).value : notebook.root;
	const cutter = new Cutter(text, options);
	if (root !== null) for (const node of cuttable(root)) if (isLarge(text, node)) cutter.cut(node.start, node.end);
	return cutter.finish();
}

/** Literals of a notebook that may be cut, in the order of the text. */
export function cuttable(root: JsonNode): JsonNode[] {
	const found: JsonNode[] = [];
	for (const cell of root.get('cells')?.items() ?? []) {
		for (const attachment of cell.get('attachments')?.members() ?? []) found.push(...valuesOf(attachment.value));
		for (const output of cell.get('outputs')?.items() ?? []) {
			found.push(...valuesOf(output.get('data')));
			for (const name of ['text', 'evalue']) {
				const node = output.get(name);
				if (node !== undefined) found.push(node);
			}
			// The schema wants a list here, so its lines are cut one by one.
			found.push(...(output.get('traceback')?.items() ?? []));
		}
	}
	// What shows widgets looks for "state" and for the models in it; only what a model holds may go.
	for (const widgets of root.get('metadata')?.get('widgets')?.members() ?? []) {
		for (const model of widgets.value.get('state')?.members() ?? []) {
			const state = model.value.get('state');
			if (state !== undefined) found.push(state);
		}
	}
	return found.sort((one, other) => one.start - other.start);
}

function valuesOf(node: JsonNode | undefined): JsonNode[] {
	return node?.members().map(({ value }) => value) ?? [];
}

/** Whether the literal has more bytes than may stay. */
function isLarge(text: string, { start, end }: JsonNode): boolean {
	if (end - start > cutAboveBytes) return true;
	if ((end - start) * 3 <= cutAboveBytes) return false;
	return new TextEncoder().encode(text.slice(start, end)).length > cutAboveBytes;
}

/** Takes pieces of a text out, from its start to its end. */
class Cutter {
	readonly #text: string;
	readonly #options: CutOptions;
	readonly #pieces: string[] = [];
	readonly #payloads = new Map<string, OutputPayload>();
	readonly #known = new Map<string, { literal: string; sha256: string }[]>();
	#done = 0;

	constructor(text: string, options: CutOptions) {
		this.#text = text;
		this.#options = options;
	}

	cut(start: number, end: number): void {
		// A name that occurs twice in an object brings the same literal twice.
		if (start < this.#done) return;
		this.#keep(start);
		this.#pieces.push(outputPlaceholder(this.#payload(this.#text.slice(start, end))));
		this.#done = end;
	}

	finish(): CutNotebook {
		this.#keep(this.#text.length);
		return { text: this.#pieces.join(''), payloads: [...this.#payloads.values()], memo: { known: this.#known } };
	}

	/** Keeps the text up to `end`, but for what looks like a placeholder. */
	#keep(end: number): void {
		const piece = this.#text.slice(this.#done, end);
		this.#pieces.push(piece.replace(placeholderPattern(), (literal) => outputPlaceholder(this.#payload(literal))));
	}

	/** Remembers a literal; answers its hash. */
	#payload(literal: string): string {
		// Length, start and end tell nearly all literals apart; what decides is the comparison of the whole.
		const key = `${literal.length} ${literal.slice(0, 24)} ${literal.slice(-24)}`;
		const same = (entry: { literal: string }) => entry.literal === literal;
		const before = this.#options.memo?.known.get(key)?.find(same);
		const now = this.#known.get(key);
		const seen = now?.find(same);
		if (seen !== undefined) return seen.sha256;
		const encode = () => new TextEncoder().encode(literal);
		const bytes = before === undefined ? encode() : undefined;
		const sha256 = before?.sha256 ?? this.#options.sha256(bytes!);
		if (now === undefined) this.#known.set(key, [{ literal, sha256 }]);
		else now.push({ literal, sha256 });
		this.#payloads.set(sha256, { sha256, literal, known: before !== undefined, bytes: () => bytes ?? encode() });
		return sha256;
	}
}
