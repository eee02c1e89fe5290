import path from 'node:path';
import { checkout } from './checkout.mjs';
import { unlessUpToDate } from './fingerprint.mjs';
import { nodeProgram } from './node-packages.mjs';
import { runCommand } from './run-command.mjs';

const inputs = ['package-lock.json', 'tsconfig.base.json', 'shared', 'vscode-ext'];

/** Compiles and bundles the VS Code extension; answers whether there was anything to do. */
export function buildVscodeExtension(options = {}) {
	return unlessUpToDate({ name: 'vscode-extension', inputs, outputs: ['vscode-ext/dist/extension.cjs'] }, async () => {
		const compiler = path.join(checkout, 'node_modules', 'typescript', 'bin', 'tsc');
		await runCommand(nodeProgram(), [compiler, '-b', 'vscode-ext'], options);
		await runCommand('npm', ['run', '--silent', 'bundle', '--workspace', 'nightlog-vscode'], options);
	});
}
