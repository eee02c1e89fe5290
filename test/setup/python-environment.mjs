import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from './cached-folder.mjs';
import { cacheFolder, checkout, programsFolder } from './checkout.mjs';
import { findPython } from './find-python.mjs';
import { commandEnvironment, runCommand } from './run-command.mjs';

const setup = path.join(checkout, 'test', 'setup');
/** The interpreter of an environment. */
export const interpreterOf = (folder) => path.join(folder, programsFolder, process.platform === 'win32' ? 'python.exe' : 'python');

/** The environment for uv and for what it starts: bytecode is compiled at once, or each first import would do it while somebody waits. */
export const uvEnvironment = () => ({ ...commandEnvironment(), UV_COMPILE_BYTECODE: '1', UV_NO_PROGRESS: '1', UV_NO_CONFIG: '1' });

/** Path of a pinned uv; installed on first use. */
export async function ensureUv(options = {}) {
	const requirements = path.join(setup, 'requirements-uv.txt');
	const base = await findPython();
	const key = createHash('sha256').update(readFileSync(requirements)).update(base).digest('hex').slice(0, 12);
	const folder = path.join(cacheFolder(), `uv-${key}`);
	await makeFolder(folder, async (draft) => {
		await runCommand(base, ['-m', 'venv', draft], options);
		await runCommand(interpreterOf(draft), ['-m', 'pip', 'install', '--quiet', '--no-deps', '--require-hashes', '-r', requirements], options);
	});
	return path.join(folder, programsFolder, process.platform === 'win32' ? 'uv.exe' : 'uv');
}

/** Twelve digits that stand for what an environment is made from. */
export function keyOf(requirements, ...rest) {
	return createHash('sha256')
		.update(readFileSync(path.join(setup, requirements)))
		.update(`\0${rest.join('\0')}`)
		.digest('hex')
		.slice(0, 12);
}

/**
 * Makes an environment with pinned requirements, for this checkout alone: the extension is installed into it. Made on first use, found again after.
 *
 * @param {string} name its folder in the cache is this and a key; a link with the name alone leads to the one that was asked for last
 * @param {string} requirements file beside this one
 * @returns {Promise<{folder: string, python: string, uv: string, made: boolean}>}
 */
export async function ensureEnvironment(name, requirements, options = {}) {
	const base = await findPython();
	const uv = await ensureUv(options);
	const folder = path.join(cacheFolder(), `${name}-${keyOf(requirements, base, checkout)}`);
	const env = uvEnvironment();
	const make = async (draft) => {
		await runCommand(uv, ['venv', '--quiet', '--relocatable', '--python', base, draft], { ...options, env });
		const list = ['--require-hashes', '-r', path.join(setup, requirements)];
		await runCommand(uv, ['pip', 'install', '--quiet', '--python', interpreterOf(draft), ...list], { ...options, env });
	};
	const made = await makeFolder(folder, make, checkout);
	pointTo(path.join(cacheFolder(), name), folder);
	return { folder, python: interpreterOf(folder), uv, made };
}

/** The Python environment of this checkout: the JupyterLab that it opens, the tools that build it, what the examples import. */
export async function ensurePythonEnvironment(options = {}) {
	const made = await ensureEnvironment('python', 'requirements.txt', options);
	writePythonPath(made.python);
	return made;
}

/**
 * Writes down which Python is this checkout's own, for the server that runs in it: the link leads to that of whichever checkout asked last.
 *
 * @returns {string} the file
 */
export function writePythonPath(python, root = checkout) {
	const file = path.join(root, 'node_modules', '.cache', 'nightlog', 'python-path');
	mkdirSync(path.dirname(file), { recursive: true });
	// Whole, and as a file of its own: a checkout may be a copy that shares its files with another one by links.
	const draft = `${file}.${randomBytes(4).toString('hex')}`;
	writeFileSync(draft, `${python}\n`);
	renameSync(draft, file);
	return file;
}

/** Replaces a link in one step, so that nobody ever finds none. */
export function pointTo(link, folder) {
	const draft = `${link}.${randomBytes(4).toString('hex')}`;
	symlinkSync(folder, draft, process.platform === 'win32' ? 'junction' : undefined);
	try {
		renameSync(draft, link);
	} catch (error) {
		rmSync(draft, { force: true });
		throw error;
	}
}

/**
 * Installs a package of the checkout in place: its files are used where they are. They were built before; left to itself, the package's own hook would
 * run `npm install` for the whole checkout.
 */
export async function installInPlace({ python: program, uv }, folder, options = {}) {
	await runCommand(uv, ['pip', 'install', '--quiet', '--python', program, '--no-build-isolation', '--no-deps', '-e', folder], {
		...options,
		env: { ...uvEnvironment(), SKIP_JUPYTER_BUILDER: '1' },
	});
}
