import { constants } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectId } from '../../versions/repository.ts';
import { isMissing } from './disk-errors.ts';
import { type FileCalls, patientCalls } from './file-calls.ts';
import { readRegularFile } from './read-regular-file.ts';

const maximumBytes = 1024 * 1024 * 1024;
/** What is known of a file that is not there. */
const absent = 'none';
/** Also the name itself: a ref of that name would stand in the way of all of ours. */
const ours = 'refs/nightlog';

/** The file `packed-refs`, of which only our own refs are held in memory. Source: git-pack-refs(1), refs/packed-backend.c. */
export class PackedRefs {
	readonly path: string;
	private readonly calls: FileCalls;
	private key = '';
	private own: ReadonlyMap<string, ObjectId> = new Map();

	constructor(commonDir: string, calls: FileCalls = patientCalls) {
		this.calls = calls;
		this.path = join(commonDir, 'packed-refs');
	}

	/** Our refs in it, by name. */
	async ownRefs(): Promise<ReadonlyMap<string, ObjectId>> {
		const key = this.calls.isQuick ? await this.lookAtName() : await this.lookAtFile();
		if (key === this.key) return this.own;
		const own = new Map<string, ObjectId>();
		const bytes = key === absent ? null : await readRegularFile(this.path, maximumBytes, this.calls);
		for (const line of linesOf(bytes ?? Buffer.alloc(0))) if (line.ref?.startsWith(ours)) own.set(line.ref, line.oid);
		this.own = own;
		this.key = key;
		return own;
	}

	/** To be begun before a ref is made that was not found: on a network, that there is no file may be known from a minute ago, too, but not its folder's list. */
	async lookAnew(): Promise<void> {
		if (!this.calls.isQuick) await readdir(dirname(this.path));
	}

	private async lookAtName(): Promise<string> {
		const found = await this.calls.stat(this.path);
		return found === null ? absent : `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;
	}

	/**
	 * On a network, what is known of a name may be a minute old, while a `git gc` elsewhere has put a ref in here and taken the loose one away: it would
	 * count as gone. What is opened is looked at anew (close-to-open, nfs(5)).
	 */
	private async lookAtFile(): Promise<string> {
		let descriptor: number;
		try {
			descriptor = await this.calls.open(this.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
		} catch (error) {
			if (isMissing(error)) return absent;
			throw error;
		}
		try {
			const found = await this.calls.fstat(descriptor);
			return `${found.ino}:${found.size}:${found.mtimeMs}:${found.ctimeMs}`;
		} finally {
			const closed = this.calls.close(descriptor);
			// As in `readRegularFile`.
			if (process.platform === 'win32') await closed;
			else closed.catch(() => {});
		}
	}

	/** The id of any ref; null where it is not in the file. */
	async read(ref: string): Promise<ObjectId | null> {
		if (ref.startsWith(ours)) return (await this.ownRefs()).get(ref) ?? null;
		const bytes = await readRegularFile(this.path, maximumBytes, this.calls);
		if (bytes === null) return null;
		const needle = Buffer.from(` ${ref}\n`);
		for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) {
			const oid = bytes.toString('latin1', bytes.lastIndexOf(10, at) + 1, at);
			if (/^[0-9a-f]+$/.test(oid)) return oid;
		}
		return null;
	}

	/** The file's bytes without some refs and what they peel to, and everything else as it stands. Null where none of them is in it. */
	async without(refs: ReadonlySet<string>): Promise<Buffer | null> {
		const bytes = await readRegularFile(this.path, maximumBytes, this.calls);
		if (bytes === null) return null;
		const kept: Buffer[] = [];
		let removed = 0;
		let isRemoving = false;
		for (const line of linesOf(bytes)) {
			if (line.ref !== null) isRemoving = refs.has(line.ref);
			else if (bytes[line.start] !== 0x5e) isRemoving = false;
			if (isRemoving) removed += 1;
			else kept.push(bytes.subarray(line.start, line.end));
		}
		return removed === 0 ? null : Buffer.concat(kept);
	}
}

interface PackedLine {
	/** Null for the header, comments and peeled ids. */
	readonly ref: string | null;
	readonly oid: ObjectId;
	readonly start: number;
	/** After the line end. */
	readonly end: number;
}

function* linesOf(bytes: Buffer): Generator<PackedLine> {
	for (let start = 0; start < bytes.length; ) {
		const newline = bytes.indexOf(10, start);
		const end = newline < 0 ? bytes.length : newline + 1;
		const first = bytes[start];
		const space = first === 0x23 || first === 0x5e ? -1 : bytes.indexOf(0x20, start);
		const isRef = space === start + 40 || space === start + 64;
		yield {
			ref: isRef ? bytes.toString('utf8', space + 1, newline < 0 ? end : newline) : null,
			oid: isRef ? bytes.toString('latin1', start, space) : '',
			start,
			end,
		};
		start = end;
	}
}
