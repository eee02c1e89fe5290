import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Makes a Git repository of `files` small tracked files in 100 folders, committed. */
export function makeProject(folder: string, files: number, environment: Readonly<Record<string, string>>): void {
	for (let index = 0; index < 100; index++) mkdirSync(path.join(folder, `folder-${index}`), { recursive: true });
	for (let index = 0; index < files; index++) writeFileSync(path.join(folder, `folder-${index % 100}`, `file-${index}.txt`), `file ${index}\n`);
	for (const words of [
		['init', '-q'],
		['add', '-A'],
		['commit', '-q', '-m', 'all files'],
	])
		execFileSync('git', words, { cwd: folder, env: environment });
}

/** Regular files below a folder and their bytes. */
export function folderUse(folder: string): { readonly files: number; readonly bytes: number } {
	let files = 0;
	let bytes = 0;
	for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
		if (!entry.isFile()) continue;
		files++;
		bytes += statSync(path.join(entry.parentPath, entry.name)).size;
	}
	return { files, bytes };
}
