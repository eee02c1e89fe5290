// `npm run package`: the wheel and the VSIX, in `dist/`.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildLabExtension } from './build-lab-extension.mjs';
import { buildServer } from './build-server.mjs';
import { buildVscodeExtension } from './build-vscode-extension.mjs';
import { buildWheel } from './build-wheel.mjs';
import { checkout } from './checkout.mjs';
import { nodeProgram } from './node-packages.mjs';
import { endWith } from './problem.mjs';
import { ensurePythonEnvironment } from './python-environment.mjs';
import { runCommand } from './run-command.mjs';
import { step } from './step.mjs';

const target = path.join(checkout, 'dist');

async function packageVsix() {
	const vsce = path.join(checkout, 'node_modules', '@vscode', 'vsce', 'vsce');
	await runCommand(nodeProgram(), [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--out', target], {
		cwd: path.join(checkout, 'vscode-ext'),
	});
}

async function main() {
	rmSync(target, { recursive: true, force: true });
	mkdirSync(target, { recursive: true });
	let python;
	await step('Python environment', async () => {
		python = await ensurePythonEnvironment();
	});
	await step('server and command line', () => buildServer());
	await step('JupyterLab extension', () => buildLabExtension(python));
	await step('VS Code extension', () => buildVscodeExtension());
	await step('wheel', () => buildWheel(python, target));
	await step('VSIX', () => packageVsix());
	for (const name of readdirSync(target)) console.log(path.join('dist', name));
}

main().catch(endWith);
