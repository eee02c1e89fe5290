import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { testPython } from '../support/start-server.ts';
import { packVsix } from './pack-vsix.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'nightlog-vsix-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Manifest {
	readonly main: string;
	readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

test('the VSIX holds what VS Code needs, and nothing else', () => {
	const unpacked = spawnSync(testPython, ['-m', 'zipfile', '-e', packVsix(folder), path.join(folder, 'unpacked')], { encoding: 'utf8' });
	assert.equal(unpacked.status, 0, unpacked.stderr);
	const names = readdirSync(path.join(folder, 'unpacked', 'extension'), { recursive: true })
		.map(String)
		.sort();
	assert.deepEqual(names, ['LICENSE.txt', 'changelog.md', 'dist', path.join('dist', 'extension.cjs'), 'package.json', 'readme.md']);
});

test('the packaged bundle loads in a process of its own, and registers every command that is declared', () => {
	const root = path.join(folder, 'unpacked', 'extension');
	const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
	// The host gives `vscode` to an extension; here it is a module that notes what is registered.
	mkdirSync(path.join(folder, 'host', 'vscode'), { recursive: true });
	writeFileSync(
		path.join(folder, 'host', 'vscode', 'index.js'),
		'exports.commands = { registerCommand(name) { console.log(name); return { dispose() {} }; } }; exports.window = {};\n',
	);
	const script = `const subscriptions = []; require(${JSON.stringify(path.join(root, manifest.main))}).activate({ subscriptions }); console.log(subscriptions.length);`;
	const loaded = spawnSync(process.execPath, ['--input-type=commonjs', '-e', script], {
		encoding: 'utf8',
		env: { PATH: process.env.PATH, NODE_PATH: path.join(folder, 'host') },
	});
	assert.equal(loaded.status, 0, loaded.stderr);
	const declared = manifest.contributes.commands.map(({ command }) => command);
	assert.ok(declared.length > 0);
	assert.deepEqual(loaded.stdout.trim().split('\n'), [...declared, String(declared.length)]);
});
