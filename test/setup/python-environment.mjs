import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder, checkout, programsFolder } from './checkout.mjs';
import { findPython } from './find-python.mjs';
import { commandEnvironment, runCommand } from './run-command.mjs';

const dayMs = 24 * 60 * 60 * 1000;
const setup = path.join(checkout, 'test', 'setup');
const python = (folder) => path.join(folder, programsFolder, process.platform === 'win32' ? 'python.exe' : 'python');

/** The environment for uv and for what it starts: bytecode is compiled at once, or each first import would do it while somebody waits. */
const uvEnvironment = () => ({ ...commandEnvironment(), UV_COMPILE_BYTECODE: '1', UV_NO_PROGRESS: '1', UV_NO_CONFIG: '1' });

/** Makes a folder whole or not at all: in a place beside it, renamed at the end. Another process that was quicker wins. */
async function makeFolder(folder, make) {
	if (existsSync(folder)) return;
	const draft = `${folder}.${randomBytes(4).toString('hex')}`;
	mkdirSync(path.dirname(folder), { recursive: true });
	removeOldDrafts(path.dirname(folder));
	try {
		await make(draft);
		try {
			renameSync(draft, folder);
		} catch (error) {
			if (!existsSync(folder)) throw error;
		}
	} finally {
		rmSync(draft, { recursive: true, force: true });
	}
}

/** Removes what was left by a run that was killed, once it is a day old. */
function removeOldDrafts(parent) {
	for (const name of readdirSync(parent)) {
		const draft = path.join(parent, name);
		const isDraft = /^(?:uv|python)-[0-9a-f]{12}\.[0-9a-f]{8}$/.test(name);
		if (isDraft && Date.now() - statSync(draft).mtimeMs > dayMs) rmSync(draft, { recursive: true, force: true });
	}
}

/** Path of a pinned uv; installed on first use. */
export async function ensureUv(options = {}) {
	const requirements = path.join(setup, 'requirements-uv.txt');
	const base = await findPython();
	const key = createHash('sha256').update(readFileSync(requirements)).update(base).digest('hex').slice(0, 12);
	const folder = path.join(cacheFolder(), `uv-${key}`);
	await makeFolder(folder, async (draft) => {
		await runCommand(base, ['-m', 'venv', draft], options);
		await runCommand(python(draft), ['-m', 'pip', 'install', '--quiet', '--no-deps', '--require-hashes', '-r', requirements], options);
	});
	return path.join(folder, programsFolder, process.platform === 'win32' ? 'uv.exe' : 'uv');
}

/**
 * The Python environment of this checkout, by its requirements: made on first use, found again after. `python` in the cache leads to the one that
 * was asked for last. It belongs to one checkout, for the extension is installed into it in place.
 *
 * @returns {Promise<{folder: string, python: string, uv: string, made: boolean}>}
 */
export async function ensurePythonEnvironment(options = {}) {
	const requirements = path.join(setup, 'requirements.txt');
	const base = await findPython();
	const uv = await ensureUv(options);
	const key = createHash('sha256').update(readFileSync(requirements)).update(`\0${base}\0${checkout}`).digest('hex').slice(0, 12);
	const folder = path.join(cacheFolder(), `python-${key}`);
	const made = !existsSync(folder);
	const env = uvEnvironment();
	await makeFolder(folder, async (draft) => {
		await runCommand(uv, ['venv', '--quiet', '--relocatable', '--python', base, draft], { ...options, env });
		await runCommand(uv, ['pip', 'install', '--quiet', '--python', python(draft), '--require-hashes', '-r', requirements], { ...options, env });
		writeFileSync(path.join(draft, 'made-for'), `${checkout}\n`);
	});
	pointTo(path.join(cacheFolder(), 'python'), folder);
	return { folder, python: python(folder), uv, made };
}

/** Replaces a link in one step, so that nobody ever finds none. */
function pointTo(link, folder) {
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
