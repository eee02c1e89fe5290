// `npm run check`: everything that can be said about the code without running it. `npm run check -- types walls` does only those.
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { checkout } from './checkout.mjs';
import { nodeProgram } from './node-packages.mjs';
import { endWith, Problem } from './problem.mjs';
import { tryCommand } from './run-command.mjs';

const script = (file) => path.join(checkout, file);

/** In the order of what most often fails. `lint` needs the declarations that `types` writes. */
const checks = {
	format: { about: 'Biome: format and lint', args: [script('node_modules/@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'] },
	types: { about: 'TypeScript, all projects', args: [script('node_modules/typescript/bin/tsc'), '-b'] },
	lint: {
		about: 'ESLint: promises, switches, JupyterLab',
		args: [script('node_modules/eslint/bin/eslint.js'), '--no-warn-ignored', '.'],
		after: 'types',
	},
	walls: { about: 'dependency-cruiser: what may import what', args: [script('test/setup/check/walls.mjs')] },
	unused: { about: 'knip: what nobody uses', args: [script('node_modules/knip/bin/knip.js'), '--no-progress'] },
	house: { about: 'rules of the house', args: [script('test/setup/check/house-rules.mjs')] },
};

async function runCheck({ about, args }, name) {
	const startedMs = performance.now();
	const { code, output } = await tryCommand(nodeProgram(), args, { env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' } });
	const seconds = `${((performance.now() - startedMs) / 1000).toFixed(1)} s`.padStart(7);
	console.log(`${seconds}  ${code === 0 ? 'passed' : 'FAILED'}  ${name.padEnd(6)}  ${about}`);
	return { name, about, code, output };
}

async function check(names) {
	const unknown = names.filter((name) => !(name in checks));
	if (unknown.length > 0) throw new Problem(`There is no check named ${unknown.join(', ')}; there are ${Object.keys(checks).join(', ')}.`);
	const wanted = names.length > 0 ? names : Object.keys(checks);
	const running = new Map();
	for (const name of wanted) {
		const before = running.get(checks[name].after) ?? Promise.resolve();
		running.set(
			name,
			before.then(() => runCheck(checks[name], name)),
		);
	}
	const failed = (await Promise.all(running.values())).filter(({ code }) => code !== 0);
	for (const { name, about, output } of failed) console.log(`\n--- ${name}: ${about}\n${output.trim()}`);
	const passed = wanted.length - failed.length;
	console.log(`\n${passed} of ${wanted.length} checks passed${failed.length > 0 ? `; failed: ${failed.map(({ name }) => name).join(', ')}` : ''}`);
	process.exitCode = failed.length > 0 ? 1 : 0;
}

check(process.argv.slice(2)).catch(endWith);
