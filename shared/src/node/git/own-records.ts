import { constants } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NightlogError } from '../../base/nightlog-error.ts';
import { isMissing, systemCode } from './disk-errors.ts';
import { removeIfThere } from './durable-files.ts';
import { type FileCalls, patientCalls } from './file-calls.ts';
import { readRegularFile } from './read-regular-file.ts';
import { applySharedMode, type SharedRepository } from './shared-permissions.ts';

const sweptAfterMs = 60 * 60 * 1000;
/** What maintenance makes beside the lists, with the end that `openRepository` gives it. Whatever has another name is none of ours and stays. */
const madeAside = /^(packing|objects|packs)-[0-9a-f]{20}$/;
/** Packing begins at hundreds of lines; a longer list is none of ours. */
const mostBytes = 16 * 1024 * 1024;
// In a stranger's repository a pipe may lie in a list's place, or a link to a file of the person's: it is not waited for, nor written to.
const appending = constants.O_WRONLY | constants.O_APPEND | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * What Nightlog remembers of itself in a repository: `<git directory>/nightlog/`, which Git does not look at. `objects` lists the loose objects that
 * we wrote, so that packing never touches anybody else's; `packs` the packs that we wrote. Lines that are lost only leave an object loose, or a pack alone.
 *
 * Before each use the folder is seen to be one: a link that came with a stranger's repository would lead what is written and removed here elsewhere.
 */
export class OwnRecords {
	readonly folder: string;
	private readonly shared: SharedRepository | null;
	private readonly calls: FileCalls;

	constructor(commonDir: string, shared: SharedRepository | null, calls: FileCalls = patientCalls) {
		this.calls = calls;
		this.folder = join(commonDir, 'nightlog');
		this.shared = shared;
	}

	/** Adds ids of loose objects that were written. */
	async addObjects(oids: readonly string[]): Promise<void> {
		await this.append('objects', oids);
	}

	/** Adds the name of a pack, before it is visible. */
	async addPack(name: string): Promise<void> {
		await this.append('packs', [name]);
	}

	/** Ids in the order they were written; what is not an id (half a line after a crash) is passed over. */
	async objects(): Promise<readonly string[]> {
		return (await this.lines('objects')).filter((line) => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(line));
	}

	/** Names of packs, like `pack-<digits>`; they need not be there any more. */
	async packs(): Promise<readonly string[]> {
		return (await this.lines('packs')).filter((line) => /^pack-[0-9a-f]+$/.test(line));
	}

	/** Takes ids out of the list of loose objects. */
	async removeObjects(gone: ReadonlySet<string>, uniqueName: string): Promise<void> {
		await this.remove('objects', gone, uniqueName);
	}

	/** Takes names out of the list of packs. */
	async removePacks(gone: ReadonlySet<string>, uniqueName: string): Promise<void> {
		await this.remove('packs', gone, uniqueName);
	}

	/** Clears up what a killed maintenance left more than an hour ago: packs half made, and a list set aside, which goes back. */
	async sweep(nowMs: number): Promise<void> {
		for (const name of await this.names()) {
			const list = madeAside.exec(name)?.[1];
			if (list === undefined) continue;
			const path = join(this.folder, name);
			const found = await lstat(path).catch(() => null);
			if (found === null || nowMs - found.ctimeMs < sweptAfterMs) continue;
			if (list === 'packing') {
				if (found.isDirectory()) await rm(path, { recursive: true, force: true });
			} else if (found.isFile()) {
				await this.append(list, await this.lines(name));
				await removeIfThere(path);
			}
		}
	}

	/** Names in the folder; none where it is not there. */
	async names(): Promise<string[]> {
		await this.assertInPlace();
		try {
			return await readdir(this.folder);
		} catch (error) {
			if (isMissing(error)) return [];
			throw error;
		}
	}

	/** Makes the folder. */
	async prepare(): Promise<void> {
		try {
			await mkdir(this.folder);
		} catch (error) {
			if (systemCode(error) === 'EEXIST') return await this.assertInPlace();
			throw error;
		}
		await applySharedMode(this.folder, this.shared);
	}

	/** @throws NightlogError `repository/bad-ref` where something else lies in the folder's place; that it is not there is no error */
	async assertInPlace(): Promise<void> {
		const found = await this.calls.lstat(this.folder);
		if (found === null || found.isDirectory()) return;
		throw new NightlogError(
			'repository/bad-ref',
			`${this.folder} is a link or a file, and not the folder that Nightlog makes there. Nothing was written; remove it and save again.`,
			{ status: 409, data: { path: this.folder } },
		);
	}

	/**
	 * Takes lines out of a list. What others append at the same moment is kept: the list is set aside by a rename, and what remains of it is appended
	 * to the new one.
	 */
	private async remove(list: string, gone: ReadonlySet<string>, uniqueName: string): Promise<void> {
		if (gone.size === 0) return;
		await this.assertInPlace();
		const aside = `${list}-${uniqueName}`;
		try {
			await rename(join(this.folder, list), join(this.folder, aside));
		} catch (error) {
			if (isMissing(error)) return;
			throw error;
		}
		const rest = (await this.lines(aside)).filter((line) => !gone.has(line) && /^(?:pack-)?[0-9a-f]+$/.test(line));
		await this.append(list, rest);
		await removeIfThere(join(this.folder, aside));
	}

	private async append(name: string, lines: readonly string[]): Promise<void> {
		if (lines.length === 0) return;
		await this.assertInPlace();
		const path = join(this.folder, name);
		const text = `${lines.join('\n')}\n`;
		try {
			await this.appendTo(path, Buffer.from(text), appending);
			return;
		} catch (error) {
			if (!isMissing(error)) throw error;
		}
		// The first of all: whoever else shares the repository must be able to add to it, too.
		await this.prepare();
		await this.appendTo(path, Buffer.from(text), appending | constants.O_CREAT);
		if ((await stat(path)).uid === (process.geteuid?.() ?? 0)) await applySharedMode(path, this.shared);
	}

	/** @throws ENOENT where the file is not there */
	private async appendTo(path: string, bytes: Buffer, flags: number): Promise<void> {
		const descriptor = await this.calls.open(path, flags, 0o666);
		try {
			for (let done = 0; done < bytes.length; ) done += await this.calls.write(descriptor, bytes, done, bytes.length - done, null);
		} finally {
			await this.calls.close(descriptor);
		}
	}

	private async lines(name: string): Promise<string[]> {
		await this.assertInPlace();
		const bytes = await readRegularFile(join(this.folder, name), mostBytes, this.calls);
		return bytes === null
			? []
			: bytes
					.toString('utf8')
					.split('\n')
					.filter((line) => line !== '');
	}
}
