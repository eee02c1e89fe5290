// `npm start`: from a fresh clone to the examples in JupyterLab. Plain JavaScript for Node 20 without any package: it runs before there are any.
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { buildLabExtension } from './build-lab-extension.mjs';
import { buildServer } from './build-server.mjs';
import { copyExamples } from './copy-examples.mjs';
import { ensureNodePackages, nodeProgram } from './node-packages.mjs';
import { endWith, Problem } from './problem.mjs';
import { ensurePythonEnvironment } from './python-environment.mjs';
import { commandEnvironment, tryCommand } from './run-command.mjs';
import { step } from './step.mjs';

const usage = `npm start -- [--no-open] [--port N] [--folder DIR]

Installs and builds what is missing, and opens docs/examples in JupyterLab.

  --no-open     do not open a browser; the address is printed
  --port N      the port to listen on at 127.0.0.1 (default: 8888, or the next one that is free)
  --folder DIR  open this folder instead of a copy of the examples`;

function readOptions() {
	try {
		const { values } = parseArgs({
			options: {
				'no-open': { type: 'boolean', default: false },
				port: { type: 'string' },
				folder: { type: 'string' },
				help: { type: 'boolean', short: 'h', default: false },
			},
		});
		if (values.port !== undefined && !(/^\d{1,5}$/.test(values.port) && Number(values.port) <= 65_535)) {
			throw new Problem(`--port takes a number up to 65535, not "${values.port}".`);
		}
		return values;
	} catch (error) {
		throw error instanceof Problem ? error : new Problem(`${error.message}\n\n${usage}`);
	}
}

async function assertTools() {
	const [major] = process.versions.node.split('.').map(Number);
	if (major < 20) throw new Problem(`Nightlog is built with Node 20 or newer, and this is ${process.version}. Install Node 24 from nodejs.org.`);
	const { code } = await tryCommand('git', ['--version']);
	if (code !== 0) throw new Problem('git was not found. Install it (Debian: apt-get install git) and try again.');
}

/** Runs JupyterLab until it ends; Ctrl-C reaches it as it would in a terminal. */
function runJupyterLab(python, folder, options) {
	const args = ['-m', 'jupyterlab', `--ServerApp.root_dir=${folder}`, '--ip=127.0.0.1'];
	if (options['no-open']) args.push('--no-browser');
	if (options.port !== undefined) args.push(`--port=${options.port}`, '--ServerApp.port_retries=0');
	if (process.getuid?.() === 0) args.push('--allow-root');
	const child = spawn(python.python, args, { stdio: 'inherit', cwd: folder, env: commandEnvironment() });
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
		// A terminal sends Ctrl-C to both; the child asks its question or ends, and this process waits for it.
		process.on(signal, () => {
			if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
		});
	}
	return new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code) => resolve(code ?? 0));
	});
}

async function start() {
	const options = readOptions();
	if (options.help) return console.log(usage);
	const startedMs = performance.now();
	await assertTools();
	await step('Node packages', async () => ((await ensureNodePackages()) ? 'installed' : 'up to date'));
	nodeProgram();
	let python;
	await Promise.all([
		step('Python environment', async () => {
			python = await ensurePythonEnvironment();
			return python.made ? `made in ${python.folder}` : python.folder;
		}),
		step('server and command line', async () => ((await buildServer()) ? 'built' : 'up to date')),
	]);
	await step('JupyterLab extension', async () => ((await buildLabExtension(python)) ? 'built' : 'up to date'));
	let folder = options.folder;
	if (folder === undefined) {
		await step('examples', async () => {
			folder = copyExamples();
			return `a copy in ${folder}, so that running them leaves the checkout as it is`;
		});
	}
	console.log(`Ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s. Starting JupyterLab; end it with Ctrl-C.`);
	process.exitCode = await runJupyterLab(python, folder, options);
}

start().catch(endWith);
