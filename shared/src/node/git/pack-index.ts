import type { FileHandle } from 'node:fs/promises';
import { openRegularFile, openWithoutWaiting, unreadable } from './open-regular-file.ts';

/** Above this an index's ids are not held in memory: only the stretch with the wanted first byte is read. */
const heldBytes = 2 * 1024 * 1024;
/** A longer stretch of rows is narrowed down first, a row at a time. */
const longestRows = 1024 * 1024;
/** No stretch that is read at once is longer: a file that says so was made to fill the memory. */
const longestStretch = 1024 * 1024 * 1024;

/** The index of one pack. Source: gitformat-pack(5), "pack-*.idx files", versions 1 and 2. No file is held open. */
export class PackIndex {
	readonly path: string;
	private readonly idBytes: number;
	private opened: Promise<OpenedIndex> | null = null;

	constructor(path: string, idBytes: number) {
		this.path = path;
		this.idBytes = idBytes;
	}

	/** Where in the pack an object begins; null where the pack does not hold it. */
	async offsetOf(oid: string): Promise<number | null> {
		const index = await this.open();
		const found = await this.rowOf(index, oid);
		if (found === null) return null;
		if (index.version === 1) return found.rows.readUInt32BE(found.row * index.stride);
		const short = (await this.read(index.offsetsAt + found.position * 4, 4)).readUInt32BE(0);
		if ((short & 0x8000_0000) === 0) return short;
		return Number((await this.read(index.longOffsetsAt + (short & 0x7fff_ffff) * 8, 8)).readBigUInt64BE(0));
	}

	/** How many objects the pack holds. */
	async count(): Promise<number> {
		return (await this.open()).fanout[255] ?? 0;
	}

	/** The ids of all that the pack holds. */
	async ids(): Promise<string[]> {
		const index = await this.open();
		const length = (index.fanout[255] ?? 0) * index.stride;
		const rows = index.held ?? (await this.read(index.idsAt, length));
		const ids: string[] = [];
		for (let at = index.idOffset; at < length; at += index.stride) ids.push(rows.toString('hex', at, at + this.idBytes));
		return ids;
	}

	/** Whether the pack holds an object. */
	async has(oid: string): Promise<boolean> {
		return (await this.rowOf(await this.open(), oid)) !== null;
	}

	/** Where an id stands: in the rows that were looked through, and of all. */
	private async rowOf(index: OpenedIndex, oid: string): Promise<{ readonly rows: Buffer; readonly row: number; readonly position: number } | null> {
		const id = Buffer.from(oid, 'hex');
		const first = id[0] ?? 0;
		let start = first === 0 ? 0 : (index.fanout[first - 1] ?? 0);
		let end = index.fanout[first] ?? 0;
		while (index.held === null && (end - start) * index.stride > longestRows) {
			const middle = Math.floor((start + end) / 2);
			const row = await this.read(index.idsAt + middle * index.stride + index.idOffset, this.idBytes);
			if (row.compare(id) <= 0) start = middle;
			else end = middle;
		}
		if (start === end) return null;
		const from = index.idsAt + start * index.stride;
		const to = index.idsAt + end * index.stride;
		const rows = index.held === null ? await this.read(from, to - from) : index.held.subarray(from - index.idsAt, to - index.idsAt);
		const row = findRow(rows, index.stride, index.idOffset, id);
		return row === null ? null : { rows, row, position: start + row };
	}

	private open(): Promise<OpenedIndex> {
		this.opened ??= this.load();
		this.opened.catch(() => {
			this.opened = null;
		});
		return this.opened;
	}

	private async load(): Promise<OpenedIndex> {
		const { handle } = await openRegularFile(this.path);
		try {
			const head = await readExactly(handle, 0, 8 + 1024, this.path);
			const version = head.readUInt32BE(0) === 0xff74_4f63 ? head.readUInt32BE(4) : 1;
			if (version > 2) throw unreadable(this.path);
			const fanoutAt = version === 1 ? 0 : 8;
			const fanout = Array.from({ length: 256 }, (_, index) => head.readUInt32BE(fanoutAt + index * 4));
			if (fanout.some((count, index) => index > 0 && count < (fanout[index - 1] ?? 0))) throw unreadable(this.path);
			const count = fanout[255] ?? 0;
			const stride = version === 1 ? 4 + this.idBytes : this.idBytes;
			const idsAt = fanoutAt + 1024;
			const offsetsAt = idsAt + count * (this.idBytes + 4);
			const held = count * stride <= heldBytes ? await readExactly(handle, idsAt, count * stride, this.path) : null;
			return { version, fanout, stride, idOffset: version === 1 ? 4 : 0, idsAt, offsetsAt, longOffsetsAt: offsetsAt + count * 4, held };
		} finally {
			await handle.close();
		}
	}

	private async read(position: number, length: number): Promise<Buffer> {
		const handle = await openWithoutWaiting(this.path);
		try {
			return await readExactly(handle, position, length, this.path);
		} finally {
			await handle.close();
		}
	}
}

interface OpenedIndex {
	readonly version: number;
	readonly fanout: readonly number[];
	readonly stride: number;
	/** Where in a row the id begins. */
	readonly idOffset: number;
	readonly idsAt: number;
	readonly offsetsAt: number;
	readonly longOffsetsAt: number;
	readonly held: Buffer | null;
}

/** Reads a stretch of a file. @throws NightlogError `repository/corrupt` when the file ends before it, or no file has such a stretch */
export async function readExactly(handle: FileHandle, position: number, length: number, path: string): Promise<Buffer> {
	if (!(length >= 0 && length <= longestStretch)) throw unreadable(path);
	const bytes = Buffer.allocUnsafe(length);
	for (let done = 0; done < length; ) {
		const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
		if (bytesRead === 0) throw unreadable(path);
		done += bytesRead;
	}
	return bytes;
}

function findRow(rows: Buffer, stride: number, idOffset: number, id: Buffer): number | null {
	let low = 0;
	let high = rows.length / stride;
	while (low < high) {
		const middle = (low + high) >> 1;
		const at = middle * stride + idOffset;
		const order = rows.compare(id, 0, id.length, at, at + id.length);
		if (order === 0) return middle;
		if (order < 0) low = middle + 1;
		else high = middle;
	}
	return null;
}
