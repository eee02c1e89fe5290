import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { Nullable } from '../base/nullable.ts';
import { ParameterValues } from '../base/parameter-values.ts';
import { type LeftOut, leftOutReasons, type Version, versionReasons } from './version-schema.ts';

/** Where a version's own facts stand in its tree. */
export const versionDocumentPath = '.nightlog/version.json';
/** The number that a reader must know to understand a document; it grows when a field changes its meaning. */
export const versionDocumentFormat = 1;
/** As many files as are named that were left out; how many more there were stands beside. */
export const mostLeftOutNamed = 500;

/** `.nightlog/version.json`: what a version says of itself. Fields that are not known are kept. */
export const VersionDocument = Type.Object({
	format: Type.Integer({ minimum: 1 }),
	notebook: Type.Object({
		id: Type.String({ description: 'The same through all versions and renames.' }),
		path: Type.String({ description: "Relative to the tree's root, with '/'." }),
		form: Type.String({ description: '`full`: the bytes that were kept; `cut`: outputs lie in `.nightlog/outputs/`.' }),
		sizeBytes: Type.Integer({ minimum: 0, description: 'In full.' }),
		valid: Type.Boolean({ description: 'Whether it was a notebook, rather than bytes that were saved in its place.' }),
	}),
	/** Absolute path of the folder that the tree is of; null in the project's own repository, whose path is its own matter. */
	project: Nullable(Type.String()),
	/** Name of the linked working tree; null in the main one. */
	worktree: Nullable(Type.String()),
	/** Counts a notebook's versions from 1; one that replaces another takes its number. */
	number: Type.Integer({ minimum: 1 }),
	reason: Type.String(),
	label: Nullable(Type.String()),
	createdAt: Type.String({ description: 'ISO 8601 in UTC.' }),
	/** When the first of the saves that replaced each other was made: five minutes later none replaces any more. */
	firstSavedAt: Type.String(),
	/** Ids that this version stands for now. */
	replaces: Type.Array(Type.String()),
	parameters: ParameterValues,
	/** Digest of the environment where it is known: of the run for a result. */
	environment: Nullable(Type.Object({ digest: Type.String() })),
	editor: Nullable(Type.String()),
	kernel: Nullable(Type.Object({ name: Nullable(Type.String()), session: Nullable(Type.String()) })),
	/** Code cells in the order in which they were run, as their counts say, and a digest of all outputs: it changes when a cell ran. */
	execution: Type.Object({
		order: Type.Array(Type.Object({ cell: Type.String(), count: Type.Integer() })),
		digest: Nullable(Type.String()),
	}),
	/** Commit of the branch at the time. */
	branchCommit: Nullable(Type.String()),
	/** What was put into the version when it was made; its tree holds more, from the version or the branch that it was made over. */
	files: Type.Array(Type.Object({ path: Type.String(), sizeBytes: Type.Integer({ minimum: 0 }) })),
	leftOut: Type.Array(Type.Object({ path: Type.String(), sizeBytes: Nullable(Type.Integer({ minimum: 0 })), reason: Type.String() })),
	/** How many more were left out than `leftOut` names. */
	leftOutUnnamed: Type.Integer({ minimum: 0 }),
	/** The job whose result it is. */
	job: Nullable(Type.String()),
	/** The newest version before, of which something could not be read any more when this one was made; null where not even its id could. */
	damaged: Type.Optional(Nullable(Type.String())),
	/** The version that this one is the full form of, made so that a label leads to everything. */
	fullFormOf: Nullable(Type.String()),
});
export type VersionDocument = Static<typeof VersionDocument>;

/** The bytes of a document: sorted as written here, one field a line, so that `git diff` reads well. */
export function serialiseVersionDocument(document: VersionDocument): Uint8Array<ArrayBuffer> {
	return new TextEncoder().encode(`${JSON.stringify(document, null, 1)}\n`);
}

/** The document in bytes, with fields that are not known; null where the bytes are none, or of a format that is too new to understand. */
export function parseVersionDocument(bytes: Uint8Array): VersionDocument | null {
	let value: unknown;
	try {
		value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
	} catch {
		return null;
	}
	return Value.Check(VersionDocument, value) && value.format <= versionDocumentFormat ? value : null;
}

/** The reason of a document; a word that a newer Nightlog wrote is shown as a plain save. */
export function reasonOf(document: VersionDocument): Version['reason'] {
	return versionReasons.find((reason) => reason === document.reason) ?? 'save';
}

/** What was left out, as the API shows it; a reason that a newer Nightlog wrote is shown as not readable. */
export function leftOutOf(document: VersionDocument): LeftOut[] {
	return document.leftOut.map((item) => ({
		path: item.path,
		sizeBytes: item.sizeBytes,
		reason: leftOutReasons.find((reason) => reason === item.reason) ?? 'unreadable',
	}));
}

const verbs = { save: 'Save', submit: 'Submit', label: 'Name', keep: 'Keep', restore: 'Restore', result: 'Result of' } as const;

/** The commit's message: a line for people and the facts that `git log` may be asked for. */
export function versionMessage(document: VersionDocument): string {
	const name = document.notebook.path.slice(document.notebook.path.lastIndexOf('/') + 1);
	const label = document.label === null ? '' : ` as ${onOneLine(document.label)}`;
	const lines = [
		`${verbs[reasonOf(document)]} ${onOneLine(name)}${label}`,
		'',
		`Nightlog-Notebook: ${document.notebook.id}`,
		`Nightlog-Reason: ${document.reason}`,
	];
	if (document.job !== null) lines.push(`Nightlog-Job: ${document.job}`);
	return `${lines.join('\n')}\n`;
}

/** Control characters as JSON writes them, and no more than a line's worth: names may hold anything. */
function onOneLine(text: string): string {
	const plain = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\');
	const characters = [...plain.replaceAll('\u2028', ' ').replaceAll('\u2029', ' ').replaceAll('\u007f', '')];
	return characters.length <= 100 ? characters.join('') : `${characters.slice(0, 99).join('')}…`;
}
