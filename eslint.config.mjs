// Thin on purpose: Biome lints fast, and this looks only for what needs types or knows JupyterLab.
import jupyter from '@jupyter/eslint-plugin';
import tseslint from 'typescript-eslint';

const typed = (files, project) => ({
	files,
	languageOptions: { parser: tseslint.parser, parserOptions: { project, tsconfigRootDir: import.meta.dirname } },
	plugins: { '@typescript-eslint': tseslint.plugin },
	rules: {
		'@typescript-eslint/no-floating-promises': [
			'error',
			{ allowForKnownSafeCalls: [{ from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' }] },
		],
		'@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
	},
});

/** All that the plugin recommends, as errors; what loads with the page is decided by what the page needs, and measured. */
const jupyterRules = Object.fromEntries(
	Object.keys(jupyter.configs.recommended[0].rules)
		.filter((name) => name !== 'jupyter/prefer-lazy-imports')
		.map((name) => [name, 'error']),
);

export default [
	{ ignores: ['**/lib/', '**/dist/', '**/node_modules/', '**/__fixtures__/', 'jupyterlab-ext/nightlog/labextension/', 'test/output/'] },
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },
	typed(
		['shared/src/**/*.ts'],
		['./shared/tsconfig.json', './shared/tsconfig.node.json', './shared/tsconfig.elements.json', './shared/tsconfig.test.json'],
	),
	typed(['server-proxy/src/**/*.ts'], ['./server-proxy/tsconfig.json', './server-proxy/tsconfig.test.json']),
	typed(['jupyterlab-ext/src/**/*.{ts,tsx}'], ['./jupyterlab-ext/tsconfig.json', './jupyterlab-ext/tsconfig.test.json']),
	typed(['vscode-ext/src/**/*.ts'], ['./vscode-ext/tsconfig.json']),
	typed(['test/**/*.ts'], ['./test/tsconfig.json']),
	{ files: ['jupyterlab-ext/src/**/*.{ts,tsx}'], plugins: { jupyter }, rules: jupyterRules },
];
