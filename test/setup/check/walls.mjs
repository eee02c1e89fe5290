// dependency-cruiser over the sources, and the proof that it saw them: under an unsuited TypeScript it reads no module and passes in silence.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cruise } from 'dependency-cruiser';
import configuration from '../../../.dependency-cruiser.mjs';
import { checkout } from '../checkout.mjs';

const folders = ['shared', 'server-proxy', 'jupyterlab-ext', 'vscode-ext', 'test'];
const leastModules = 50;

/** For every rule two or three small files that break it, and it alone or among others. Every folder of a path is as in the checkout. */
const planted = {
	'no-cycle-at-run-time': {
		'shared/src/base/one.ts': "import { two } from './two.ts';\nexport const one = () => two;\n",
		'shared/src/base/two.ts': "import { one } from './one.ts';\nexport const two = () => one;\n",
	},
	'no-unresolved-import': { 'shared/src/base/lost.ts': "import { nothing } from './nowhere.ts';\nexport const lost = nothing;\n" },
	'shared-base-imports-downwards': breach('shared/src/base/low.ts', 'shared/src/views/high.ts'),
	'shared-notebook-imports-downwards': breach('shared/src/notebook/low.ts', 'shared/src/versions/high.ts'),
	'shared-features-imports-downwards': breach('shared/src/jobs/low.ts', 'shared/src/api/high.ts'),
	'shared-api-imports-downwards': breach('shared/src/api/low.ts', 'shared/src/workflows/high.ts'),
	'shared-workflows-imports-downwards': breach('shared/src/workflows/low.ts', 'shared/src/commands/high.ts'),
	'shared-features-apart': breach('shared/src/versions/one.ts', 'shared/src/jobs/other.ts'),
	'shared-core-without-node': breach('shared/src/base/core.ts', 'shared/src/node/files.ts'),
	'shared-core-without-builtins': { 'shared/src/base/core.ts': "import { readFile } from 'node:fs/promises';\nexport const core = readFile;\n" },
	'shared-node-and-elements-apart': breach('shared/src/elements/form.ts', 'shared/src/node/files.ts'),
	'shared-imports-no-other-package': breach('shared/src/base/core.ts', 'server-proxy/src/services.ts'),
	'extensions-without-server': breach('vscode-ext/src/extension.ts', 'server-proxy/src/services.ts'),
	'extensions-without-shared-node': breach('jupyterlab-ext/src/plugin.ts', 'shared/src/node/files.ts'),
	'nothing-imports-an-extension': breach('server-proxy/src/main.ts', 'vscode-ext/src/extension.ts'),
	'nothing-imports-tests': breach('shared/src/base/core.ts', 'shared/src/base/core.test.ts'),
	'backends-see-their-interface-only': breach('server-proxy/src/backends/slurm/slurm.ts', 'server-proxy/src/backends/local/local.ts'),
	'only-the-registry-sees-backends': breach('server-proxy/src/jobs/dispatcher.ts', 'server-proxy/src/backends/local/local.ts'),
	'routes-see-services': breach('server-proxy/src/routes/job-routes.ts', 'server-proxy/src/store/store.ts'),
	'command-line-through-the-client': breach('server-proxy/src/cli/main.ts', 'server-proxy/src/services.ts'),
};

/** A file that imports another one which it may not import. */
function breach(from, to) {
	const specifier = path.posix.relative(path.posix.dirname(from), to);
	return {
		[from]: `import { target } from '${specifier.startsWith('.') ? specifier : `./${specifier}`}';\nexport const source = target;\n`,
		[to]: 'export const target = 1;\n',
	};
}

async function violationsIn(baseDir, folder) {
	const { output } = await cruise(folder, { ...configuration.options, baseDir, validate: true, ruleSet: { forbidden: configuration.forbidden } });
	return output;
}

async function proveRules() {
	const missing = configuration.forbidden.map(({ name }) => name).filter((name) => !(name in planted));
	const problems = missing.map((name) => `no violation is planted for the rule ${name}`);
	for (const [name, files] of Object.entries(planted)) {
		const baseDir = mkdtempSync(path.join(tmpdir(), 'nightlog-walls-'));
		try {
			for (const [file, text] of Object.entries(files)) {
				mkdirSync(path.join(baseDir, path.dirname(file)), { recursive: true });
				writeFileSync(path.join(baseDir, file), text);
			}
			const { summary } = await violationsIn(baseDir, [...new Set(Object.keys(files).map((file) => file.split('/')[0]))]);
			if (!summary.violations.some(({ rule }) => rule.name === name)) problems.push(`a planted violation of ${name} was not seen`);
		} finally {
			rmSync(baseDir, { recursive: true, force: true });
		}
	}
	return problems;
}

const { modules, summary } = await violationsIn(checkout, folders);
const read = modules.filter(({ source }) => /^(shared|server-proxy)\/src\/.*\.ts$/.test(source)).length;
const problems = summary.violations.map(({ rule, from, to, cycle }) => {
	const way = cycle === undefined ? to : cycle.map(({ name }) => name).join(' -> ');
	return `${rule.name}: ${from} -> ${way}`;
});
if (read <= leastModules) problems.push(`dependency-cruiser read only ${read} modules; it has to read more than ${leastModules}`);
problems.push(...(await proveRules()));
console.log(`${read} modules read, ${configuration.forbidden.length} rules, a planted violation of each`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
