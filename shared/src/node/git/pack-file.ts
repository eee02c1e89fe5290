import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflate, inflateSync } from 'node:zlib';
import type { ObjectType } from '../../versions/repository-objects.ts';
import { corruptObject, type GitObject, mostCompressed } from './loose-objects.ts';
import { openRegularFile } from './open-regular-file.ts';
import { applyDelta } from './pack-delta.ts';
import { type PackIndex, readExactly } from './pack-index.ts';

const inflateAsync = promisify(inflate);
const types: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const offsetDelta = 6;
const referenceDelta = 7;
/** Git makes no longer chains; a longer one is a loop. */
const longestChain = 4096;
/** What a chain makes on the way, in largest objects: the longest that Git makes of the largest things stays below it. */
const mostMade = 64;
/** So much of an entry is read at first: most are no longer. */
const headBytes = 4096;

/**
 * Reads an object of a pack, through its deltas, a stretch of the file at a time: packs of any size, also above 2 GiB. Source: gitformat-pack(5).
 *
 * @param mostBytes neither the object, nor what it is made of, is larger
 * @returns null where the pack does not hold it
 * @throws NightlogError `repository/corrupt`; the system's error when the pack has gone (a `git gc` took it)
 */
export async function readPacked(packPath: string, index: PackIndex, oid: string, idBytes: number, mostBytes: number): Promise<GitObject | null> {
	const start = await index.offsetOf(oid);
	if (start === null) return null;
	const { handle, sizeBytes: fileSize } = await openRegularFile(packPath);
	try {
		const file: PackFile = { handle, path: packPath, end: fileSize - idBytes, idBytes, mostBytes, oid };
		// Only where they lie is remembered: a long chain of large ones would fill the memory.
		const deltas: PackEntry[] = [];
		for (let offset = start; ; ) {
			const entry = await readEntry(file, offset);
			const type = types[entry.kind];
			if (type !== undefined) return { type, bytes: await applyAll(file, await inflateEntry(file, entry), deltas.reverse()) };
			const base = entry.baseOffset ?? (entry.baseId === null ? null : await index.offsetOf(entry.baseId));
			if (base === null || base < 12 || deltas.length > longestChain) throw corruptObject(oid);
			deltas.push(entry);
			offset = base;
		}
	} finally {
		await handle.close();
	}
}

interface PackFile {
	readonly handle: FileHandle;
	readonly path: string;
	/** Where its entries end. */
	readonly end: number;
	readonly idBytes: number;
	readonly mostBytes: number;
	/** What is looked for. */
	readonly oid: string;
}

interface PackEntry {
	readonly kind: number;
	/** Of its bytes, or of its delta. */
	readonly sizeBytes: number;
	readonly baseOffset: number | null;
	readonly baseId: string | null;
	/** Where what is compressed begins, and as much of it as was read. */
	readonly bodyAt: number;
	readonly body: Buffer;
}

/** Bytes and what a row of deltas makes of them. */
async function applyAll(file: PackFile, base: Uint8Array, deltas: readonly PackEntry[]): Promise<Uint8Array> {
	let bytes = base;
	let made = 0;
	for (const delta of deltas) {
		const next = applyDelta(bytes, await inflateEntry(file, delta), file.mostBytes);
		made += next?.length ?? 0;
		if (next === null || made > file.mostBytes * mostMade) throw corruptObject(file.oid);
		bytes = next;
	}
	return bytes;
}

async function readEntry({ handle, path, end, idBytes, mostBytes, oid }: PackFile, start: number): Promise<PackEntry> {
	if (start >= end) throw corruptObject(oid);
	const head = await readExactly(handle, start, Math.min(headBytes, end - start), path);
	let at = 0;
	let byte = head[at++] ?? 0;
	const kind = (byte >> 4) & 7;
	let size = byte & 15;
	for (let scale = 16; byte & 0x80; scale *= 128) {
		byte = head[at++] ?? 0;
		size += (byte & 0x7f) * scale;
		if (at > 16) throw corruptObject(oid);
	}
	let baseOffset: number | null = null;
	let baseId: string | null = null;
	if (kind === offsetDelta) {
		byte = head[at++] ?? 0;
		let distance = byte & 0x7f;
		while (byte & 0x80) {
			byte = head[at++] ?? 0;
			distance = (distance + 1) * 128 + (byte & 0x7f);
			if (at > 32) throw corruptObject(oid);
		}
		baseOffset = start - distance;
	} else if (kind === referenceDelta) {
		baseId = head.toString('hex', at, at + idBytes);
		at += idBytes;
	} else if (types[kind] === undefined) {
		throw corruptObject(oid);
	}
	if (size > mostBytes) throw corruptObject(oid);
	// A copy: of the many entries of a chain most are short.
	const body = Buffer.from(head.subarray(at, at + mostCompressed(size)));
	return { kind, sizeBytes: size, baseOffset, baseId, bodyAt: start + at, body };
}

async function inflateEntry({ handle, path, end, oid }: PackFile, { sizeBytes, bodyAt, body }: PackEntry): Promise<Buffer> {
	// How long the compressed bytes are is not written down: zlib never needs more than this, and stops by itself at their end.
	const most = Math.min(mostCompressed(sizeBytes), end - bodyAt);
	const packed = most <= body.length ? body.subarray(0, most) : await readExactly(handle, bodyAt, most, path);
	let bytes: Buffer;
	try {
		const options = { maxOutputLength: Math.max(1, sizeBytes) };
		bytes = packed.length < 16 * 1024 ? inflateSync(packed, options) : await inflateAsync(packed, options);
	} catch (cause) {
		throw corruptObject(oid, cause);
	}
	if (bytes.length !== sizeBytes) throw corruptObject(oid);
	return bytes;
}
