import { mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NightlogError } from '../../base/nightlog-error.ts';
import type { Repository, RepositoryLayout } from '../../versions/repository.ts';
import { repositoryError, systemCode } from './disk-errors.ts';
import { syncFolder } from './durable-files.ts';
import { inspectRepository } from './inspect-repository.ts';
import { type OpenRepositoryOptions, openRepository } from './open-repository.ts';

/** A bare repository as `git init --bare` makes it, that only its person can read. */
const config = '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n\tlogallrefupdates = false\n[gc]\n\tauto = 0\n';

/**
 * The person's own repository for folders that have none: opened, and made first where it is not there. Two who make it at once get the same one.
 *
 * @param folder absolute; must not exist, or be such a repository
 * @throws NightlogError `repository/disk-full`, `repository/not-writable`, `repository/not-here` when something else lies there
 */
export async function createStore(folder: string, options: OpenRepositoryOptions & { readonly signal?: AbortSignal }): Promise<Repository> {
	const signal = options.signal ?? new AbortController().signal;
	const uniqueName = options.uniqueName ?? (() => crypto.randomUUID());
	let layout = await inspectStore(folder, signal);
	if (layout === null) {
		try {
			await make(folder, `${folder}.new-${uniqueName()}`);
		} catch (error) {
			throw repositoryError(error, folder);
		}
		layout = await inspectStore(folder, signal);
	}
	if (layout === null) {
		throw new NightlogError('repository/not-here', `The folder ${folder} is not the repository that Nightlog made; move it away.`, {
			data: { folder },
		});
	}
	return await openRepository(layout, { ...options, isOwnStore: true });
}

async function inspectStore(folder: string, signal: AbortSignal): Promise<RepositoryLayout | null> {
	const place = await realpath(folder).catch(() => null);
	const layout = place === null ? null : await inspectRepository(place, signal, { git: null, home: '/' });
	return layout?.gitDir === place && layout?.workTree === null ? layout : null;
}

async function make(folder: string, temporary: string): Promise<void> {
	await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
	try {
		for (const part of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags'])
			await mkdir(join(temporary, part), { recursive: true, mode: 0o700 });
		await writeFile(join(temporary, 'HEAD'), 'ref: refs/heads/main\n', { mode: 0o600, flush: true });
		await writeFile(join(temporary, 'config'), config, { mode: 0o600, flush: true });
		for (const part of ['objects', 'refs', '']) await syncFolder(join(temporary, part));
		await rename(temporary, folder);
		await syncFolder(dirname(folder));
	} catch (error) {
		await rm(temporary, { recursive: true, force: true });
		const code = systemCode(error);
		if (code !== 'EEXIST' && code !== 'ENOTEMPTY' && code !== 'ENOTDIR') throw error;
	}
}
