// `npm test`: installs what the tests need, builds once, runs every suite and ends with one line of figures. `npm test -- NAME…` runs only those.
// Plain JavaScript for Node 20 without any package: it runs before there are any.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { buildLabExtension } from './build-lab-extension.mjs';
import { buildServer } from './build-server.mjs';
import { buildVscodeExtension } from './build-vscode-extension.mjs';
import { checkout, programsFolder } from './checkout.mjs';
import { ensureCodeServer } from './code-server.mjs';
import { ensureCompatibilityEnvironments } from './compatibility-environments.mjs';
import { countTests } from './count-tests.mjs';
import { ensureDebianPackages } from './debian-packages.mjs';
import { ensureNbclientNotebooks } from './nbclient-notebooks.mjs';
import { ensureNodePackages, nodeProgram } from './node-packages.mjs';
import { Problem } from './problem.mjs';
import { ensurePythonEnvironment } from './python-environment.mjs';
import { commandEnvironment, tryCommand } from './run-command.mjs';
import { step } from './step.mjs';
import { findSuites } from './suites.mjs';

const output = path.join(checkout, 'test', 'output');
const startedMs = performance.now();
/** All of it ends within this; a suite that has not ended by then has failed. */
const longestMs = 80 * 60_000;
/** Suites that could not even begin, by name. */
const broken = [];

/** A step whose failure is a failed suite of its own, while the others go on. */
async function setUp(name, what, work) {
	try {
		await step(what, work);
	} catch (error) {
		console.error(error instanceof Problem ? error.message : error);
		broken.push(name);
	}
}

const done = (built) => (built ? 'built' : 'up to date');

/** What every suite gets: the checkout's programs, and folders of its own where a person's state and settings would be. */
function suiteEnvironment(python, others, scratch) {
	const { XDG_RUNTIME_DIR, NIGHTLOG_CONFIG, ...rest } = commandEnvironment();
	return {
		...rest,
		XDG_STATE_HOME: path.join(scratch, 'state'),
		XDG_CONFIG_HOME: path.join(scratch, 'config'),
		XDG_DATA_HOME: path.join(scratch, 'data'),
		NIGHTLOG_TEST_OUTPUT: output,
		...others,
		...(python === null ? {} : { NIGHTLOG_TEST_PYTHON: python.python, NIGHTLOG_TEST_PROGRAMS: path.join(python.folder, programsFolder) }),
	};
}

async function runSuite(suite, python, env) {
	const log = path.join(output, `${suite.name}.log`);
	const counts = path.join(output, `${suite.name}.tap`);
	const suiteMs = performance.now();
	const program = suite.program === 'python' ? python?.python : nodeProgram();
	const leftMs = startedMs + longestMs - suiteMs;
	const timeoutMs = Math.max(1, Math.min(suite.minutes * 60_000, leftMs));
	const result = program === undefined ? { code: 127, output: '' } : await tryCommand(program, suite.args(counts), { log, env, timeoutMs });
	const text = suite.kind === 'node' ? readCounts(counts) : result.output;
	const { passed, failed, note } = countTests(suite.kind, text, result.code);
	const seconds = `${((performance.now() - suiteMs) / 1000).toFixed(0)} s`.padStart(6);
	const figures = `${String(passed).padStart(5)} passed, ${failed} failed`;
	console.log(`${seconds}  ${suite.name.padEnd(18)} ${figures}${note === null ? '' : ` (${note})`}`);
	if (failed > 0) console.log(lastLines(result.output, 60).replace(/^/gm, '        | '));
	return { passed, failed };
}

function readCounts(file) {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return '';
	}
}

/** The end of the output, where a runner sums up what failed. */
function lastLines(text, count) {
	const lines = text.trimEnd().split('\n');
	const failing = lines.findIndex((line) => /^✖ failing tests:/.test(line));
	return (failing === -1 ? lines.slice(-count) : lines.slice(failing, failing + 2 * count)).join('\n');
}

/** Runs suites side by side, as many as there are processors; the longest were put first. */
async function runSuites(suites, python, env) {
	const waiting = [...suites];
	const totals = { passed: 0, failed: 0 };
	const worker = async () => {
		for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift()) {
			const { passed, failed } = await runSuite(suite, python, env);
			totals.passed += passed;
			totals.failed += failed;
		}
	};
	await Promise.all(Array.from({ length: Math.max(1, Math.min(4, availableParallelism())) }, worker));
	return totals;
}

async function main(names) {
	mkdirSync(output, { recursive: true });
	for (const name of readdirSync(output)) if (/\.(log|tap)$/.test(name)) rmSync(path.join(output, name));
	await setUp('setup-system', 'programs of the system', async () => {
		const installed = await ensureDebianPackages({ log: path.join(output, 'apt.log') });
		return installed.length > 0 ? `installed ${installed.join(', ')}` : 'there';
	});
	await setUp('setup-node-packages', 'Node packages', async () => ((await ensureNodePackages()) ? 'installed' : 'up to date'));
	let python = null;
	await setUp('setup-python', 'Python environment', async () => {
		python = await ensurePythonEnvironment();
		return python.folder;
	});
	await setUp('build-server', 'server and command line', async () => done(await buildServer()));
	await setUp('build-vscode', 'VS Code extension', async () => done(await buildVscodeExtension()));
	if (python !== null) await setUp('build-lab', 'JupyterLab extension', async () => done(await buildLabExtension(python)));
	const others = {};
	if (python !== null && (names.length === 0 || names.includes('compatibility'))) {
		await setUp('setup-compatibility', "other people's Jupyters", async () => {
			Object.assign(others, await ensureCompatibilityEnvironments(python));
		});
	}
	if (names.length === 0 || names.includes('vscode')) {
		await setUp('setup-code-server', 'VS Code in a browser', async () => {
			others.NIGHTLOG_TEST_CODE_SERVER = await ensureCodeServer();
		});
	}

	if (python !== null && (names.length === 0 || names.includes('runner'))) {
		await setUp('setup-nbclient', "nbclient's notebooks", async () => {
			others.NIGHTLOG_TEST_NBCLIENT_NOTEBOOKS = await ensureNbclientNotebooks();
		});
	}

	const all = findSuites();
	const unknown = names.filter((name) => !all.some((suite) => suite.name === name));
	if (unknown.length > 0) throw new Problem(`There is no suite named ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}.`);
	const suites = names.length > 0 ? all.filter(({ name }) => names.includes(name)) : all;
	const scratch = mkdtempSync(path.join(tmpdir(), 'nl-test-'));
	try {
		return await runSuites(suites, python, suiteEnvironment(python, others, scratch));
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
}

const totals = { passed: 0, failed: 0 };
try {
	Object.assign(totals, await main(process.argv.slice(2)));
} catch (error) {
	console.error(error instanceof Problem ? error.message : error);
	broken.push('npm test itself');
}
if (broken.length > 0) console.log(`Could not be set up: ${broken.join(', ')}`);
const failed = totals.failed + broken.length;
console.log(
	`The suites' output is in ${path.relative(process.cwd(), output) || '.'}; ${Math.round((performance.now() - startedMs) / 1000)} s in all`,
);
console.log(`${totals.passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
