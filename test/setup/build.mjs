// `npm run build`: everything that is compiled or bundled, each part only if it changed.
import { buildLabExtension } from './build-lab-extension.mjs';
import { buildServer } from './build-server.mjs';
import { buildVscodeExtension } from './build-vscode-extension.mjs';
import { endWith } from './problem.mjs';
import { ensurePythonEnvironment } from './python-environment.mjs';
import { step } from './step.mjs';

const done = (built) => (built ? 'built' : 'up to date');

async function build() {
	await step('server and command line', async () => done(await buildServer()));
	await step('VS Code extension', async () => done(await buildVscodeExtension()));
	await step('JupyterLab extension', async () => done(await buildLabExtension(await ensurePythonEnvironment())));
}

build().catch(endWith);
