import path from 'node:path';
import { checkout } from './checkout.mjs';
import { unlessUpToDate } from './fingerprint.mjs';
import { nodeProgram } from './node-packages.mjs';
import { runCommand } from './run-command.mjs';

/** What the server's bundle is made from. */
const inputs = ['package-lock.json', 'tsconfig.base.json', 'shared', 'server-proxy'];

/** Compiles `shared` and `server-proxy` and writes the bundle that `npx nightlog` runs; answers whether there was anything to do. */
export function buildServer(options = {}) {
	return unlessUpToDate({ name: 'server', inputs, outputs: ['server-proxy/dist/nightlog.mjs', 'server-proxy/dist/runner.pyz'] }, async () => {
		const node = nodeProgram();
		const compiler = path.join(checkout, 'node_modules', 'typescript', 'bin', 'tsc');
		await runCommand(node, [compiler, '-b', 'shared', 'shared/tsconfig.node.json', 'server-proxy'], options);
		await runCommand('npm', ['run', '--silent', 'bundle', '--workspace', 'server-proxy'], options);
	});
}
