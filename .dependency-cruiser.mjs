// The walls between the parts (ARCHITECTURE.md). Each rule is proved to be able to fail: test/setup/check/walls.mjs plants a violation of every one.

/** Layers of `shared`, lowest first. Folders of one layer do not import one another. */
const layers = [['base'], ['notebook'], ['parameters', 'slicing', 'versions', 'jobs', 'quota'], ['api'], ['workflows'], ['views', 'commands']];

const anyOf = (names) => `(?:${names.join('|')})`;

const layerRules = layers.slice(0, -1).map((names, level) => ({
	name: `shared-${names.length === 1 ? names[0] : 'features'}-imports-downwards`,
	comment: `${names.join(', ')}: nothing above it in shared may be imported.`,
	severity: 'error',
	from: { path: `^shared/src/${anyOf(names)}/` },
	to: { path: `^shared/src/${anyOf([...layers.slice(level + 1).flat(), 'elements'])}/` },
}));

export default {
	forbidden: [
		{
			name: 'no-cycle-at-run-time',
			comment: 'Modules that need each other cannot be understood or tested alone. Types may refer to each other.',
			severity: 'error',
			from: {},
			to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
		},
		{
			name: 'no-unresolved-import',
			comment: 'An import that leads nowhere hides whatever it would have led to from all other rules.',
			severity: 'error',
			// What is built has no source to be read: the runner's archive and schemas that a bundler makes.
			from: {},
			to: { couldNotResolve: true, pathNot: '^vscode$' },
		},
		...layerRules,
		{
			name: 'shared-features-apart',
			comment: 'parameters, slicing, versions, jobs and quota do not import one another; what two need goes to base or notebook.',
			severity: 'error',
			from: { path: `^shared/src/(${layers[2].join('|')})/` },
			to: { path: `^shared/src/${anyOf(layers[2])}/`, pathNot: '^shared/src/$1/' },
		},
		{
			name: 'shared-core-without-node',
			comment: 'The core of shared runs in a browser, in Node and in an extension host: no node: module, and nothing of shared/src/node.',
			severity: 'error',
			from: { path: '^shared/src/', pathNot: ['^shared/src/node/', '\\.test\\.ts$', '\\.test-case\\.ts$', '/__fixtures__/'] },
			to: { path: '^shared/src/node/' },
		},
		{
			name: 'shared-core-without-builtins',
			comment: 'The core of shared asks its host for files, processes and time.',
			severity: 'error',
			from: { path: '^shared/src/', pathNot: ['^shared/src/node/', '\\.test\\.ts$', '\\.test-case\\.ts$', '/__fixtures__/'] },
			to: { dependencyTypes: ['core'] },
		},
		{
			name: 'shared-node-and-elements-apart',
			comment: 'One is for servers, the other for documents.',
			severity: 'error',
			from: { path: '^shared/src/(node|elements)/' },
			to: { path: '^shared/src/(node|elements)/', pathNot: '^shared/src/$1/' },
		},
		{
			name: 'shared-imports-no-other-package',
			comment: 'Arrows lead to shared, never away from it.',
			severity: 'error',
			from: { path: '^shared/' },
			to: { path: '^(server-proxy|jupyterlab-ext|vscode-ext|test)/' },
		},
		{
			name: 'extensions-without-server',
			comment: 'An extension speaks with the server over HTTP and imports nothing of it.',
			severity: 'error',
			from: { path: '^(jupyterlab-ext|vscode-ext)/' },
			to: { path: '^server-proxy/' },
		},
		{
			name: 'extensions-without-shared-node',
			comment: 'What shared has for Node is for server-proxy.',
			severity: 'error',
			from: { path: '^(jupyterlab-ext|vscode-ext)/', pathNot: '\\.test\\.ts$' },
			to: { path: '^shared/src/node/' },
		},
		{
			name: 'nothing-imports-an-extension',
			comment: 'Extensions are ends.',
			severity: 'error',
			from: { path: '^(shared|server-proxy|jupyterlab-ext|vscode-ext|test)/' },
			to: { path: '^(jupyterlab-ext|vscode-ext)/(src|lib|dist)/', pathNot: '^$1/' },
		},
		{
			name: 'nothing-imports-tests',
			comment: 'What is shipped does not hang on its tests.',
			severity: 'error',
			from: { path: '^(shared|server-proxy|jupyterlab-ext|vscode-ext)/', pathNot: ['\\.test\\.tsx?$', '\\.test-case\\.ts$', '/__fixtures__/'] },
			to: { path: ['\\.test\\.tsx?$', '\\.test-case\\.ts$', '^test/'] },
		},
		{
			name: 'backends-see-their-interface-only',
			comment:
				'A backend imports the interface, its own folder, shared, and how files are written and lines logged; what else it needs is given to it.',
			severity: 'error',
			from: { path: '^server-proxy/src/backends/([^/]+)/', pathNot: '\\.test\\.ts$' },
			to: {
				path: '^server-proxy/',
				pathNot: ['^server-proxy/src/backends/$1/', '^server-proxy/src/backends/(?!registry)[^/]+\\.ts$', '^server-proxy/src/(durable|files|log)/'],
			},
		},
		{
			name: 'only-the-registry-sees-backends',
			comment: 'The rest of the server speaks to the interface.',
			severity: 'error',
			from: { path: '^server-proxy/src/', pathNot: ['^server-proxy/src/backends/', '\\.test\\.ts$'] },
			to: { path: '^server-proxy/src/backends/[^/]+/' },
		},
		{
			name: 'routes-see-services',
			comment: 'A route turns a request into a call of a service that is given to it: of the rest of the server it knows types only.',
			severity: 'error',
			from: { path: '^server-proxy/src/routes/', pathNot: '\\.test\\.ts$' },
			to: {
				path: '^server-proxy/src/',
				pathNot: ['^server-proxy/src/routes/', '^server-proxy/src/(services|server-version)\\.ts$'],
				dependencyTypesNot: ['type-only'],
			},
		},
		{
			name: 'command-line-through-the-client',
			comment:
				'The command line does what any client can: it reaches the server over its socket and never its services. How files are read, and what chooses a Python and asks it what it has, is no service.',
			severity: 'error',
			from: { path: '^server-proxy/src/cli/', pathNot: '\\.test\\.ts$' },
			to: {
				path: '^server-proxy/src/',
				pathNot: [
					'^server-proxy/src/(cli|client|lifecycle|configuration|rebuild|files)/',
					'^server-proxy/src/(server-version|program-folder)\\.ts$',
					'^server-proxy/src/(jobs/(choose|check)-python|jobs/python-probe|backends/job-environment)\\.ts$',
				],
			},
		},
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		exclude: { path: ['(^|/)(lib|dist|labextension)/|^test/output/'] },
		tsPreCompilationDeps: true,
		enhancedResolveOptions: {
			exportsFields: ['exports'],
			conditionNames: ['source', 'import', 'node', 'default', 'types'],
			extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.d.ts'],
			mainFields: ['module', 'main', 'types'],
		},
		skipAnalysisNotInRules: false,
	},
};
