import { Type } from '@sinclair/typebox';
import { oneOf } from '../base/nullable.ts';

export const NotebookPath = Type.String({
	minLength: 1,
	maxLength: 4096,
	description: 'Absolute path of the notebook on the machine of the server.',
});

/** What to keep as a version, and why. */
export const KeepRequest = Type.Object(
	{
		notebook: NotebookPath,
		content: Type.Optional(Type.String({ description: "The editor's document, where it is not on disk; nbformat JSON." })),
		reason: oneOf(['save', 'submit', 'label', 'keep']),
		label: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'With reason `label` only.' })),
		move: Type.Optional(Type.Boolean({ description: 'With reason `label` only: another version with that name loses it.' })),
		parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
		editor: Type.Optional(Type.String({ maxLength: 64 })),
		session: Type.Optional(Type.String({ maxLength: 64, description: 'Id of the kernel session in which the editor runs the cells.' })),
	},
	{ additionalProperties: false },
);
