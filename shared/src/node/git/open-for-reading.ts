import { join } from 'node:path';
import { NightlogError } from '../../base/nightlog-error.ts';
import type { Repository, RepositoryLayout } from '../../versions/repository.ts';
import { composeRepository } from './compose-repository.ts';
import { fileCallsFor } from './file-calls.ts';
import { FileObjectStore } from './file-object-store.ts';
import { FileRefStore } from './file-ref-store.ts';
import { LockFiles } from './lock-files.ts';
import { OwnRecords } from './own-records.ts';

/**
 * Opens a repository in which versions cannot be kept now, for those that were kept there before: it may be on a disk that takes no writing, its owner or
 * its configuration may have changed. It is read by our own code, which runs nothing that the repository names.
 *
 * @returns null where its files have a form that only another program knows
 */
export async function openForReading(layout: RepositoryLayout): Promise<Repository | null> {
	const { commonDir, gitDir, objectFormat } = layout;
	if (layout.refFormat !== 'files' || layout.features.includes('unknown-extension')) return null;
	const calls = await fileCallsFor(commonDir);
	const shared = null;
	const uniqueName = (): string => 'unused';
	const records = new OwnRecords(commonDir, shared, calls);
	const refs = new FileRefStore({ gitDir, commonDir, shared, calls, locks: new LockFiles(records, shared, uniqueName, calls) });
	const objects = new FileObjectStore({
		objectsFolder: join(commonDir, 'objects'),
		calls,
		objectFormat,
		shared,
		records,
		isPrecious: true,
		ownTips: async () => [],
		packByGit: null,
		keepSmall: null,
		now: Date.now,
		uniqueName,
	});
	const refuse = (): never => {
		throw new NightlogError('repository/not-here', layout.note ?? 'Versions cannot be kept in this repository.', { status: 409, data: { gitDir } });
	};
	return {
		...composeRepository({
			layout,
			objects: {
				read: (oid, mostBytes) => objects.read(oid, mostBytes),
				has: (oid) => objects.has(oid),
				write: async () => refuse(),
				settle: async () => {},
				maintain: async () => {},
			},
			refs: { read: (ref) => refs.read(ref), list: (prefix) => refs.list(prefix), change: async () => refuse(), maintain: async () => {} },
			trackedFiles: async () => refuse(),
			maintain: async () => {},
		}),
		begin: refuse,
	};
}
