import { type Static, Type } from '@sinclair/typebox';
import { Nullable, oneOf } from '../base/nullable.ts';
import { ParameterValues } from '../base/parameter-values.ts';
import { CellSelection } from './job-schema.ts';

/**
 * `job.json` in a job's folder: what the runner is told. Paths are relative to the folder that holds it, unless absolute. Written by the backend,
 * read once by the runner, never changed but for `attempt`.
 */
export const RunnerJob = Type.Object(
	{
		format: Type.Literal(1),
		id: Type.String(),
		/**
		 * The attempt that is asked for. Where a receipt of this one or a later one lies, the runner does nothing. Where the folder's events tell of as many
		 * starts already and no receipt lies, that is because the runner was killed, and it counts one more than they.
		 */
		attempt: Type.Integer({ minimum: 1 }),
		version: Type.String(),
		project: Type.String({ description: 'Absolute path of the project at home, for the receipt only.' }),
		/** The notebook in the job's tree, as the version holds it: outputs may be cut, parameters are not yet injected. */
		notebook: Type.String(),
		/** Working directory of the kernel: the notebook's folder in the job's tree. */
		workDir: Type.String(),
		cells: CellSelection,
		parameters: ParameterValues,
		/** Source of the injected-parameters cell, written by `shared` so that every runner injects the same; null when nothing is injected. */
		injectedSource: Nullable(Type.String()),
		/** Index of the cell before which it is inserted (or which it replaces where that is an injected-parameters cell). */
		injectedIndex: Nullable(Type.Integer({ minimum: 0 })),
		injectedReplaces: Type.Boolean(),
		kernelName: Nullable(Type.String({ description: "Kernelspec; null takes the notebook's." })),
		nativeKernel: Type.Optional(
			Type.Boolean({
				description:
					"Whether the kernel is ipykernel of the very Python that runs the runner, whatever Jupyter's folders name; `kernelName` is not asked then.",
			}),
		),
		wallTimeSeconds: Nullable(
			Type.Integer({ minimum: 1, description: 'After this the kernel is interrupted, then killed; the runner keeps 10 s to save.' }),
		),
		cellTimeoutSeconds: Nullable(Type.Integer({ minimum: 1 })),
		memoryBytes: Nullable(Type.Integer({ minimum: 1 })),
		hashUpToBytes: Type.Integer({ minimum: 0, description: 'Files above this are listed and not hashed.' }),
		/** Names of environment variables that the receipt may record with their values. */
		recordEnvironment: Type.Array(Type.String()),
		linkedFrom: Type.Optional(
			Type.String({ description: "Absolute path of the project at home, to which links in the job's tree lead; files there are never written." }),
		),
	},
	{ $id: 'RunnerJob', additionalProperties: false },
);
export type RunnerJob = Static<typeof RunnerJob>;

const eventBase = {
	seq: Type.Integer({ minimum: 1, description: 'Counts up by one over all attempts.' }),
	time: Type.String({ description: 'ISO 8601 in UTC with milliseconds, clock of the machine that runs the job.' }),
};

/** Why a job's run ended, as the runner saw it. */
export const exitReasons = [
	'completed',
	'cell-error',
	'kernel-died',
	'kernel-missing',
	'kernel-hangs',
	'input-requested',
	'wall-time',
	'cell-timeout',
	'cancelled',
	'out-of-memory',
	'disk-full',
	'runner-error',
] as const;

/** A line of `events.ndjson`. Lines are appended whole; a last line without its newline is not yet written. Unknown kinds are to be ignored. */
export const RunnerEvent = Type.Union([
	Type.Object({
		...eventBase,
		kind: Type.Literal('started'),
		attempt: Type.Integer(),
		total: Type.Integer(),
		host: Type.String(),
		pid: Type.Integer(),
	}),
	Type.Object({ ...eventBase, kind: Type.Literal('kernel-started'), language: Nullable(Type.String()) }),
	Type.Object({ ...eventBase, kind: Type.Literal('cell-started'), cell: Type.String(), index: Type.Integer() }),
	Type.Object({
		...eventBase,
		kind: Type.Literal('cell-ended'),
		cell: Type.String(),
		index: Type.Integer(),
		status: oneOf(['ok', 'error', 'expected-error', 'skipped', 'interrupted']),
		durationSeconds: Type.Number(),
		done: Type.Integer(),
	}),
	Type.Object({ ...eventBase, kind: Type.Literal('saved'), bytes: Type.Integer() }),
	Type.Object({
		...eventBase,
		kind: Type.Literal('ended'),
		reason: oneOf(exitReasons),
		title: Type.String(),
		detail: Nullable(Type.String()),
		cell: Nullable(Type.String()),
	}),
]);
export type RunnerEvent = Static<typeof RunnerEvent>;
export type ExitReason = (typeof exitReasons)[number];

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** `receipt.json`: what a finished job leaves, written last and by atomic rename. Further fields may join. */
export const Receipt = Type.Object(
	{
		format: Type.Literal(1),
		job: Type.String(),
		attempt: Type.Integer(),
		version: Type.String(),
		cells: Type.Array(
			Type.Object({
				id: Type.String(),
				index: Type.Integer(),
				status: oneOf(['ok', 'error', 'expected-error', 'skipped', 'interrupted', 'not-run']),
				executionCount: Nullable(Type.Integer()),
				startedAt: Nullable(Type.String()),
				durationSeconds: Nullable(Type.Number()),
				peakMemoryBytes: Nullable(Type.Integer()),
				/** SHA-256 of the cell's source as UTF-8. */
				sourceSha256: Sha256,
				/** In the order of the cell's outputs: SHA-256 of each in canonical form. */
				outputs: Type.Array(Type.Object({ type: Type.String(), sha256: Sha256, textSha256: Nullable(Sha256) })),
			}),
		),
		parameters: ParameterValues,
		environment: Type.Object({
			interpreter: Type.Object({
				language: Type.String(),
				version: Nullable(Type.String()),
				implementation: Nullable(Type.String()),
				executable: Nullable(Type.String()),
			}),
			kernelspec: Type.Object({ name: Type.String(), displayName: Nullable(Type.String()) }),
			/** Sorted by name. `origin` is `index`, a URL, a path of an editable install, `conda`, or null where it is not known. */
			packages: Type.Array(Type.Object({ name: Type.String(), version: Nullable(Type.String()), origin: Nullable(Type.String()) })),
			packagesComplete: Type.Boolean(),
			system: Type.Record(Type.String(), Type.Unknown()),
			variables: Type.Record(Type.String(), Type.String()),
			digest: Sha256,
		}),
		inputs: Type.Object({
			/** How they are known: `audit` (Python's audit hook), `sampling` (/proc), or both. */
			method: Type.Array(oneOf(['audit', 'sampling'])),
			/** Whether no file is missing. Programs, packages and what every Python reads by itself (time zones, fonts) are the environment's and no inputs. */
			complete: Type.Boolean(),
			files: Type.Array(
				Type.Object({
					path: Type.String(),
					sizeBytes: Type.Integer(),
					modifiedAt: Nullable(Type.String()),
					sha256: Nullable(Sha256),
					note: Nullable(Type.String()),
					/** Where the file lies when it was reached by a link that leads out of the job's tree. */
					target: Type.Optional(Type.String()),
				}),
			),
		}),
		/** Files that the job made or changed below `workDir` and the project's tree; paths relative to `workDir`. */
		files: Type.Array(Type.Object({ path: Type.String(), sizeBytes: Type.Integer(), sha256: Nullable(Sha256) })),
		filesComplete: Type.Boolean(),
		/** Files of the job's tree that it removed; relative to `workDir`. */
		filesDeleted: Type.Optional(Type.Array(Type.String())),
		/** Files outside the job's folder that Python wrote, by absolute path, as far as it told. */
		filesElsewhere: Type.Optional(Type.Array(Type.Object({ path: Type.String(), sizeBytes: Type.Integer(), sha256: Nullable(Sha256) }))),
		/** Links that were replaced by private copies before they were written to; relative to `workDir`. */
		linksMadePrivate: Type.Optional(Type.Array(Type.String())),
		/** Absolute paths in the notebook's own folder that the job was kept from writing to. */
		writesRefused: Type.Optional(Type.Array(Type.String())),
		/** How the notebook's own folder was kept from the job; null where it ended before its kernel was started. */
		guard: Type.Optional(
			Nullable(
				Type.Object({
					/** Namespaces: all that the job started saw `folders` as read-only. `audit-hook`: only Pythons were kept from writing there. */
					method: oneOf(['mount-namespace', 'user-namespace', 'audit-hook', 'none']),
					folders: Type.Array(Type.String(), { description: 'Absolute paths that were read-only.' }),
					note: Nullable(Type.String({ description: 'Why there was no more than that.' })),
					cellsRefused: Type.Array(Type.String(), { description: 'Ids of cells that showed an error of writing to what is read-only.' }),
				}),
			),
		),
		resources: Type.Object({ wallSeconds: Type.Number(), cpuSeconds: Nullable(Type.Number()), peakMemoryBytes: Nullable(Type.Integer()) }),
		startedAt: Type.String(),
		endedAt: Type.String(),
		exit: Type.Object({ reason: oneOf(exitReasons), title: Type.String(), detail: Nullable(Type.String()), cell: Nullable(Type.String()) }),
	},
	{ $id: 'Receipt' },
);
export type Receipt = Static<typeof Receipt>;
