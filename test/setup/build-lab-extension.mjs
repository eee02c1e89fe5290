import { rmSync } from 'node:fs';
import path from 'node:path';
import { checkout, programsFolder } from './checkout.mjs';
import { unlessUpToDate } from './fingerprint.mjs';
import { installInPlace } from './python-environment.mjs';
import { commandEnvironment, runCommand } from './run-command.mjs';

const inputs = ['package-lock.json', 'tsconfig.base.json', 'shared', 'jupyterlab-ext'];

/** The environment for `jupyter-builder`, which finds its programs on the path. */
function labEnvironment(python) {
	const environment = commandEnvironment();
	return { ...environment, PATH: [path.join(python.folder, programsFolder), environment.PATH].join(path.delimiter) };
}

/**
 * Compiles and bundles the JupyterLab extension, and installs it in place in the environment.
 *
 * @param {{folder: string, python: string, uv: string}} python
 * @returns {Promise<boolean>} whether there was anything to do
 */
export function buildLabExtension(python, options = {}) {
	const name = `lab-extension-${path.basename(python.folder)}`;
	return unlessUpToDate({ name, inputs, outputs: ['jupyterlab-ext/nightlog/labextension/package.json'] }, async () => {
		const env = labEnvironment(python);
		const folder = path.join(checkout, 'jupyterlab-ext');
		await runCommand('npm', ['run', '--silent', 'build', '--workspace', '@nightlog/jupyterlab-ext'], { ...options, env });
		// Installing again first removes what was installed before, and would follow the link of `develop` to the very files that were just built.
		rmSync(path.join(python.folder, 'share', 'jupyter', 'labextensions', '@nightlog'), { recursive: true, force: true });
		await installInPlace(python, folder, options);
		await runCommand(path.join(python.folder, programsFolder, 'jupyter-builder'), ['develop', '--overwrite', '.'], { ...options, env, cwd: folder });
	});
}
