import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotFile } from '@nightlog/shared/versions/snapshot';
import type { LeftOut } from '@nightlog/shared/versions/version-schema';
import { isMissing, readWholeFile } from './notebook-file.ts';
import type { Reading } from './notebook-readings.ts';
import type { Place } from './repositories.ts';
import type { ServiceContext } from './service-context.ts';

/** The files beside the notebook that a version is to hold, and those that it does not. */
export interface CollectedFiles {
	readonly files: ReadonlyMap<string, SnapshotFile | null>;
	readonly leftOut: readonly LeftOut[];
}

/** Paths at which a notebook's parameter sets may lie. */
export function parameterSetPaths(notebook: string): string[] {
	return [`${notebook}.parameters.yaml`, `${notebook.replace(/\.ipynb$/i, '')}.parameters.yaml`];
}

/** @param whole whether to take what else a job may need, as on submit and label */
export async function collectFiles(
	_context: ServiceContext,
	place: Place,
	_reading: Reading,
	_whole: boolean,
	signal: AbortSignal,
): Promise<CollectedFiles> {
	const files = new Map<string, SnapshotFile | null>();
	for (const path of parameterSetPaths(place.path)) {
		const file = join(place.project, path);
		try {
			const facts = await lstat(file);
			if (!facts.isFile()) continue;
			const mode = (facts.mode & 0o100) !== 0 ? '100755' : '100644';
			files.set(path, { mode, knownOid: null, sizeBytes: facts.size, read: async () => (await readWholeFile(file, signal)).bytes });
		} catch (error) {
			if (!isMissing(error)) throw error;
			files.set(path, null);
		}
	}
	return { files, leftOut: [] };
}
