#!/usr/bin/env node
// Starts the bundle on a Node that can run it: this one, or the one that npm installed beside it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const bundle = fileURLToPath(new URL('../dist/nightlog.mjs', import.meta.url));
if (!existsSync(bundle)) {
	console.error('Nightlog is not built here: run `npm run build` in the checkout.');
	process.exit(3);
}
const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 19)) {
	process.argv[1] = bundle;
	await import(pathToFileURL(bundle).href);
} else {
	const platform = process.platform === 'win32' ? 'win' : process.platform;
	let node;
	try {
		const folder = path.dirname(createRequire(import.meta.url).resolve(`node-${platform}-${process.arch}/package.json`));
		node = path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
	} catch {
		console.error(`Nightlog needs Node 22.19 or newer; this is ${process.version}. Install Node 24 and try again.`);
		process.exit(3);
	}
	runOn(node);
}

/** Runs the bundle as a process of its own and ends as that does. */
function runOn(node) {
	let child = null;
	// Whoever signals this process alone means the command. A terminal signals both: the command takes a signal that comes twice for one.
	for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
		// On Windows the console tells both, and a signal to another process would end that at once.
		process.on(name, () => process.platform !== 'win32' && child?.kill(name));
	}
	child = spawn(node, [bundle, ...process.argv.slice(2)], { stdio: 'inherit' });
	child.on('error', (error) => {
		console.error(`${node} cannot be started (${error.code}): run \`npm ci\` in the checkout.`);
		process.exit(3);
	});
	child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
