// Measures the shipped bundle over its socket, beside the peers, and says which figures are met. Usage: npm run bench [-- NAME...]
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { benchAcknowledge } from './acknowledge.ts';
import { benchAtRest } from './at-rest.ts';
import { describeFigure, type Figure } from './harness.ts';
import { benchKeepVersion } from './keep-version.ts';
import { benchRunNotebook } from './run-notebook.ts';
import { benchSlowMount } from './slow-mount.ts';

const benchmarks: Readonly<Record<string, () => Promise<Figure[]>>> = {
	acknowledge: () => benchAcknowledge(200),
	'run-notebook': () => benchRunNotebook(20),
	'keep-version': () => benchKeepVersion(200),
	'at-rest': () => benchAtRest(20),
	'slow-mount': () => benchSlowMount(20),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
	console.error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}.`);
	process.exit(2);
}
const figures: Figure[] = [];
for (const [name, run] of Object.entries(benchmarks)) {
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	console.log(`${name} …`);
	for (const figure of await run()) {
		figures.push(figure);
		console.log(describeFigure(figure));
	}
}
const output = new URL('../output/', import.meta.url);
mkdirSync(output, { recursive: true });
writeFileSync(
	new URL('bench.json', output),
	`${JSON.stringify({ date: new Date().toISOString(), cpus: os.cpus().length, model: os.cpus()[0]?.model, node: process.version, figures }, null, 2)}\n`,
);
const missed = figures.filter((figure) => !figure.met);
console.log(`${figures.length - missed.length} of ${figures.length} figures met`);
process.exitCode = missed.length > 0 ? 1 : 0;
