import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoryLayout } from '../../versions/repository.ts';
import { encodeGitText } from '../../versions/repository-text.ts';
import { syncFolder } from './durable-files.ts';
import type { OwnRecords } from './own-records.ts';
import type { PackedObject } from './pack-own-objects.ts';
import { packName } from './pack-writer.ts';
import { durableSettings, writeFailed } from './program-object-store.ts';
import { type GitProgram, gitFailed } from './run-git.ts';
import { withShadowGitDir } from './shadow-git-dir.ts';
import { applySharedMode, type SharedRepository } from './shared-permissions.ts';

/**
 * Packs objects by the person's `git pack-objects`, in a shadow Git directory. The pack is made aside, in our own folder, noted down as ours, and only
 * then put beside the others; it is visible from the moment that its index has its name.
 */
export async function packByGit(
	git: GitProgram,
	layout: RepositoryLayout,
	records: OwnRecords,
	shared: SharedRepository | null,
	uniqueName: string,
	objects: readonly PackedObject[],
	signal: AbortSignal,
): Promise<string> {
	const aside = join(records.folder, `packing-${uniqueName}`);
	const folder = join(layout.commonDir, 'objects', 'pack');
	await records.prepare();
	await mkdir(aside);
	try {
		const args = [
			...durableSettings,
			'-c',
			'pack.threads=1',
			'-c',
			'pack.packSizeLimit=0',
			'pack-objects',
			'--quiet',
			'--delta-base-offset',
			join(aside, 'pack'),
		];
		const input = encodeGitText(objects.map(({ oid, path }) => `${oid} ${path.replace(/\n/g, ' ')}\n`).join(''));
		const result = await withShadowGitDir(git, layout, Promise.resolve(null), signal, async (run) => await run(args, { input, timeoutMs: 600_000 }));
		if (result.exitCode !== 0) throw await writeFailed(records.folder, 'pack-objects', result);
		const made = `pack-${result.stdout.toString('latin1').trim()}`;
		const files = await readdir(aside);
		if (!files.includes(`${made}.pack`) || !files.includes(`${made}.idx`)) throw gitFailed(args, 'it made no pack', result.stderr);
		const name = packName(Buffer.from(made), uniqueName, layout.objectFormat);
		await records.addPack(name);
		for (const file of [...files.filter((each) => !each.endsWith('.idx')), `${made}.idx`]) {
			await applySharedMode(join(aside, file), shared);
			await rename(join(aside, file), join(folder, file.replace(made, name)));
		}
		await syncFolder(folder);
		return name;
	} finally {
		await rm(aside, { recursive: true, force: true });
	}
}
