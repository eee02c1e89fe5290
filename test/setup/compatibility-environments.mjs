// The Jupyters that the suite `compatibility` tries beside the checkout's own.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { buildWheel } from './build-wheel.mjs';
import { makeFolder } from './cached-folder.mjs';
import { cacheFolder, checkout, programsFolder } from './checkout.mjs';
import { findPython } from './find-python.mjs';
import { unlessUpToDate } from './fingerprint.mjs';
import { ensureEnvironment, ensureUv, keyOf, pointTo, uvEnvironment } from './python-environment.mjs';
import { runCommand } from './run-command.mjs';

const wheelInputs = ['package-lock.json', 'tsconfig.base.json', 'shared', 'server-proxy', 'jupyterlab-ext'];

/**
 * The oldest JupyterLab that the extension says it works with, where the wheel was installed as a person would.
 *
 * @param {{folder: string, python: string, uv: string}} builder the checkout's own environment, whose tools build the wheel
 */
export async function ensureOldestLab(builder, options = {}) {
	const python = await ensureEnvironment('oldest', 'requirements-oldest.txt', options);
	const installed = path.join(python.folder, programsFolder, process.platform === 'win32' ? 'nightlog.exe' : 'nightlog');
	await unlessUpToDate({ name: `wheel-${path.basename(python.folder)}`, inputs: wheelInputs, outputs: [installed] }, async () => {
		const target = path.join(checkout, 'node_modules', '.cache', 'nightlog', 'wheel');
		rmSync(target, { recursive: true, force: true });
		const wheel = await buildWheel(builder, target, options);
		const install = ['pip', 'install', '--quiet', '--python', python.python, '--no-deps', '--reinstall', wheel];
		await runCommand(python.uv, install, { ...options, env: uvEnvironment() });
	});
	return python;
}

/**
 * Packages laid over an environment: a folder for PYTHONPATH, with `etc/jupyter` and `share/jupyter` as they would be in it. So each kind of Jupyter
 * costs only what it has more. All checkouts share it.
 *
 * @param {string} name `requirements-NAME.txt` says what it holds
 */
export async function ensureOverlay(name, options = {}) {
	const requirements = `requirements-${name}.txt`;
	const base = await findPython();
	const uv = await ensureUv(options);
	const folder = path.join(cacheFolder(), `${name}-${keyOf(requirements, base)}`);
	const make = async (draft) => {
		const list = ['--no-deps', '--require-hashes', '-r', path.join(checkout, 'test', 'setup', requirements)];
		await runCommand(uv, ['pip', 'install', '--quiet', '--python', base, '--target', draft, ...list], { ...options, env: uvEnvironment() });
	};
	await makeFolder(folder, make);
	pointTo(path.join(cacheFolder(), name), folder);
	return folder;
}

/**
 * All of them, as the environment variables by which the tests find them.
 *
 * @param {{folder: string, python: string, uv: string}} builder as for `ensureOldestLab`
 */
export async function ensureCompatibilityEnvironments(builder, options = {}) {
	const [oldest, collaboration, drive, managers] = await Promise.all([
		ensureOldestLab(builder, options),
		ensureOverlay('collaboration', options),
		ensureOverlay('collaboration-drive', options),
		ensureOverlay('contents-managers', options),
	]);
	return {
		NIGHTLOG_TEST_OLDEST_PYTHON: oldest.python,
		NIGHTLOG_TEST_COLLABORATION: collaboration,
		NIGHTLOG_TEST_COLLABORATION_DRIVE: drive,
		NIGHTLOG_TEST_CONTENTS_MANAGERS: managers,
	};
}
