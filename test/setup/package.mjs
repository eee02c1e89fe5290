// `npm run package`: the wheel and the VSIX, in `dist/`.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildLabExtension } from './build-lab-extension.mjs';
import { buildServer } from './build-server.mjs';
import { buildVscodeExtension } from './build-vscode-extension.mjs';
import { checkout, programsFolder } from './checkout.mjs';
import { nodeProgram } from './node-packages.mjs';
import { endWith } from './problem.mjs';
import { ensurePythonEnvironment } from './python-environment.mjs';
import { commandEnvironment, runCommand } from './run-command.mjs';
import { step } from './step.mjs';

const target = path.join(checkout, 'dist');

/** The wheel holds the server's bundle. It is taken away again, or the checkout would go on with what was packaged last. */
async function packageWheel(python) {
	const packed = path.join(checkout, 'jupyterlab-ext', 'nightlog', 'server');
	rmSync(packed, { recursive: true, force: true });
	try {
		cpSync(path.join(checkout, 'server-proxy', 'dist'), packed, { recursive: true, filter: (file) => !file.endsWith('.map') });
		await buildWheel(python);
	} finally {
		rmSync(packed, { recursive: true, force: true });
	}
}

async function buildWheel(python) {
	const programs = path.join(python.folder, programsFolder);
	const environment = commandEnvironment();
	const env = { ...environment, PATH: [programs, environment.PATH].join(path.delimiter), UV_NO_CONFIG: '1', SKIP_JUPYTER_BUILDER: '1' };
	await runCommand(
		python.uv,
		['build', '--quiet', '--wheel', '--no-build-isolation', '--python', python.python, '--out-dir', target, path.join(checkout, 'jupyterlab-ext')],
		{ env },
	);
}

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
	await step('wheel', () => packageWheel(python));
	await step('VSIX', () => packageVsix());
	for (const name of readdirSync(target)) console.log(path.join('dist', name));
}

main().catch(endWith);
