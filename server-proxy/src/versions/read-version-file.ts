import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { StoredFile } from '@nightlog/shared/versions/read-version';
import type { Repository } from '@nightlog/shared/versions/repository';
import { readWholeFile } from './notebook-file.ts';
import type { Place } from './repositories.ts';
import { sha256Hex } from './sha256.ts';

/** What Git LFS keeps in a file's place. Source: github.com/git-lfs/git-lfs, docs/spec.md. */
const pointerPattern = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:.*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n$/;
const longestPointer = 1024;

/**
 * The bytes of a version's file. Where the file on disk is the very same, which its hash tells, it is read from there: that is quicker than taking a pack
 * apart. Where the version holds a pointer of Git LFS, the file that it names is meant, as far as that is on disk. Null where it is nowhere, as what a sparse
 * checkout of a partial clone leaves out: it is not fetched.
 */
export async function readVersionFile(place: Place, file: StoredFile, signal: AbortSignal): Promise<Uint8Array | null> {
	const { repository } = place.reader;
	if (file.mode === '120000') return readKept(repository, file.oid);
	const disk = await readDisk(join(place.project, ...file.path.split('/')), signal);
	if (disk !== null && blobId(repository.objectFormat, disk) === file.oid) return disk;
	const kept = await readKept(repository, file.oid);
	if (disk === null || kept === null || kept.length > longestPointer) return kept;
	const pointer = pointerPattern.exec(Buffer.from(kept).toString('latin1'));
	return pointer !== null && Number(pointer[2]) === disk.length && sha256Hex(disk) === pointer[1] ? disk : kept;
}

async function readKept(repository: Repository, oid: string): Promise<Uint8Array | null> {
	try {
		return await repository.readBlob(oid);
	} catch (error) {
		if (repository.mayLackFiles && isNightlogError(error, 'repository/no-object')) return null;
		throw error;
	}
}

async function readDisk(path: string, signal: AbortSignal): Promise<Buffer | null> {
	try {
		return (await readWholeFile(path, signal)).bytes;
	} catch {
		// Gone, a link now, or not to be read: then the repository has it.
		signal.throwIfAborted();
		return null;
	}
}

/** Id of a blob. */
export function blobId(objectFormat: 'sha1' | 'sha256', bytes: Uint8Array): string {
	return createHash(objectFormat).update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
