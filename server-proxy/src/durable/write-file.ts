import { rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import { step } from './crash-points.ts';

/**
 * Writes a file whole and durably: another name first, then renamed; a reader sees the old file or the new one, also after the power failed. What is
 * there already under the other name is written over: the caller is the only one who writes this file.
 */
export async function writeFileDurably(file: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
	const temporary = path.join(path.dirname(file), `.${path.basename(file)}.new`);
	try {
		const handle = await step('file/open', () => open(temporary, 'w', mode));
		try {
			await step('file/write', () => handle.writeFile(content));
			await step('file/sync', () => handle.sync());
		} finally {
			await step('file/close', () => handle.close());
		}
		await step('file/rename', () => rename(temporary, file));
	} catch (error) {
		rmSync(temporary, { force: true });
		throw error;
	}
	const folder = await step('file/open-folder', () => open(path.dirname(file), 'r'));
	try {
		await step('file/sync-folder', () => folder.sync());
	} finally {
		await step('file/close-folder', () => folder.close());
	}
}
