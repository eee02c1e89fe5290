import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflate, inflateSync } from 'node:zlib';
import type { ObjectType } from '../../versions/repository-objects.ts';
import { corruptObject, type GitObject, maximumObjectBytes } from './loose-objects.ts';
import { openRegularFile } from './open-regular-file.ts';
import { applyDelta } from './pack-delta.ts';
import { type PackIndex, readExactly } from './pack-index.ts';

const inflateAsync = promisify(inflate);
const types: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const offsetDelta = 6;
const referenceDelta = 7;
/** Git makes no longer chains; a longer one is a loop. */
const longestChain = 4096;

/**
 * Reads an object of a pack, through its deltas, a stretch of the file at a time: packs of any size, also above 2 GiB. Source: gitformat-pack(5).
 *
 * @returns null where the pack does not hold it
 * @throws NightlogError `repository/corrupt`; the system's error when the pack has gone (a `git gc` took it)
 */
export async function readPacked(packPath: string, index: PackIndex, oid: string, idBytes: number): Promise<GitObject | null> {
	const start = await index.offsetOf(oid);
	if (start === null) return null;
	const { handle, sizeBytes: fileSize } = await openRegularFile(packPath);
	try {
		const deltas: Uint8Array[] = [];
		for (let offset = start; ; ) {
			const entry = await readEntry(handle, packPath, offset, fileSize, idBytes, oid);
			const type = types[entry.kind];
			if (type !== undefined) {
				let bytes: Uint8Array = entry.bytes;
				for (const delta of deltas.reverse()) {
					const next = applyDelta(bytes, delta, maximumObjectBytes);
					if (next === null) throw corruptObject(oid);
					bytes = next;
				}
				return { type, bytes };
			}
			const base = entry.baseOffset ?? (entry.baseId === null ? null : await index.offsetOf(entry.baseId));
			if (base === null || base < 12 || deltas.length > longestChain) throw corruptObject(oid);
			deltas.push(entry.bytes);
			offset = base;
		}
	} finally {
		await handle.close();
	}
}

interface PackEntry {
	readonly kind: number;
	readonly bytes: Buffer;
	readonly baseOffset: number | null;
	readonly baseId: string | null;
}

async function readEntry(handle: FileHandle, path: string, start: number, fileSize: number, idBytes: number, oid: string): Promise<PackEntry> {
	const end = fileSize - idBytes;
	if (start >= end) throw corruptObject(oid);
	const head = await readExactly(handle, start, Math.min(4096, end - start), path);
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
	if (size > maximumObjectBytes) throw corruptObject(oid);
	// How long the compressed bytes are is not written down: zlib never needs more than this, and stops by itself at their end.
	const most = Math.min(size + Math.ceil(size / 1000) + 64, end - start - at);
	const packed = at + most <= head.length ? head.subarray(at, at + most) : await readExactly(handle, start + at, most, path);
	let bytes: Buffer;
	try {
		const options = { maxOutputLength: Math.max(1, size) };
		bytes = packed.length < 16 * 1024 ? inflateSync(packed, options) : await inflateAsync(packed, options);
	} catch (cause) {
		throw corruptObject(oid, cause);
	}
	if (bytes.length !== size) throw corruptObject(oid);
	return { kind, bytes, baseOffset, baseId };
}
