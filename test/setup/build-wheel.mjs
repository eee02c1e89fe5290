import { cpSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { checkout, programsFolder } from './checkout.mjs';
import { commandEnvironment, runCommand } from './run-command.mjs';

/**
 * Builds the wheel: the extension and the server's bundle, which were built before. The bundle lies in the package only meanwhile, or the checkout would
 * go on with what was packaged last.
 *
 * @param {{folder: string, python: string, uv: string}} python
 * @param {string} target folder
 * @returns {Promise<string>} path of the wheel
 */
export async function buildWheel(python, target, options = {}) {
	const packed = path.join(checkout, 'jupyterlab-ext', 'nightlog', 'server');
	const environment = commandEnvironment();
	const programs = path.join(python.folder, programsFolder);
	const env = { ...environment, PATH: [programs, environment.PATH].join(path.delimiter), UV_NO_CONFIG: '1', SKIP_JUPYTER_BUILDER: '1' };
	const args = ['build', '--quiet', '--wheel', '--no-build-isolation', '--python', python.python, '--out-dir', target];
	rmSync(packed, { recursive: true, force: true });
	try {
		cpSync(path.join(checkout, 'server-proxy', 'dist'), packed, { recursive: true, filter: (file) => !file.endsWith('.map') });
		await runCommand(python.uv, [...args, path.join(checkout, 'jupyterlab-ext')], { ...options, env });
	} finally {
		rmSync(packed, { recursive: true, force: true });
	}
	const wheel = readdirSync(target).find((name) => name.endsWith('.whl'));
	if (wheel === undefined) throw new Error(`no wheel in ${target}`);
	return path.join(target, wheel);
}
