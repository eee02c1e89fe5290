import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Makes an empty file that may be run, below a folder; answers its absolute path. */
export function makeProgram(root: string, name: string): string {
	const file = path.join(root, name);
	mkdirSync(path.dirname(file), { recursive: true });
	writeFileSync(file, '');
	chmodSync(file, 0o755);
	return file;
}
