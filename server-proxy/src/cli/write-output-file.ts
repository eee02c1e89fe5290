import { randomBytes } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';

/**
 * Writes a file whole or not at all. One that exists is replaced only with `force`.
 *
 * @returns the file's absolute path
 * @throws NightlogError `command/file-exists` (409) or `command/cannot-write` (400); then the file is as it was
 */
export async function writeOutputFile(file: string, bytes: Uint8Array, force: boolean): Promise<string> {
	const target = path.resolve(file);
	const draft = path.join(path.dirname(target), `.nightlog-${randomBytes(6).toString('hex')}.part`);
	try {
		if ((await stat(target).catch(() => null))?.isDirectory()) throw failed(file, 'it is a folder; name a file in it');
		const handle = await open(draft, 'wx', 0o666);
		try {
			await handle.writeFile(bytes);
			await handle.sync();
		} finally {
			await handle.close();
		}
		if (force) await rename(draft, target);
		else await linkNew(draft, target);
		return target;
	} catch (cause) {
		if (cause instanceof NightlogError) throw cause;
		const code = (cause as NodeJS.ErrnoException).code;
		throw code === 'EEXIST'
			? new NightlogError('command/file-exists', `${file} exists already; give another name, or --force to replace it.`, { status: 409, cause })
			: failed(file, code === 'ENOENT' ? 'its folder does not exist' : `${code}`, cause);
	} finally {
		await rm(draft, { force: true });
	}
}

/** Gives the draft its name unless somebody has it: a link never replaces. Where the file system knows no links, the name is claimed first. */
async function linkNew(draft: string, target: string): Promise<void> {
	try {
		await link(draft, target);
	} catch (error) {
		const code = (error as NodeJS.ErrnoException).code;
		if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
		await (await open(target, 'wx')).close();
		await rename(draft, target);
	}
}

function failed(file: string, why: string, cause?: unknown): NightlogError {
	return new NightlogError('command/cannot-write', `${file} cannot be written: ${why}.`, { status: 400, cause });
}
