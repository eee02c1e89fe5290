#!/usr/bin/env node
// Starts the bundle on a Node that can run it: this one, or the one that npm installed beside it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
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
	const { status, signal } = spawnSync(node, [bundle, ...process.argv.slice(2)], { stdio: 'inherit' });
	process.exit(signal ? 128 : (status ?? 3));
}
