import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { step } from './crash-points.ts';

/**
 * Writes a file whole: under another name first, then renamed, so that a reader sees the old file or the new one. It outlives this process, not a power
 * cut: who reads it tells by what it holds whether the machine was started anew since.
 */
export async function writeFileWhole(file: string, content: string): Promise<void> {
	const temporary = path.join(path.dirname(file), `.${path.basename(file)}.new`);
	await step('file/write', () => writeFile(temporary, content, { mode: 0o600 }));
	await step('file/rename', () => rename(temporary, file));
}
