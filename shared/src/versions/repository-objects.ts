import type { CommitOid } from '../base/ids.ts';
import { NightlogError } from '../base/nightlog-error.ts';
import type { CommitContent, ObjectId, Signature, TreeEntry } from './repository.ts';
import { decodeGitText, encodeGitText } from './repository-text.ts';

/** The kinds of object that a repository holds. */
export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

/** What stands before an object's bytes where its id is computed and in its file. Source: gitformat-loose(5), "Git objects". */
export function objectHeader(type: ObjectType, length: number): Uint8Array<ArrayBuffer> {
	return new TextEncoder().encode(`${type} ${length}\0`);
}

/**
 * The bytes of a tree, in Git's order.
 *
 * @throws NightlogError `repository/bad-tree` for a name that `git fsck --strict` refuses, a name twice, or an id of another length
 */
export function serialiseTree(entries: readonly TreeEntry[], objectFormat: 'sha1' | 'sha256'): Uint8Array<ArrayBuffer> {
	const idLength = objectFormat === 'sha1' ? 40 : 64;
	const names = new Set<string>();
	const rows = entries.map((entry) => {
		assertEntryName(entry.name);
		if (names.has(entry.name)) throw badTree(`the name ${JSON.stringify(entry.name)} stands twice in one folder`);
		names.add(entry.name);
		if (entry.oid.length !== idLength || !/^[0-9a-f]+$/.test(entry.oid)) throw badTree(`${JSON.stringify(entry.oid)} is no object id`);
		return { entry, name: encodeGitText(entry.name), key: encodeGitText(entry.mode === '40000' ? `${entry.name}/` : entry.name) };
	});
	rows.sort((left, right) => compareBytes(left.key, right.key));
	let length = 0;
	for (const row of rows) length += row.entry.mode.length + 1 + row.name.length + 1 + idLength / 2;
	const bytes = new Uint8Array(length);
	let offset = 0;
	for (const { entry, name } of rows) {
		for (let index = 0; index < entry.mode.length; index++) bytes[offset++] = entry.mode.charCodeAt(index);
		bytes[offset++] = 0x20;
		bytes.set(name, offset);
		offset += name.length;
		bytes[offset++] = 0;
		for (let index = 0; index < idLength; index += 2) bytes[offset++] = Number.parseInt(entry.oid.slice(index, index + 2), 16);
	}
	return bytes;
}

/** The entries of a tree's bytes. Modes of old Git versions are read as today's. @throws NightlogError `repository/corrupt` */
export function parseTree(bytes: Uint8Array, objectFormat: 'sha1' | 'sha256'): TreeEntry[] {
	const idBytes = objectFormat === 'sha1' ? 20 : 32;
	const entries: TreeEntry[] = [];
	for (let offset = 0; offset < bytes.length; ) {
		const space = bytes.indexOf(0x20, offset);
		const end = space < 0 ? -1 : bytes.indexOf(0, space);
		if (end < 0 || end + 1 + idBytes > bytes.length) throw corrupt('a tree ends in the middle of an entry');
		const mode = modeOf(Number.parseInt(decodeGitText(bytes.subarray(offset, space)), 8));
		offset = end + 1 + idBytes;
		entries.push({ name: decodeGitText(bytes.subarray(space + 1, end)), mode, oid: hexOf(bytes.subarray(end + 1, offset)) });
	}
	return entries;
}

/** The bytes of a commit. A message gets the final line end that Git writes. @throws NightlogError `repository/bad-commit` */
export function serialiseCommit(content: CommitContent): Uint8Array<ArrayBuffer> {
	if (content.message.includes('\0')) throw new NightlogError('repository/bad-commit', 'The message of a version cannot hold a NUL character.');
	const lines = [
		`tree ${content.tree}`,
		...content.parents.map((parent) => `parent ${parent}`),
		`author ${signatureLine(content.author)}`,
		`committer ${signatureLine(content.committer)}`,
		'',
	];
	const message = content.message.endsWith('\n') || content.message === '' ? content.message : `${content.message}\n`;
	return encodeGitText(`${lines.join('\n')}\n${message}`);
}

/** The content of a commit's bytes; headers that are not named in `CommitContent` are passed over. @throws NightlogError `repository/corrupt` */
export function parseCommit(bytes: Uint8Array): CommitContent {
	const text = decodeGitText(bytes);
	const split = text.indexOf('\n\n');
	const header = split < 0 ? text : text.slice(0, split);
	let tree: ObjectId | null = null;
	let author: Signature | null = null;
	let committer: Signature | null = null;
	const parents: CommitOid[] = [];
	// What comes after is of no use here, and may be long.
	for (let at = 0, end = 0; at < header.length && committer === null; at = end + 1) {
		end = header.indexOf('\n', at);
		if (end < 0) end = header.length;
		const line = header.slice(at, end);
		const value = line.slice(line.indexOf(' ') + 1);
		if (line.startsWith('tree ')) tree ??= value;
		else if (line.startsWith('parent ')) parents.push(value as CommitOid);
		else if (line.startsWith('author ')) author ??= parseSignature(value);
		else if (line.startsWith('committer ')) committer ??= parseSignature(value);
	}
	if (tree === null || committer === null) throw corrupt('a commit has no tree or no committer');
	return { tree, parents, author: author ?? committer, committer, message: split < 0 ? '' : text.slice(split + 2) };
}

/** Hexadecimal digits of bytes, lowercase. */
export function hexOf(bytes: Uint8Array): string {
	let text = '';
	for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
	return text;
}

function modeOf(mode: number): TreeEntry['mode'] {
	switch (mode >> 12) {
		case 0o04:
			return '40000';
		case 0o12:
			return '120000';
		case 0o16:
			return '160000';
		case 0o10:
			return mode & 0o100 ? '100755' : '100644';
		default:
			throw corrupt(`a tree has an entry of the unknown mode ${mode.toString(8)}`);
	}
}

function signatureLine(signature: Signature): string {
	const offset = Math.trunc(Math.abs(signature.offsetMinutes));
	const zone = `${signature.offsetMinutes < 0 ? '-' : '+'}${String(Math.floor(offset / 60)).padStart(2, '0')}${String(offset % 60).padStart(2, '0')}`;
	return `${withoutCrud(signature.name)} <${withoutCrud(signature.email)}> ${Math.max(0, Math.trunc(signature.timeSeconds))} ${zone}`;
}

/** As Git's ident.c: angle brackets and line ends fall out, and dots, commas, quotes and blanks at the ends. */
function withoutCrud(text: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
	return text.replace(/[<>\n\0]/g, '').replace(/^[\x00-\x20.,:;"\\']+|[\x00-\x20.,:;"\\']+$/g, '');
}

function parseSignature(text: string): Signature {
	const match = /^(.*?) ?<([^<>]*)>(?: +(-?\d+))?(?: +([+-])(\d{2,})(\d{2}))?/.exec(text);
	if (match === null) return { name: text, email: '', timeSeconds: 0, offsetMinutes: 0 };
	const minutes = Number(match[5] ?? 0) * 60 + Number(match[6] ?? 0);
	return {
		name: match[1] ?? '',
		email: match[2] ?? '',
		timeSeconds: Number(match[3] ?? 0),
		offsetMinutes: match[4] === '-' && minutes !== 0 ? -minutes : minutes,
	};
}

/** Names that fsck refuses in every spelling that some file system folds to them. Source: git-fsck(1), hasDot, hasDotdot, hasDotgit, fullPathname. */
function assertEntryName(name: string): void {
	if (name === '' || /[/\0]/.test(name)) throw badTree(`${JSON.stringify(name)} is no file name`);
	const folded = name.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '').toLowerCase();
	const windows = (folded.split(/[:\\]/)[0] ?? '').replace(/[ .]+$/, '');
	if (name === '.' || name === '..' || folded === '.git' || windows === '.git' || windows === 'git~1')
		throw badTree(`Git keeps no file named ${JSON.stringify(name)}`);
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
	const length = Math.min(left.length, right.length);
	for (let index = 0; index < length; index++) {
		const difference = (left[index] ?? 0) - (right[index] ?? 0);
		if (difference !== 0) return difference;
	}
	return left.length - right.length;
}

function badTree(what: string): NightlogError {
	return new NightlogError('repository/bad-tree', `A version cannot hold this folder: ${what}.`, { status: 400 });
}

function corrupt(what: string): NightlogError {
	return new NightlogError('repository/corrupt', `The repository is damaged: ${what}. Run git fsck to see more.`);
}
