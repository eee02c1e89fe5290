import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const extension = fileURLToPath(new URL('../../vscode-ext', import.meta.url));
const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce');

/** Packs the extension as `npm run package` does. @returns the VSIX, in this folder */
export function packVsix(folder: string): string {
	const packed = spawnSync(process.execPath, [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--out', folder], {
		cwd: extension,
		encoding: 'utf8',
	});
	assert.equal(packed.status, 0, packed.stdout + packed.stderr);
	const [vsix] = readdirSync(folder).filter((name) => name.endsWith('.vsix'));
	assert.ok(vsix);
	return path.join(folder, vsix);
}
