// `npm run bench [-- NAME…]`: installs the peers, builds the bundle that ships, and measures both in one run.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { buildServer } from './build-server.mjs';
import { checkout } from './checkout.mjs';
import { ensureDebianPackages } from './debian-packages.mjs';
import { nodeProgram } from './node-packages.mjs';
import { Problem } from './problem.mjs';
import { ensureEnvironment } from './python-environment.mjs';
import { step } from './step.mjs';

/** What the slow mount is made with. */
const fuse = { name: 'fuse3', shownBy: ['fusermount3', ['--version']] };

try {
	const names = process.argv.slice(2);
	if (names.length === 0 || names.includes('slow-mount')) {
		await step('programs of the system', async () => ((await ensureDebianPackages({ needed: [fuse] })).length > 0 ? 'installed' : 'there'));
	}
	let python = '';
	await step('environment of the peers', async () => {
		({ python } = await ensureEnvironment('peers', 'requirements-peers.txt'));
		return path.dirname(path.dirname(python));
	});
	await step('server and command line', async () => ((await buildServer()) ? 'built' : 'up to date'));
	// Bytecode is compiled, for us and for the peers alike.
	const { PYTHONDONTWRITEBYTECODE, ...environment } = process.env;
	const run = path.join(checkout, 'test', 'bench', 'run.ts');
	const { status } = spawnSync(nodeProgram(), ['--conditions=source', run, ...names], {
		stdio: 'inherit',
		env: { ...environment, NIGHTLOG_TEST_PYTHON: python },
	});
	process.exitCode = status ?? 1;
} catch (error) {
	console.error(error instanceof Problem ? error.message : error);
	process.exitCode = 1;
}
