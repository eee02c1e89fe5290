import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ObjectType } from '../../versions/repository-objects.ts';
import { isMissing } from './disk-errors.ts';
import { allDone, removeIfThere, syncFolder, writeNewFile } from './durable-files.ts';
import type { FileCalls } from './file-calls.ts';
import { compressObject, makeFolder } from './loose-objects.ts';
import type { NewObject } from './object-store.ts';
import { type SharedRepository, sharedMode } from './shared-permissions.ts';

const typeNumbers: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };
/** So much goes to the disk at a time. */
const chunkBytes = 1024 * 1024;
/** So much is compressed ahead of what is written, several objects at the same time; a larger one than `chunkBytes` alone. */
const aheadBytes = 4 * 1024 * 1024;

/** Where and how a pack is written. */
export interface PackTarget {
	/** `objects/pack`; made where it is not there. */
	readonly folder: string;
	readonly calls: FileCalls;
	readonly objectFormat: 'sha1' | 'sha256';
	readonly shared: SharedRepository | null;
	/** Part of the temporary names, and through its hash of the pack's; must be new. */
	readonly uniqueName: string;
	/** Told the pack's name (`pack-<digits>`) before anybody can see it. */
	readonly beforePublish: (name: string) => Promise<void>;
	/** Told when all of it is durable and only has to be given its names. */
	readonly onAlmost?: () => void;
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
	const { folder, calls, shared, objectFormat } = target;
	const packTemporary = join(folder, `tmp_pack_${target.uniqueName}`);
	const indexTemporary = join(folder, `tmp_idx_${target.uniqueName}`);
	const leftovers = [packTemporary, indexTemporary];
	try {
		const file = await createFile(packTemporary, shared, calls);
		let written: WrittenPack;
		let index: Buffer;
		let name: string;
		try {
			written = await writePackFile(file, count, objects, objectFormat, calls);
			index = indexBytes(written.entries, written.checksum, objectFormat);
			name = packName(written.checksum, target.uniqueName, objectFormat);
			await allDone([makeDurable(file, shared, calls), writeNewFile(indexTemporary, index, 0o444, shared, calls), target.beforePublish(name)]);
			target.onAlmost?.();
		} finally {
			await calls.close(file);
		}
		const place = join(folder, name);
		await calls.rename(packTemporary, `${place}.pack`);
		leftovers.push(`${place}.pack`);
		await calls.rename(indexTemporary, `${place}.idx`);
		leftovers.length = 0;
		await syncFolder(folder, calls);
		return { name, bytes: written.length + index.length };
	} catch (error) {
		await Promise.all(leftovers.map((path) => removeIfThere(path, calls)));
		throw error;
	}
}

/**
 * A name that no pack has or had. Git's is the checksum alone: then packing the same again would give the name of a pack that somebody is about to
 * remove because of another one.
 */
export function packName(checksum: Uint8Array, uniqueName: string, objectFormat: 'sha1' | 'sha256'): string {
	return `pack-${createHash(objectFormat).update(checksum).update(uniqueName).digest('hex')}`;
}

async function createFile(path: string, shared: SharedRepository | null, calls: FileCalls): Promise<number> {
	try {
		return await calls.open(path, 'wx', 0o444);
	} catch (error) {
		if (!isMissing(error)) throw error;
		await makeFolder(dirname(path), shared, calls);
		return await calls.open(path, 'wx', 0o444);
	}
}

async function makeDurable(file: number, shared: SharedRepository | null, calls: FileCalls): Promise<void> {
	if (shared !== null) await calls.fchmod(file, sharedMode((await calls.fstat(file)).mode, shared, false));
	await calls.fsync(file);
}

interface IndexEntry {
	readonly id: Buffer;
	readonly crc: number;
	readonly offset: number;
}

interface WrittenPack {
	readonly entries: readonly IndexEntry[];
	readonly checksum: Buffer;
	readonly length: number;
}

async function writePackFile(
	file: number,
	count: number,
	objects: AsyncIterable<NewObject> | Iterable<NewObject>,
	objectFormat: 'sha1' | 'sha256',
	calls: FileCalls,
): Promise<WrittenPack> {
	const entries: IndexEntry[] = [];
	let pending: Buffer[] = [];
	let pendingBytes = 0;
	let length = 0;
	let checksum = Buffer.alloc(0);
	async function flush(): Promise<void> {
		const bytes = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending);
		const from = length - pendingBytes;
		for (let done = 0; done < bytes.length; ) done += await calls.write(file, bytes, done, bytes.length - done, from + done);
		pending = [];
		pendingBytes = 0;
	}
	for await (const { id, parts } of packParts(count, objects, objectFormat)) {
		if (id !== null) entries.push({ id, crc: parts.reduce((sum, part) => crc32(part, sum), 0), offset: length });
		for (const part of parts) {
			if (pendingBytes > 0 && pendingBytes + part.length > chunkBytes) await flush();
			pending.push(part);
			pendingBytes += part.length;
			length += part.length;
			checksum = part;
		}
	}
	await flush();
	return { entries, checksum, length };
}

/** A part of a pack: an object, or what stands before the first and after the last. */
export interface PackPart {
	readonly id: Buffer | null;
	readonly parts: readonly Buffer<ArrayBuffer>[];
}

/** The bytes of a pack, part by part: the header, each object, and last the checksum. */
export async function* packParts(
	count: number,
	objects: AsyncIterable<NewObject> | Iterable<NewObject>,
	objectFormat: 'sha1' | 'sha256',
): AsyncGenerator<PackPart> {
	const hash = createHash(objectFormat);
	const head = Buffer.from('PACK\0\0\0\0\0\0\0\0', 'latin1');
	head.writeUInt32BE(2, 4);
	head.writeUInt32BE(count, 8);
	hash.update(head);
	yield { id: null, parts: [head] };
	let written = 0;
	for await (const entry of compressed(objects)) {
		for (const part of entry.parts) hash.update(part);
		written += 1;
		yield entry;
	}
	if (written !== count) throw new RangeError(`a pack of ${count} objects was given ${written}`);
	yield { id: null, parts: [Buffer.from(hash.digest())] };
}

/** Objects as a pack has them, in their order. */
async function* compressed(objects: AsyncIterable<NewObject> | Iterable<NewObject>): AsyncGenerator<PackPart> {
	const ahead: { readonly weight: number; readonly entry: Promise<PackPart> }[] = [];
	let weights = 0;
	for await (const object of objects) {
		// Of the large ones no more than one is in memory twice.
		const weight = object.bytes.length > chunkBytes ? aheadBytes : object.bytes.length;
		while (weights + weight > aheadBytes || ahead.length === 16) {
			const first = ahead.shift();
			if (first === undefined) break;
			weights -= first.weight;
			yield await first.entry;
		}
		const entry = compressEntry(object);
		// It may fail before it is waited for.
		entry.catch(() => {});
		ahead.push({ weight, entry });
		weights += weight;
	}
	for (const { entry } of ahead) yield await entry;
}

async function compressEntry({ oid, type, bytes }: NewObject): Promise<PackPart> {
	const body = await compressObject(bytes);
	return { id: Buffer.from(oid, 'hex'), parts: [entryHeader(typeNumbers[type], bytes.length), body as Buffer<ArrayBuffer>] };
}

function entryHeader(type: number, size: number): Buffer<ArrayBuffer> {
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
