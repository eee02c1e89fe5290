import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { checkout } from './checkout.mjs';
import { Problem } from './problem.mjs';
import { runCommand } from './run-command.mjs';

function readPackages(file) {
	try {
		return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
	} catch {
		return {};
	}
}

/**
 * Whether what is installed is what the lock file says, by npm's own record of it. What is optional may be missing: it is for other systems.
 *
 * @param {Record<string, {version?: string, link?: boolean, optional?: boolean}>} wanted `packages` of package-lock.json
 * @param {Record<string, {version?: string}>} installed `packages` of node_modules/.package-lock.json
 */
export function isInstalled(wanted, installed) {
	const names = Object.keys(wanted).filter((name) => name.includes('node_modules/'));
	return names.length > 0 && names.every((name) => wanted[name].link || wanted[name].optional || installed[name]?.version === wanted[name].version);
}

/** Runs `npm ci` if packages are missing or the lock file changed since; answers whether it did. */
export async function ensureNodePackages(options = {}) {
	const wanted = readPackages(path.join(checkout, 'package-lock.json'));
	if (isInstalled(wanted, readPackages(path.join(checkout, 'node_modules', '.package-lock.json')))) return false;
	await runCommand('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], options);
	return true;
}

/** Absolute path of a Node that can run Nightlog: the one that npm installed, else this one if it is new enough. */
export function nodeProgram() {
	const platform = process.platform === 'win32' ? 'win' : process.platform;
	try {
		const manifest = createRequire(path.join(checkout, 'package.json')).resolve(`node-${platform}-${process.arch}/package.json`);
		const program = path.join(path.dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
		if (existsSync(program)) return program;
	} catch {
		// There is no such package for every system; then the running Node has to do.
	}
	const [major, minor] = process.versions.node.split('.').map(Number);
	if (major > 22 || (major === 22 && minor >= 19)) return process.execPath;
	throw new Problem(`Nightlog's server needs Node 22.19 or newer, and this is ${process.version}. Install Node 24 from nodejs.org and try again.`);
}
