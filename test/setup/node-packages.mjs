import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { checkout } from './checkout.mjs';
import { fingerprint } from './fingerprint.mjs';
import { Problem } from './problem.mjs';
import { runCommand } from './run-command.mjs';

const stamp = path.join(checkout, 'node_modules', '.cache', 'nightlog', 'packages');

/** Notes that what is installed is what the lock file says; called at the end of `npm ci`. */
export function markPackagesInstalled() {
	mkdirSync(path.dirname(stamp), { recursive: true });
	writeFileSync(stamp, fingerprint(['package-lock.json']));
}

/** Runs `npm ci` if packages are missing or the lock file changed since; answers whether it did. */
export async function ensureNodePackages(options = {}) {
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(['package-lock.json'])) return false;
	await runCommand('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], options);
	markPackagesInstalled();
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
