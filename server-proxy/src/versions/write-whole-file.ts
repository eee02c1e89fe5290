import type { BigIntStats } from 'node:fs';
import { type FileHandle, link, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import { isMissing, sameFacts } from './notebook-file.ts';

/** What is at the target when it is written. */
export type Target =
	/** That file, unchanged since it was looked at. */
	| { readonly kind: 'replace'; readonly facts: BigIntStats }
	/** Nothing. */
	| { readonly kind: 'create' };

/**
 * Writes a whole file or nothing, durably: beside its place first, then over it in one step. Another file is never written over.
 *
 * @throws NightlogError `file/changed` (409, retryable) when what is replaced changed meanwhile; `file/exists` (409) when there is something at a new
 * file's place; `file/not-written` where the file system refuses, with its reason
 */
export async function writeWholeFile(path: string, bytes: Uint8Array, target: Target, token: string): Promise<void> {
	const part = join(dirname(path), `.nightlog-${token}.part`);
	try {
		await writePart(part, bytes, target);
		if (target.kind === 'replace') {
			if (!(await isUnchanged(path, target.facts))) throw changed(path);
			await rename(part, path);
		} else {
			await linkOrCopy(part, path, bytes);
			await unlink(part);
		}
		await syncFolder(dirname(path));
	} catch (error) {
		await unlink(part).catch(() => undefined);
		throw translate(path, error);
	}
}

async function writePart(part: string, bytes: Uint8Array, target: Target): Promise<void> {
	const handle = await open(part, 'wx', target.kind === 'replace' ? 0o600 : 0o666);
	try {
		await handle.writeFile(bytes);
		if (target.kind === 'replace') {
			await keepOwner(handle, target.facts);
			await handle.chmod(Number(target.facts.mode & 0o7777n));
		}
		await handle.sync();
	} finally {
		await handle.close();
	}
}

/** Gives a file its name where nothing has it; on a file system without links it is written once more. */
async function linkOrCopy(part: string, path: string, bytes: Uint8Array): Promise<void> {
	try {
		await link(part, path);
		return;
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? error.code : null;
		if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
	}
	const handle = await open(path, 'wx', 0o666);
	try {
		await handle.writeFile(bytes);
		await handle.sync();
	} catch (error) {
		await unlink(path).catch(() => undefined);
		throw error;
	} finally {
		await handle.close();
	}
}

/** A file of a group or of another person stays theirs, as far as the person may do that. */
async function keepOwner(handle: FileHandle, facts: BigIntStats): Promise<void> {
	const now = await handle.stat({ bigint: true });
	if (now.uid === facts.uid && now.gid === facts.gid) return;
	await handle.chown(Number(facts.uid), Number(facts.gid)).catch(() => handle.chown(Number(now.uid), Number(facts.gid)).catch(() => undefined));
}

async function isUnchanged(path: string, facts: BigIntStats): Promise<boolean> {
	try {
		return sameFacts(await stat(path, { bigint: true }), facts);
	} catch (error) {
		if (isMissing(error)) return false;
		throw error;
	}
}

async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

function changed(path: string): NightlogError {
	return new NightlogError('file/changed', `${JSON.stringify(path)} was changed just now; look at it and try again.`, {
		status: 409,
		retryable: true,
	});
}

function translate(path: string, error: unknown): NightlogError {
	if (error instanceof NightlogError) return error;
	const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
	if (code === 'EEXIST') {
		return new NightlogError('file/exists', `There is something at ${JSON.stringify(path)} already; choose another name.`, {
			status: 409,
			data: { code },
		});
	}
	return new NightlogError('file/not-written', `${JSON.stringify(path)} cannot be written (${code}).`, { status: 422, data: { code }, cause: error });
}
