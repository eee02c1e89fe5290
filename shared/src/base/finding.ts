import { type Static, Type } from '@sinclair/typebox';
import { Nullable, oneOf } from './nullable.ts';

/** Something that a check sees before it hurts, with a way out in its message. An `error` keeps a job from being submitted. */
export const Finding = Type.Object(
	{
		code: Type.String({ description: 'area/what; stable.' }),
		severity: oneOf(['error', 'warning', 'information']),
		message: Type.String({ description: 'A sentence that tells the person what to do.' }),
		cell: Nullable(Type.String({ description: 'Id of the cell that it is about.' })),
		path: Nullable(Type.String({ description: 'JSON pointer into the request, or null.' })),
	},
	{ $id: 'Finding', additionalProperties: false },
);
export type Finding = Static<typeof Finding>;
