// The VS Code that the suite `vscode` drives: code-server, which is its workbench and its extension host in a browser.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from './cached-folder.mjs';
import { cacheFolder } from './checkout.mjs';
import { runCommand } from './run-command.mjs';

const version = '4.139.1';
const npmInstall = ['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * Installs code-server without its install script, which would compile for minutes what is nice to have only. All checkouts share it.
 *
 * @returns {Promise<string>} absolute path of the script that Node runs
 */
export async function ensureCodeServer(options = {}) {
	const key = createHash('sha256')
		.update(version)
		.update(readFileSync(fileURLToPath(import.meta.url)))
		.digest('hex');
	const folder = path.join(cacheFolder(), `code-server-${key.slice(0, 12)}`);
	const inside = ['node_modules', 'code-server'];
	await makeFolder(folder, async (draft) => {
		mkdirSync(draft, { recursive: true });
		writeFileSync(path.join(draft, 'package.json'), '{"private": true}\n');
		await runCommand('npm', [...npmInstall, '--save-exact', `code-server@${version}`], { ...options, cwd: draft });
		const vscode = path.join(draft, ...inside, 'lib', 'vscode');
		await runCommand('npm', npmInstall, { ...options, cwd: vscode });
		await runCommand('npm', npmInstall, { ...options, cwd: path.join(vscode, 'extensions') });
		// What its install script would leave.
		for (const [name, target] of [
			['bin/remote-cli/code-server', 'code-linux.sh'],
			['bin/helpers/browser.sh', 'browser-linux.sh'],
		]) {
			const link = path.join(vscode, name);
			try {
				unlinkSync(link);
			} catch (error) {
				if (error.code !== 'ENOENT') throw error;
			}
			symlinkSync(target, link);
		}
	});
	return path.join(folder, ...inside, 'out', 'node', 'entry.js');
}
