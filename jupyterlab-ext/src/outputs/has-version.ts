import type { Client } from '@nightlog/shared/api/client';
import type { Version } from '@nightlog/shared/versions/version-schema';

/**
 * Whether a version is one of the notebook with this path: the server knows a notebook across its paths. Its versions are listed back to that time, for
 * asking for one that another notebook has would be an error in the browser's console.
 *
 * @param file absolute path
 */
export async function hasVersion(client: Client, file: string, version: Pick<Version, 'id' | 'createdAt'>, signal: AbortSignal): Promise<boolean> {
	for (let cursor: string | null = null; ; ) {
		const query: { notebook: string; cursor?: string } = cursor === null ? { notebook: file } : { notebook: file, cursor };
		const { versions, next } = await client.call('listVersions', { query, signal });
		if (versions.some(({ id }) => id === version.id)) return true;
		const oldest = versions.at(-1);
		if (next === null || oldest === undefined || oldest.createdAt < version.createdAt) return false;
		cursor = next;
	}
}
