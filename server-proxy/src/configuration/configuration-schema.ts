import { type Static, type TSchema, Type } from '@sinclair/typebox';

/**
 * Whose files may set a key: the site's (`/etc`, or what `NIGHTLOG_CONFIG` names), a person's (below `$XDG_CONFIG_HOME`), or also a project's. A project is somebody
 * else's text: it never names a program, a server or a secret.
 */
export type Scope = 'site' | 'person' | 'project';

const strict = { additionalProperties: false } as const;
const by = <T extends TSchema>(scope: Scope, schema: T): T => ({ ...schema, 'x-scope': scope });

const Name = { minLength: 1, maxLength: 255, pattern: '^[^\\u0000-\\u001f]+$' };
const Text = (description: string) => Type.String({ ...Name, description });
const AbsolutePath = (description: string) => Type.String({ maxLength: 4096, pattern: '^/[^\\u0000]*$', description });
const HttpUrl = (description: string) => Type.String({ maxLength: 2048, pattern: '^https?://[^\\s@]+$', description });
/** A program and its arguments; its output is the secret, which stands in no file. */
const Command = (description: string) => Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), { minItems: 1, maxItems: 50, description });

/** Jobs on this machine. */
export const LocalBackendConfiguration = Type.Object(
	{
		type: by('person', Type.Literal('local')),
		slots: by('person', Type.Optional(Type.Integer({ minimum: 1, maximum: 1024, description: 'How many jobs run at a time; 2 if left out.' }))),
		python: by('person', Type.Optional(AbsolutePath('The Python whose kernels run the jobs.'))),
		environment: by(
			'person',
			Type.Optional(
				Type.Array(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}\\*?$' }), {
					maxItems: 200,
					description: 'Names of further environment variables that jobs get; a name may end in `*`.',
				}),
			),
		),
		protectFolder: by(
			'person',
			Type.Optional(
				Type.Boolean({
					description:
						"Whether the notebook's folder is read-only to all that a job starts, where this machine can do that; true if left out. With `false` only Python is kept from writing there, and jobs can use programs that take other rights (sudo, fusermount).",
				}),
			),
		),
	},
	strict,
);

/** Jobs at a Slurm cluster. */
export const SlurmBackendConfiguration = Type.Object(
	{
		type: by('person', Type.Literal('slurm')),
		via: by('person', Type.Optional(Type.Literal('cli'))),
		rest: by(
			'person',
			Type.Optional(
				Type.Object({ url: HttpUrl('Of slurmrestd.'), user: Text('Name at the cluster.'), tokenCommand: Command('Prints a token.') }, strict),
			),
		),
		ssh: by('person', Type.Optional(Type.Object({ host: Text('As OpenSSH knows it.'), user: Type.Optional(Text('Name there.')) }, strict))),
		workDir: by('person', Type.Optional(AbsolutePath('A folder that this machine and the nodes both see.'))),
		partition: by('project', Type.Optional(Text('Partition, unless the form says another.'))),
		account: by('project', Type.Optional(Text('Account that is charged.'))),
	},
	strict,
);

/** Jobs at a Kubernetes cluster. */
export const KubernetesBackendConfiguration = Type.Object(
	{
		type: by('person', Type.Literal('kubernetes')),
		namespace: by('person', Type.Optional(Text('Namespace of the jobs.'))),
		image: by('person', Type.Optional(Text('Image with the kernels, best by digest.'))),
		context: by('person', Type.Optional(Text('Context of the kubeconfig.'))),
		kubeconfig: by('person', Type.Optional(AbsolutePath('In place of the usual one.'))),
		queue: by('project', Type.Optional(Text("Kueue's local queue."))),
		volume: by(
			'person',
			Type.Optional(
				Type.Object({ claim: Text('A volume claim that this machine and the pods both see.'), mountPath: AbsolutePath('Where it is here.') }, strict),
			),
		),
	},
	strict,
);

/** By `type`. */
export const backendConfigurations = {
	local: LocalBackendConfiguration,
	slurm: SlurmBackendConfiguration,
	kubernetes: KubernetesBackendConfiguration,
} as const;

const BackendName = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });

/** The whole configuration. */
export const Configuration = Type.Object(
	{
		backends: Type.Optional(
			Type.Record(BackendName, Type.Union([LocalBackendConfiguration, SlurmBackendConfiguration, KubernetesBackendConfiguration]), {
				description: 'Where jobs run; the first one is the default.',
			}),
		),
		mlflow: Type.Optional(
			Type.Record(
				BackendName,
				Type.Object(
					{
						url: by('person', HttpUrl('Of the tracking server.')),
						tokenCommand: by('person', Type.Optional(Command('Prints a token.'))),
					},
					strict,
				),
			),
		),
		jobs: Type.Optional(
			Type.Object(
				{
					retentionDays: by(
						'person',
						Type.Optional(Type.Integer({ minimum: 1, maximum: 36_500, description: "How long an ended job's folder is kept; 30 if left out." })),
					),
				},
				strict,
			),
		),
		metrics: Type.Optional(
			Type.Object(
				{
					port: by('person', Type.Integer({ minimum: 1, maximum: 65_535, description: 'Port of 127.0.0.1 where `/metrics` can be read.' })),
					tokenFile: by('person', AbsolutePath('Holds the bearer token for it, readable by its owner only.')),
				},
				strict,
			),
		),
		locked: by(
			'site',
			Type.Optional(
				Type.Array(Type.String({ pattern: '^(/[^/]+)+$' }), {
					maxItems: 200,
					description: 'JSON pointers to what later files may not set, with all below.',
				}),
			),
		),
	},
	{ $id: 'Configuration', ...strict },
);
export type Configuration = Static<typeof Configuration>;

/** What is in force where no file says otherwise. */
export const defaultConfiguration = {
	backends: { local: { type: 'local', slots: 2 } },
	jobs: { retentionDays: 30 },
} as const satisfies Configuration;
