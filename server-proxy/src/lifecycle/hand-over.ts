import { watch } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readJsonFile } from '../files/read-json-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What a newcomer writes into the state folder to be given the store. */
export interface HandOverRequest extends ProcessIdentity {
	readonly version: string;
	/** The program is newer, on the same machine: its local jobs go on and are found again. */
	readonly replaces: boolean;
}

const fileName = 'hand-over.json';

/** Asks the owner of the store to make way. */
export async function requestHandOver(stateFolder: string, request: HandOverRequest): Promise<void> {
	await replaceFile(path.join(stateFolder, fileName), JSON.stringify(request));
}

/** Takes a request away, once it was followed or its sender no longer waits. */
export async function withdrawHandOver(stateFolder: string): Promise<void> {
	await rm(path.join(stateFolder, fileName), { force: true });
}

/** The request that stands; null where there is none. */
export async function readHandOver(stateFolder: string): Promise<HandOverRequest | null> {
	const found = await readJsonFile(path.join(stateFolder, fileName));
	const value = typeof found === 'object' ? (found.value as Partial<HandOverRequest> | null) : null;
	return typeof value?.host === 'string' && typeof value.pid === 'number' ? (value as HandOverRequest) : null;
}

/** Calls `onRequest` when a request may have come; from other machines it is seen at the next beat only. Ends when the result is called. */
export function watchHandOver(stateFolder: string, onRequest: () => void): () => void {
	try {
		const watcher = watch(stateFolder, { persistent: false }, (_event, name) => {
			if (name === fileName) onRequest();
		});
		watcher.on('error', () => watcher.close());
		return () => watcher.close();
	} catch {
		// No watches left, or a file system without: the beat looks, too.
		return () => undefined;
	}
}
