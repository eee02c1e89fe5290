import { createHash } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';
import type { ObjectType } from '../../versions/repository-objects.ts';
import { removeIfThere, syncFolder, writeAll, writeNewFile } from './durable-files.ts';
import type { NewObject } from './object-store.ts';
import { applySharedMode, type SharedRepository } from './shared-permissions.ts';

const deflateAsync = promisify(deflate);
const typeNumbers: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

/** Where and how a pack is written. */
export interface PackTarget {
	/** `objects/pack`; it is there. */
	readonly folder: string;
	readonly objectFormat: 'sha1' | 'sha256';
	readonly shared: SharedRepository | null;
	/** Part of the temporary names; must be new. */
	readonly uniqueName: string;
	/** Told the pack's name (`pack-<digits>`) when its bytes are durable, before anybody can see it. */
	readonly beforePublish: (name: string) => Promise<void>;
}

/**
 * Writes objects as one pack, without deltas, durably. It is visible, with all of its objects, from the moment that its index has its name.
 * Nothing is left behind when it fails. Source: gitformat-pack(5).
 */
export async function writePack(
	count: number,
	objects: AsyncIterable<NewObject> | Iterable<NewObject>,
	target: PackTarget,
): Promise<{ readonly name: string; readonly bytes: number }> {
	const packTemporary = join(target.folder, `tmp_pack_${target.uniqueName}`);
	const indexTemporary = join(target.folder, `tmp_idx_${target.uniqueName}`);
	try {
		const written = await writePackFile(packTemporary, count, objects, target.objectFormat);
		await applySharedMode(packTemporary, target.shared);
		const index = indexBytes(written.entries, written.checksum, target.objectFormat);
		await writeNewFile(indexTemporary, index, 0o444, target.shared);
		const name = `pack-${written.checksum.toString('hex')}`;
		await target.beforePublish(name);
		await rename(packTemporary, join(target.folder, `${name}.pack`));
		await rename(indexTemporary, join(target.folder, `${name}.idx`));
		await syncFolder(target.folder);
		return { name, bytes: written.length + index.length };
	} catch (error) {
		await removeIfThere(packTemporary);
		await removeIfThere(indexTemporary);
		throw error;
	}
}

interface IndexEntry {
	readonly id: Buffer;
	readonly crc: number;
	readonly offset: number;
}

async function writePackFile(
	path: string,
	count: number,
	objects: AsyncIterable<NewObject> | Iterable<NewObject>,
	objectFormat: 'sha1' | 'sha256',
): Promise<{ readonly entries: readonly IndexEntry[]; readonly checksum: Buffer; readonly length: number }> {
	const handle = await open(path, 'wx', 0o444);
	try {
		const entries: IndexEntry[] = [];
		let length = 0;
		let checksum = Buffer.alloc(0);
		for await (const part of packParts(count, objects, objectFormat)) {
			if (part.id !== null) entries.push({ id: part.id, crc: crc32(part.bytes), offset: length });
			await writeAll(handle, part.bytes);
			length += part.bytes.length;
			checksum = part.bytes;
		}
		await handle.sync();
		return { entries, checksum, length };
	} finally {
		await handle.close();
	}
}

/** The bytes of a pack, part by part: the header, each object, and last the checksum. */
export async function* packParts(
	count: number,
	objects: AsyncIterable<NewObject> | Iterable<NewObject>,
	objectFormat: 'sha1' | 'sha256',
): AsyncGenerator<{ readonly id: Buffer | null; readonly bytes: Buffer<ArrayBuffer> }> {
	const hash = createHash(objectFormat);
	const head = Buffer.from('PACK\0\0\0\0\0\0\0\0', 'latin1');
	head.writeUInt32BE(2, 4);
	head.writeUInt32BE(count, 8);
	hash.update(head);
	yield { id: null, bytes: head };
	let written = 0;
	for await (const { oid, type, bytes } of objects) {
		const packed = Buffer.concat([
			entryHeader(typeNumbers[type], bytes.length),
			await deflateAsync(bytes, { level: bytes.length < 262_144 ? 6 : 1 }),
		]);
		hash.update(packed);
		written += 1;
		yield { id: Buffer.from(oid, 'hex'), bytes: packed };
	}
	if (written !== count) throw new RangeError(`a pack of ${count} objects was given ${written}`);
	yield { id: null, bytes: Buffer.from(hash.digest()) };
}

function entryHeader(type: number, size: number): Buffer {
	const bytes: number[] = [];
	let rest = Math.floor(size / 16);
	let byte = (type << 4) | (size % 16);
	while (rest > 0) {
		bytes.push(byte | 0x80);
		byte = rest % 128;
		rest = Math.floor(rest / 128);
	}
	bytes.push(byte);
	return Buffer.from(bytes);
}

function indexBytes(entries: readonly IndexEntry[], packChecksum: Buffer, objectFormat: 'sha1' | 'sha256'): Buffer {
	const sorted = [...entries].sort((left, right) => left.id.compare(right.id));
	const head = Buffer.alloc(8 + 1024);
	head.writeUInt32BE(0xff74_4f63, 0);
	head.writeUInt32BE(2, 4);
	const counts = new Array<number>(256).fill(0);
	for (const { id } of sorted) counts[id[0] ?? 0] = (counts[id[0] ?? 0] ?? 0) + 1;
	let total = 0;
	for (const [first, count] of counts.entries()) {
		total += count;
		head.writeUInt32BE(total, 8 + first * 4);
	}
	const crcs = Buffer.alloc(sorted.length * 4);
	const offsets = Buffer.alloc(sorted.length * 4);
	const long: Buffer[] = [];
	for (const [row, { crc, offset }] of sorted.entries()) {
		crcs.writeUInt32BE(crc, row * 4);
		if (offset < 0x8000_0000) {
			offsets.writeUInt32BE(offset, row * 4);
			continue;
		}
		offsets.writeUInt32BE(0x8000_0000 + long.length, row * 4);
		const wide = Buffer.alloc(8);
		wide.writeBigUInt64BE(BigInt(offset));
		long.push(wide);
	}
	const body = Buffer.concat([head, ...sorted.map(({ id }) => id), crcs, offsets, ...long, packChecksum]);
	return Buffer.concat([body, createHash(objectFormat).update(body).digest()]);
}
