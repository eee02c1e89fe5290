import { type Static, Type } from '@sinclair/typebox';
import { Nullable, oneOf } from '../base/nullable.ts';
import { ParameterValues } from '../base/parameter-values.ts';
import { jobStates } from './job-states.ts';

const Time = Type.String({ format: 'date-time', description: 'ISO 8601 in UTC.' });

/** What a job asks of a backend; null is the backend's default. */
export const Resources = Type.Object(
	{
		cpus: Nullable(Type.Number({ exclusiveMinimum: 0, maximum: 100_000 })),
		memoryBytes: Nullable(Type.Integer({ minimum: 1 })),
		gpus: Nullable(Type.Integer({ minimum: 0 })),
		wallTimeSeconds: Nullable(Type.Integer({ minimum: 1 })),
	},
	{ $id: 'Resources', additionalProperties: false },
);
export type Resources = Static<typeof Resources>;

/** Which cells run: all code cells, or those with these ids in the notebook's order. */
export const CellSelection = Type.Union(
	[Type.Literal('all'), Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { minItems: 1, maxItems: 100_000 })],
	{
		description: "'all', or the ids of the code cells to run, which run in the notebook's order.",
	},
);
export type CellSelection = Static<typeof CellSelection>;

/** A commit's id, of either of Git's hashes. */
export const versionPattern = '^(?:[0-9a-f]{40}|[0-9a-f]{64})$';

/** So many seen warnings can be named: those of one check are far fewer. */
export const mostWarningsSeen = 500;

/** What a client posts to run a version. */
export const JobRequest = Type.Object(
	{
		notebook: Type.String({ minLength: 1, maxLength: 4096, description: 'Absolute path of the notebook.' }),
		version: Type.String({ pattern: versionPattern, description: 'A version of that notebook; make one first.' }),
		cells: Type.Optional(CellSelection),
		parameters: Type.Optional(ParameterValues),
		backend: Type.Optional(
			Type.String({ minLength: 1, maxLength: 64, description: "A backend's name in the configuration; the first one if left out." }),
		),
		resources: Type.Optional(Type.Partial(Resources, { additionalProperties: false })),
		name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
		python: Type.Optional(
			Type.String({
				minLength: 1,
				maxLength: 4096,
				description: "Absolute path of the Python whose kernels the client sees; local jobs only, below the configuration's.",
			}),
		),
		exactPython: Type.Optional(
			Type.String({
				minLength: 1,
				maxLength: 4096,
				description:
					'Absolute path of the one Python to use, whatever a configuration that can be overridden says; for an environment that was made anew. A Python notebook runs in the kernel of that Python itself, whatever kernel it names. Local jobs only.',
			}),
		),
		warningsSeen: Type.Optional(
			Type.Array(Type.String({ minLength: 1, maxLength: 65_536 }), {
				maxItems: mostWarningsSeen,
				description:
					'The warnings that were shown and taken, each as the JSON text of `[code, cell, path, message]` without blanks. With it, any other warning refuses the request as an error does; left out, no warning does.',
			}),
		),
	},
	{ $id: 'JobRequest', additionalProperties: false },
);
export type JobRequest = Static<typeof JobRequest>;

const { warningsSeen: _, ...checked } = JobRequest.properties;

/** What a client posts to have a request checked: nothing has to be kept for that, and every warning is answered. */
export const JobCheck = Type.Object(
	{
		...checked,
		version: Type.Optional(
			Type.String({ pattern: versionPattern, description: 'Left out: the version that would be made of the notebook on disk now.' }),
		),
	},
	{ $id: 'JobCheck', additionalProperties: false },
);
export type JobCheck = Static<typeof JobCheck>;

/** A job as the API shows it. */
export const Job = Type.Object(
	{
		id: Type.String(),
		name: Type.String(),
		kind: oneOf(['notebook', 'cell']),
		state: oneOf(jobStates),
		reason: Nullable(Type.String({ description: 'Why it is in this state, in words.' })),
		stateAsOf: Type.String({ ...Time, description: 'When the backend last said so.' }),
		reachable: Nullable(Type.Boolean({ description: 'Whether the backend could be asked last time; null before it was asked.' })),
		attempt: Type.Integer({ minimum: 0, description: 'How often it was begun; 0 before it first runs.' }),
		cancelRequestedAt: Nullable(Time),
		project: Type.String({ description: 'Absolute path.' }),
		notebook: Type.String({ description: 'Relative to the project.' }),
		version: Type.String(),
		cells: CellSelection,
		parameters: ParameterValues,
		backend: Type.String(),
		resources: Resources,
		createdAt: Time,
		startedAt: Nullable(Time),
		endedAt: Nullable(Time),
		progress: Type.Object(
			{ done: Type.Integer({ minimum: 0 }), total: Type.Integer({ minimum: 0 }) },
			{ additionalProperties: false, description: 'Code cells that ended, of those to run.' },
		),
		expiresAt: Nullable(Type.String({ ...Time, description: 'When its folder is removed; null while it is open.' })),
		error: Nullable(
			Type.Object(
				{ type: Type.String({ description: 'A stable code, `job/…`.' }), title: Type.String(), detail: Nullable(Type.String()) },
				{ additionalProperties: false },
			),
		),
		result: Nullable(
			Type.Object(
				{
					notebook: Nullable(
						Type.String({ description: 'Where the executed notebook is: a link in the API, an absolute path on the command line.' }),
					),
					version: Nullable(Type.String({ description: 'The result kept as a version.' })),
					files: Type.Array(
						Type.Object(
							{
								path: Type.String({ description: "Relative to the notebook's folder in the job." }),
								sizeBytes: Type.Integer({ minimum: 0 }),
								sha256: Nullable(Type.String()),
								link: Type.String({ description: 'A link in the API, an absolute path on the command line.' }),
							},
							{ additionalProperties: false },
						),
					),
				},
				{ additionalProperties: false },
			),
		),
	},
	{ $id: 'Job', additionalProperties: false },
);
export type Job = Static<typeof Job>;

/** A job as the command line prints it with `--json`: the fields that scripts may count on. */
export const PrintedJob = Type.Omit(Job, ['cancelRequestedAt'], { additionalProperties: false });
export type PrintedJob = Static<typeof PrintedJob>;
