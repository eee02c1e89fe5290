import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { checkout } from './checkout.mjs';

/** How a suite's tests are counted: `node` by node:test's own figures, `unittest` by Python's, `checks` by the checks of `npm run check`. */

const nodeTests = (files) => ({
	kind: 'node',
	args: (counts) => [
		'--conditions=source',
		'--test',
		// A test that hangs fails by its name long before the suite is stopped.
		`--test-timeout=${25 * 60_000}`,
		'--test-reporter=spec',
		'--test-reporter-destination=stdout',
		'--test-reporter=tap',
		`--test-reporter-destination=${counts}`,
		...files,
	],
});

const isTest = (file) => /\.test\.(ts|mjs)$/.test(file);

function testsBelow(folder) {
	if (!existsSync(path.join(checkout, folder))) return [];
	return readdirSync(path.join(checkout, folder), { recursive: true })
		.map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
		.filter((file) => isTest(file) && !/(^|\/)(node_modules|lib|dist|output|__fixtures__)\//.test(file))
		.sort();
}

/**
 * Every suite: found by where tests lie, so that none is forgotten. A folder of `test/` is a suite of its own.
 *
 * @returns {{name: string, kind: string, args: (counts: string) => string[], program?: 'python', minutes: number}[]} those that take longest first
 */
export function findSuites() {
	const units = ['shared', 'server-proxy', 'jupyterlab-ext', 'vscode-ext'].map((folder) => ({ name: `unit-${folder}`, files: testsBelow(folder) }));
	const crossing = readdirSync(path.join(checkout, 'test'), { withFileTypes: true })
		.filter((entry) => entry.isDirectory() && entry.name !== 'output' && entry.name !== 'node_modules')
		.map(({ name }) => ({ name, files: testsBelow(`test/${name}`) }));
	const node = [...units, ...crossing].filter(({ files }) => files.length > 0).map(({ name, files }) => ({ name, minutes: 75, ...nodeTests(files) }));
	const runner = {
		name: 'runner',
		kind: 'unittest',
		program: 'python',
		minutes: 75,
		args: () => ['-m', 'unittest', 'discover', '-s', 'server-proxy/runner'],
	};
	const check = { name: 'check', kind: 'checks', minutes: 30, args: () => ['test/setup/check.mjs'] };
	return [runner, ...node, check].sort((one, other) => placeOf(one) - placeOf(other));
}

/** Suites that take minutes are begun first, so that none of them is left to run alone at the end. */
const longest = [
	'runner',
	'nothing-lost',
	'kill',
	'jupyterlab',
	'compatibility',
	'command-line',
	'api',
	'unit-server-proxy',
	'unit-shared',
	'vscode',
];

function placeOf({ name }) {
	const place = longest.indexOf(name);
	return place === -1 ? longest.length : place;
}
