import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TSchema, Type } from '@sinclair/typebox';
import { checkValue } from './check-value.ts';
import { Configuration, type Scope } from './configuration-schema.ts';
import { configurationFiles, loadConfiguration } from './load-configuration.ts';

const paths: Record<Scope, string> = {
	site: '/etc/nightlog/config.yaml',
	person: '/home/ann/.config/nightlog/config.yaml',
	project: '/p/.nightlog.yaml',
};

async function load(texts: Partial<Record<Scope, string>>) {
	const files = (['site', 'person', 'project'] as const).map((scope) => ({ path: paths[scope], scope, required: false }));
	return loadConfiguration(files, async ({ path: file }) => {
		const scope = (['site', 'person', 'project'] as const).find((each) => paths[each] === file);
		const text = scope === undefined ? undefined : texts[scope];
		if (text === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
		return text;
	});
}

const messages = async (texts: Partial<Record<Scope, string>>) => (await load(texts)).findings.map(({ message }) => message);

test('files are looked for where the specification says, and NIGHTLOG_CONFIG stands for the first two', () => {
	const at = (env: Record<string, string>, project: string | null) =>
		configurationFiles({ env, home: '/home/ann' }, project).map(({ path, scope, required }) => `${scope} ${path}${required ? ' !' : ''}`);
	assert.deepEqual(at({}, null), ['site /etc/nightlog/config.yaml', 'person /home/ann/.config/nightlog/config.yaml']);
	assert.deepEqual(at({ XDG_CONFIG_HOME: '/c' }, '/p'), [
		'site /etc/nightlog/config.yaml',
		'person /c/nightlog/config.yaml',
		'project /p/.nightlog.yaml',
	]);
	assert.deepEqual(at({ NIGHTLOG_CONFIG: '/x.yaml' }, '/p'), ['site /x.yaml !', 'project /p/.nightlog.yaml']);
});

test('without a file jobs run here, two at a time', async () => {
	const { configuration, origins, findings } = await load({});
	assert.deepEqual(configuration, { backends: { local: { type: 'local', slots: 2 } }, jobs: { retentionDays: 30 } });
	assert.equal(origins['/backends/local/slots'], 'default');
	assert.deepEqual(findings, []);
});

test('an empty file says nothing', async () => {
	for (const person of ['', '# nothing\n', '---\n']) assert.deepEqual((await load({ person })).findings, []);
});

test('later files win key by key, and each value says where it comes from', async () => {
	const { configuration, origins, findings } = await load({
		site: 'backends:\n  cluster: {type: slurm, partition: batch, account: all}\njobs: {retentionDays: 10}\n',
		person: 'backends:\n  cluster: {account: ann}\n  here: {type: local, slots: 4}\n',
		project: 'backends:\n  cluster: {partition: quick}\n',
	});
	assert.deepEqual(findings, []);
	assert.deepEqual(configuration, {
		backends: { cluster: { type: 'slurm', partition: 'quick', account: 'ann' }, here: { type: 'local', slots: 4 } },
		jobs: { retentionDays: 10 },
	});
	assert.deepEqual(Object.keys(configuration.backends ?? {}), ['cluster', 'here'], 'the first one is the default');
	assert.equal(origins['/backends/cluster/partition'], paths.project);
	assert.equal(origins['/backends/cluster/account'], paths.person);
	assert.equal(origins['/backends/cluster/type'], paths.site);
	assert.equal(origins['/jobs/retentionDays'], paths.site);
});

const forbidden: [string, string][] = [
	['a program', 'backends:\n  local: {python: /tmp/evil}\n'],
	['a variable of the environment', 'backends:\n  local: {environment: [AWS_SECRET_ACCESS_KEY]}\n'],
	['a backend of its own', 'backends:\n  mine: {type: local}\n'],
	['a server', 'backends:\n  cluster: {type: slurm, rest: {url: "http://evil", user: a, tokenCommand: [cat, /etc/shadow]}}\n'],
	['a host', 'backends:\n  cluster: {ssh: {host: evil}}\n'],
	['an image', 'backends:\n  cloud: {image: evil}\n'],
	['a kubeconfig', 'backends:\n  cloud: {kubeconfig: /p/kube}\n'],
	['an MLflow server', 'mlflow:\n  main: {url: "http://evil"}\n'],
	['a secret', 'metrics: {port: 9100, tokenFile: /p/token}\n'],
	['what is locked', 'locked: [/backends]\n'],
	['how long jobs are kept', 'jobs: {retentionDays: 1}\n'],
];
for (const [name, project] of forbidden) {
	test(`a project's file cannot name ${name}`, async () => {
		const person = 'backends:\n  local: {type: local, slots: 2}\n  cluster: {type: slurm}\n  cloud: {type: kubernetes}\n';
		const before = await load({ person });
		const { configuration, findings } = await load({ person, project });
		assert.deepEqual(configuration, before.configuration);
		assert.ok(findings.length > 0);
		for (const { code, message, severity } of findings) {
			assert.equal(code, 'config/not-allowed');
			assert.equal(severity, 'error');
			assert.match(message, /^\/p\/\.nightlog\.yaml, line [12]: /);
		}
	});
}

test('a site can forbid what others may otherwise set', async () => {
	const site = 'backends:\n  local: {type: local, slots: 1}\nlocked: [/backends/local]\n';
	const { configuration, findings } = await load({ site, person: 'backends:\n  local: {slots: 64}\n  more: {type: local}\n' });
	assert.deepEqual(configuration.backends?.local, { type: 'local', slots: 1 });
	assert.ok(configuration.backends?.more);
	assert.deepEqual(
		findings.map(({ code, path }) => [code, path]),
		[['config/locked', '/backends/local']],
	);
	assert.match(findings[0]?.message ?? '', /\/etc\/nightlog\/config\.yaml/);
});

test('what NIGHTLOG_CONFIG names can forbid, too', async () => {
	const files = configurationFiles({ env: { NIGHTLOG_CONFIG: '/x.yaml' }, home: '/home/ann' }, '/p');
	const { configuration, findings } = await loadConfiguration(files, async ({ path: file }) =>
		file === '/x.yaml'
			? 'backends:\n  cluster: {type: slurm, partition: batch}\nlocked: [/backends/cluster/partition]\n'
			: 'backends:\n  cluster: {partition: quick}\n',
	);
	assert.deepEqual(configuration.backends?.cluster, { type: 'slurm', partition: 'batch' });
	assert.deepEqual(
		findings.map(({ code }) => code),
		['config/locked'],
	);
});

test('a person cannot lock', async () => {
	assert.match((await messages({ person: 'locked: [/jobs]\n' }))[0] ?? '', /only be set for everyone/);
});

const wrong: [string, string, RegExp][] = [
	[
		'an unknown key',
		'backends:\n  local:\n    type: local\n    slot: 4\n',
		/config\.yaml, line 4: There is no key `backends\.local\.slot`\. Did you mean `slots`\?/,
	],
	['an unknown section', 'backend: {}\n', /line 1: There is no key `backend`\. Did you mean `backends`\?/],
	['an unknown type', 'backends:\n  cluster:\n    type: slrum\n', /line 3: .* Did you mean `slurm`\?/],
	['a text for a number', 'backends:\n  local: {type: local, slots: "4"}\n', /line 2: `slots` must be a whole number from 1 to 1024/],
	['a number out of range', 'backends:\n  local: {type: local, slots: 0}\n', /`slots` must be a whole number/],
	['a text for yes or no', 'backends:\n  local: {type: local, protectFolder: no}\n', /line 2: `protectFolder` must be true or false\./],
	['a relative path', 'backends:\n  local: {type: local, python: python3}\n', /`python` must be an absolute path/],
	['a name in an address', 'mlflow:\n  main: {url: "http://ann:secret@host"}\n', /`url` must be an address/],
	['a list for a mapping', 'backends: [local]\n', /`backends` must be a mapping/],
	['a name that cannot be one', 'backends:\n  "a b": {type: local}\n', /`a b` cannot be a name here/],
	['a missing type', 'backends:\n  local: {slots: 3}\n', /needs a `type`: local, slurm, kubernetes/],
	['a missing address', 'mlflow:\n  main: {tokenCommand: [pass]}\n', /`url` is missing in `mlflow\.main`/],
	['no YAML', 'backends: {local: {type: local\n', /line \d+: /],
	['a key twice', 'jobs: {retentionDays: 1}\njobs: {retentionDays: 2}\n', /line 2: .*unique/],
	['a list at the top', '- a\n', /line 1: the file must be a mapping/],
	[
		'a bomb',
		`a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcde'[index]}`).join(',')}]`).join('\n')}\n`,
		/./,
	],
];
for (const [name, person, expected] of wrong) {
	test(`wrong: ${name}`, async () => {
		const { findings, configuration } = await load({ person });
		assert.match(findings[0]?.message ?? 'nothing was found', expected);
		assert.ok((findings[0]?.message ?? '').startsWith(paths.person) || name.startsWith('a missing'));
		assert.ok(Object.keys(configuration.backends ?? {}).every((backend) => /^[a-z]+$/.test(backend)));
	});
}

test('what each key may be is looked at', () => {
	const context = { scope: 'site', locked: new Map() } as const;
	const visit = (schema: TSchema, at: string[]): string[] => {
		const {
			properties = {},
			patternProperties = {},
			anyOf = [],
			items,
		} = schema as unknown as {
			properties?: Record<string, TSchema>;
			patternProperties?: Record<string, TSchema>;
			anyOf?: TSchema[];
			items?: TSchema;
		};
		const inner = [...Object.entries(properties), ...Object.entries(patternProperties), ...anyOf.map((each) => ['', each] as const)];
		const all = [...inner, ...(items === undefined ? [] : [['0', items] as const])].flatMap(([name, each]) => visit(each, [...at, name]));
		// No key takes a function.
		return checkValue(schema, () => 1, context, false, at).length > 0 ? all : [...all, at.join('/')];
	};
	assert.deepEqual(visit(Configuration, []), []);
	assert.throws(() => checkValue(Type.Null(), 1, context, false), /nobody checks/);
});

test('one wrong value leaves the others in force', async () => {
	const { configuration, findings } = await load({
		person: 'backends:\n  local: {type: local, slots: many, environment: [FOO, "1BAD"]}\n  more: {type: local}\njobs: {retentionDays: 5}\n',
	});
	assert.equal(findings.length, 2);
	assert.deepEqual(configuration, { backends: { local: { type: 'local' }, more: { type: 'local' } }, jobs: { retentionDays: 5 } });
});

test('a file that was named and is not there is said', async () => {
	const { findings } = await loadConfiguration([{ path: '/x.yaml', scope: 'person', required: true }], async () => {
		throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
	});
	assert.match(findings[0]?.message ?? '', /^\/x\.yaml cannot be read: it is not there\.$/);
});

test('a file that cannot be read is said, and what is in the others holds', async () => {
	const { findings, configuration } = await loadConfiguration(
		[
			{ path: '/a', scope: 'site', required: false },
			{ path: '/b', scope: 'person', required: false },
		],
		async ({ path: file }) => {
			if (file === '/a') throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
			return 'jobs: {retentionDays: 7}\n';
		},
	);
	assert.match(findings[0]?.message ?? '', /EACCES/);
	assert.equal(configuration.jobs?.retentionDays, 7);
});
