import { cutAboveBytes, cutOutputs, cuttable } from '@nightlog/shared/notebook/cut-outputs';
import type { Notebook } from '@nightlog/shared/notebook/notebook';
import type { NotebookProblem } from '@nightlog/shared/notebook/notebook-problem';
import { placeholderPattern } from '@nightlog/shared/notebook/output-placeholder';
import { readNotebook } from '@nightlog/shared/notebook/parse-notebook';
import { restoreOutputs } from '@nightlog/shared/notebook/restore-outputs';
import { sha256Hex } from './sha256.ts';

/** A notebook's bytes, looked at. */
export interface ReadNotebook {
	/** The notebook with large outputs cut out; null where the bytes are none. */
	readonly notebook: Notebook | null;
	readonly problems: readonly NotebookProblem[];
	/** The text with placeholders; null where nothing was cut. */
	readonly cutBytes: Buffer | null;
	/** What was cut, by its SHA-256. */
	readonly payloads: ReadonlyMap<string, () => Uint8Array>;
	/** Gives the next reading of the same notebook a start; null where there is nothing to save. */
	readonly memo: CutMemo | null;
}

/** A reading of a notebook, to begin the next one from: what did not change since is not looked at again. It holds on to the bytes. */
export interface CutMemo {
	readonly bytes: Buffer;
	readonly cutBytes: Buffer;
	readonly segments: readonly Segment[];
}

/** A literal that was cut: where it stood in the bytes, and where its placeholder stands. */
interface Segment {
	readonly sha256: string;
	readonly start: number;
	readonly end: number;
	readonly cutStart: number;
	readonly cutEnd: number;
}

/**
 * Reads a notebook and cuts its large outputs. With a memo only the bytes between the first and the last difference are read, out of the literals that
 * are the same on both sides: so a changed cell between 10 MB of images costs what its text costs.
 *
 * @param prefix how many bytes the memo's begin with as these do, where that is known already
 */
export function cutNotebook(bytes: Buffer, memo: CutMemo | null, prefix?: number): ReadNotebook {
	return (memo === null ? null : cutAgain(bytes, memo, prefix ?? commonPrefix(memo.bytes, bytes))) ?? cutAll(bytes);
}

function cutAll(bytes: Buffer): ReadNotebook {
	const { value, problems } = readNotebook(bytes);
	if (value === null) return { notebook: null, problems, cutBytes: null, payloads: new Map(), memo: null };
	const cut = cutOutputs(value, { sha256: sha256Hex });
	if (cut.payloads.length === 0) return { notebook: value, problems, cutBytes: null, payloads: new Map(), memo: null };
	const cutBytes = Buffer.from(cut.text);
	const literals = new Map(cut.payloads.map((payload) => [payload.sha256, Buffer.from(payload.bytes())]));
	const read = finish(bytes, cutBytes, literals);
	if (read === null) throw new Error('a notebook whose outputs were cut is no notebook any more');
	return read;
}

/** As `cutAll`, from the last reading; null where that one does not help. */
function cutAgain(bytes: Buffer, memo: CutMemo, prefix: number): ReadNotebook | null {
	const suffix = commonSuffix(memo.bytes, bytes, Math.min(memo.bytes.length, bytes.length) - prefix);
	const grown = bytes.length - memo.bytes.length;
	const left = memo.segments.filter(({ end }) => end <= prefix);
	const right = memo.segments.filter(({ start }) => start >= memo.bytes.length - suffix);
	const middleStart = left.at(-1)?.end ?? 0;
	const middleEnd = (right[0]?.start ?? memo.bytes.length) + grown;
	const middle = bytes.subarray(middleStart, middleEnd);
	if (left.length + right.length === 0 || placeholderPattern().test(middle.toString('latin1'))) return null;

	const before = memo.cutBytes.subarray(0, left.at(-1)?.cutEnd ?? 0);
	const behind = memo.cutBytes.subarray(right[0]?.cutStart ?? memo.cutBytes.length);
	const substituted = Buffer.concat([before, middle, behind]);
	const literals = new Map<string, Buffer>();
	for (const { sha256, start, end } of left) literals.set(sha256, bytes.subarray(start, end));
	for (const { sha256, start, end } of right) literals.set(sha256, bytes.subarray(start + grown, end + grown));
	if (middle.length <= cutAboveBytes) return ifInPlace(finish(bytes, substituted, literals));

	const { value } = readNotebook(substituted);
	if (value === null) return null;
	// Placeholders that stand for what was cut before are cut once more here, as any text that looks like one, and then put back.
	const cut = cutOutputs(value, { sha256: sha256Hex });
	const own = new Map<string, string>();
	for (const { sha256, literal, bytes: payload } of cut.payloads) {
		const inner = literals.size === 0 ? null : [...literal.matchAll(placeholderPattern())];
		if (inner?.length === 1 && inner[0]?.[0] === literal) own.set(sha256, literal);
		else if (inner !== null && inner.length > 0) return null;
		else literals.set(sha256, Buffer.from(payload()));
	}
	return ifInPlace(finish(bytes, Buffer.from(restoreOutputs(cut.text, (sha256) => own.get(sha256)).text), literals));
}

/** A reading whose placeholders all stand where outputs are cut: an edit can make something else of what was an output. Null for any other. */
function ifInPlace(read: ReadNotebook | null): ReadNotebook | null {
	if (read === null || read.notebook === null || read.memo === null) return null;
	const places = new Set<number>();
	for (const node of cuttable(read.notebook.root)) {
		if (node.end - node.start < 100 && placeholderPattern().exec(node.literal)?.[0] === node.literal) places.add(node.start);
	}
	return places.size === read.memo.segments.length ? read : null;
}

/** Finds out where the literals of all placeholders stand; null where one stands for nothing or this is no notebook. */
function finish(bytes: Buffer, cutBytes: Buffer, literals: ReadonlyMap<string, Buffer>): ReadNotebook | null {
	const segments: Segment[] = [];
	let grown = 0;
	const payloads = new Map<string, () => Uint8Array>();
	for (const match of cutBytes.toString('latin1').matchAll(placeholderPattern())) {
		const sha256 = match[1] ?? '';
		const literal = literals.get(sha256);
		if (literal === undefined) return null;
		const cutStart = match.index;
		const cutEnd = cutStart + match[0].length;
		const start = cutStart + grown;
		grown += literal.length - match[0].length;
		segments.push({ sha256, start, end: start + literal.length, cutStart, cutEnd });
		payloads.set(sha256, () => literal);
	}
	const { value, problems } = readNotebook(cutBytes);
	if (value === null) return null;
	return { notebook: value, problems, cutBytes: segments.length === 0 ? null : cutBytes, payloads, memo: { bytes, cutBytes, segments } };
}

const chunk = 65_536;

/** How many bytes are the same at the beginning of both. */
export function commonPrefix(left: Buffer, right: Buffer): number {
	const most = Math.min(left.length, right.length);
	let at = 0;
	while (at < most) {
		const end = Math.min(at + chunk, most);
		if (left.compare(right, at, end, at, end) !== 0) break;
		at = end;
	}
	while (at < most && left[at] === right[at]) at++;
	return at;
}

/** How many bytes are the same at the end of both, `most` at the most. */
export function commonSuffix(left: Buffer, right: Buffer, most: number): number {
	let at = 0;
	while (at < most) {
		const end = Math.min(at + chunk, most);
		if (left.compare(right, right.length - end, right.length - at, left.length - end, left.length - at) !== 0) break;
		at = end;
	}
	while (at < most && left[left.length - 1 - at] === right[right.length - 1 - at]) at++;
	return at;
}
