import { type Static, Type } from '@sinclair/typebox';
import { Nullable, oneOf } from '../base/nullable.ts';
import { ParameterValues } from '../base/parameter-values.ts';

/** Why a version was made. */
export const versionReasons = ['save', 'submit', 'label', 'keep', 'restore', 'result'] as const;
export type VersionReason = (typeof versionReasons)[number];

/** Why a file was left out of a version. */
export const leftOutReasons = ['too-large', 'ignored', 'hidden', 'key-like', 'too-many', 'unsafe-folder', 'unreadable'] as const;

/** A file that was left out of a version, and why. */
export const LeftOut = Type.Object(
	{
		path: Type.String({ description: 'Relative to the project.' }),
		sizeBytes: Nullable(Type.Integer({ minimum: 0 })),
		reason: oneOf(leftOutReasons),
	},
	{ additionalProperties: false },
);
export type LeftOut = Static<typeof LeftOut>;

/** A version as the API and `--json` show it. */
export const Version = Type.Object(
	{
		id: Type.String({ description: 'Full commit id.' }),
		notebook: Type.String({ description: "Path of the notebook relative to the project, with '/'." }),
		createdAt: Type.String({ format: 'date-time' }),
		reason: oneOf(versionReasons),
		label: Nullable(Type.String()),
		parameters: ParameterValues,
		author: Type.Object({ name: Type.String(), email: Type.String() }, { additionalProperties: false }),
	},
	{ $id: 'Version', additionalProperties: false },
);
export type Version = Static<typeof Version>;

/** Where the history of a notebook can move: it began in the person's own store, and its folder has a repository that can take it by now. */
export const HistoryOffer = Type.Object(
	{
		repository: Type.String({ description: 'Absolute path of the Git directory that can take the history.' }),
		store: Type.String({ description: 'Absolute path of the repository of the person that has it now.' }),
	},
	{ $id: 'HistoryOffer', additionalProperties: false },
);
export type HistoryOffer = Static<typeof HistoryOffer>;

/** That the last save of a notebook is not kept: it is on disk, and no version. */
export const UnkeptSave = Type.Object(
	{
		since: Type.String({ format: 'date-time', description: 'When the first of these saves could not be kept.' }),
		type: Type.String({ description: 'As the `type` of a problem.' }),
		title: Type.String({ description: 'Why, and what to do.' }),
	},
	{ $id: 'UnkeptSave', additionalProperties: false },
);
export type UnkeptSave = Static<typeof UnkeptSave>;

/** That some of a notebook's versions cannot be read. */
export const UnreadableVersions = Type.Object(
	{
		id: Nullable(Type.String({ description: 'The first that cannot be read; null where not even its id is known.' })),
		title: Type.String({ description: 'What cannot be read, and what to do.' }),
	},
	{ $id: 'UnreadableVersions', additionalProperties: false },
);
export type UnreadableVersions = Static<typeof UnreadableVersions>;

/** A version with what was kept: the answer to one version's address. */
export const VersionDetail = Type.Object(
	{
		...Version.properties,
		project: Type.String({ description: 'Absolute path.' }),
		repository: Type.String({ description: 'Absolute path of the Git directory that holds the version.' }),
		inProject: Type.Boolean({ description: "Whether that is the project's own repository rather than the person's own store." }),
		parents: Type.Array(Type.String()),
		branchCommit: Nullable(Type.String()),
		leftOut: Type.Array(LeftOut),
		files: Type.Array(Type.Object({ path: Type.String(), sizeBytes: Type.Integer({ minimum: 0 }) }, { additionalProperties: false })),
		note: Nullable(Type.String({ description: 'What the person should know of where the version lies; said once.' })),
		offer: Nullable(HistoryOffer),
	},
	{ $id: 'VersionDetail', additionalProperties: false },
);
export type VersionDetail = Static<typeof VersionDetail>;
