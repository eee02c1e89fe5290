import { NightlogError } from '../../base/nightlog-error.ts';
import { decodeGitText } from '../../versions/repository-text.ts';

/** One file of an index. */
export interface IndexEntry {
	/** Relative to the working tree's top, with '/'; a sparse index has folders, which end in '/'. */
	readonly path: string;
	readonly oid: string;
	/** As in a tree: 0o100644 and so on. */
	readonly mode: number;
	readonly sizeBytes: number;
	readonly mtimeSeconds: number;
	readonly ctimeSeconds: number;
	/** The low 32 bits of the file's number. */
	readonly inode: number;
	/** 0; 1 to 3 in an unfinished merge. */
	readonly stage: number;
	/** `git update-index --assume-unchanged`. */
	readonly isAssumedValid: boolean;
	/** Not in the working tree by a sparse checkout. */
	readonly isSkipped: boolean;
	/** `git add --intent-to-add`: its path is tracked, its content is not. */
	readonly isIntended: boolean;
}

/** What an index is, without its entries. */
export interface IndexFeatures {
	/** 2, 3 or 4. */
	readonly version: number;
	readonly entryCount: number;
	/** Four letters each, in the order of the file. */
	readonly extensions: readonly string[];
	/** The tree that the entries make up, where Git noted it down and nothing was changed since (extension TREE); null otherwise. */
	readonly tree: string | null;
}

/** Reads what an index is. @throws NightlogError `repository/corrupt` @throws NightlogError `repository/unknown-index` for other versions */
export function readIndexFeatures(bytes: Buffer, idBytes: number): IndexFeatures {
	const { version, entryCount } = readHead(bytes, idBytes);
	const noted = endOfEntries(bytes, idBytes);
	let offset = noted ?? 12;
	if (noted === null) {
		for (let count = 0, previous = 0; count < entryCount; count++) {
			const next = skipEntry(bytes, offset, version, idBytes, previous);
			previous = next.pathLength;
			offset = next.end;
		}
	}
	const extensions: string[] = [];
	let tree: string | null = null;
	while (offset + 8 <= bytes.length - idBytes) {
		const name = bytes.toString('latin1', offset, offset + 4);
		const end: number = offset + 8 + bytes.readUInt32BE(offset + 4);
		if (name === 'TREE') tree = treeOf(bytes.subarray(offset + 8, end), entryCount, idBytes);
		extensions.push(name);
		offset = end;
	}
	return { version, entryCount, extensions, tree };
}

/** The id of the top folder, which stands first: an empty name, how many entries it has (-1 where it is not known any more) and how many folders. */
function treeOf(extension: Buffer, entryCount: number, idBytes: number): string | null {
	const line = /^\0(\d+) \d+\n/.exec(extension.toString('latin1', 0, 64));
	if (line === null || Number(line[1]) !== entryCount || extension.length < line[0].length + idBytes) return null;
	return extension.toString('hex', line[0].length, line[0].length + idBytes);
}

/** Reads the entries, in the order of the file. Source: gitformat-index(5). @throws NightlogError `repository/corrupt`, `repository/unknown-index` */
export function readIndexEntries(bytes: Buffer, idBytes: number): IndexEntry[] {
	const { version, entryCount } = readHead(bytes, idBytes);
	const entries: IndexEntry[] = [];
	let previous: Buffer = Buffer.alloc(0);
	for (let offset = 12; entries.length < entryCount; ) {
		const next = skipEntry(bytes, offset, version, idBytes, previous.length);
		const path = next.stripped === null ? next.name : Buffer.concat([previous.subarray(0, previous.length - next.stripped), next.name]);
		const flags = bytes.readUInt16BE(offset + 40 + idBytes);
		const more = (flags & 0x4000) === 0 ? 0 : bytes.readUInt16BE(offset + 42 + idBytes);
		entries.push({
			path: decodeGitText(path),
			oid: bytes.toString('hex', offset + 40, offset + 40 + idBytes),
			mode: bytes.readUInt32BE(offset + 24),
			sizeBytes: bytes.readUInt32BE(offset + 36),
			mtimeSeconds: bytes.readUInt32BE(offset + 8),
			ctimeSeconds: bytes.readUInt32BE(offset),
			inode: bytes.readUInt32BE(offset + 20),
			stage: (flags >> 12) & 3,
			isAssumedValid: (flags & 0x8000) !== 0,
			isSkipped: (more & 0x4000) !== 0,
			isIntended: (more & 0x2000) !== 0,
		});
		previous = path;
		offset = next.end;
	}
	return entries;
}

function readHead(bytes: Buffer, idBytes: number): { readonly version: number; readonly entryCount: number } {
	if (bytes.length < 12 + idBytes || bytes.toString('latin1', 0, 4) !== 'DIRC') throw corruptIndex();
	const version = bytes.readUInt32BE(4);
	if (version < 2 || version > 4)
		throw new NightlogError('repository/unknown-index', `The index of this repository has the version ${version}, which is not known.`);
	return { version, entryCount: bytes.readUInt32BE(8) };
}

interface EntryBounds {
	/** Of the path, or of what follows the shared beginning in version 4. */
	readonly name: Buffer;
	/** How much of the previous path's end is taken off first (version 4); null where the name is whole. */
	readonly stripped: number | null;
	readonly pathLength: number;
	readonly end: number;
}

function skipEntry(bytes: Buffer, start: number, version: number, idBytes: number, previousLength: number): EntryBounds {
	const flagsAt = start + 40 + idBytes;
	if (flagsAt + 4 > bytes.length) throw corruptIndex();
	const isExtended = (bytes.readUInt16BE(flagsAt) & 0x4000) !== 0;
	let at = flagsAt + (isExtended ? 4 : 2);
	let stripped: number | null = null;
	if (version === 4) {
		let byte = bytes[at++] ?? 0;
		stripped = byte & 0x7f;
		while (byte & 0x80) {
			byte = bytes[at++] ?? 0;
			stripped = (stripped + 1) * 128 + (byte & 0x7f);
			if (stripped > previousLength) throw corruptIndex();
		}
		if (stripped > previousLength) throw corruptIndex();
	}
	const nul = bytes.indexOf(0, at);
	if (nul < 0 || nul > bytes.length - idBytes) throw corruptIndex();
	const name = bytes.subarray(at, nul);
	const end = version === 4 ? nul + 1 : start + Math.floor((nul - start + 8) / 8) * 8;
	return { name, stripped, pathLength: stripped === null ? name.length : previousLength - stripped + name.length, end };
}

/** Where the entries end, as the extension EOIE says; null where it is not there. */
function endOfEntries(bytes: Buffer, idBytes: number): number | null {
	const at = bytes.length - idBytes - (8 + 4 + idBytes);
	if (at < 12 || bytes.toString('latin1', at, at + 4) !== 'EOIE' || bytes.readUInt32BE(at + 4) !== 4 + idBytes) return null;
	const offset = bytes.readUInt32BE(at + 8);
	return offset >= 12 && offset <= at ? offset : null;
}

function corruptIndex(): NightlogError {
	return new NightlogError('repository/corrupt', 'The index of this repository is damaged. Run git status to see more.');
}
