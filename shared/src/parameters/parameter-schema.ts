import { type Static, Type } from '@sinclair/typebox';
import { Nullable, oneOf } from '../base/nullable.ts';

/** The types that a parameter can have. `unknown` is a default that is not a literal: it is shown, and passed on as it stands. */
export const parameterTypes = ['string', 'integer', 'number', 'boolean', 'list', 'dictionary', 'none', 'unknown'] as const;
export type ParameterType = (typeof parameterTypes)[number];

/** A typed, named input of a notebook. */
export const Parameter = Type.Object(
	{
		name: Type.String({ description: 'An identifier of the kernel language.' }),
		type: oneOf(parameterTypes),
		default: Type.Unknown({ description: 'The value in the cell as JSON; null for none and where `type` is unknown.' }),
		help: Nullable(Type.String({ description: "The line's comment." })),
		cell: Type.String({ description: 'Id of the cell that assigns it.' }),
		line: Type.Integer({ minimum: 1, description: 'Line in that cell, counted from 1.' }),
		choices: Nullable(Type.Array(Type.Unknown())),
		minimum: Nullable(Type.Number()),
		maximum: Nullable(Type.Number()),
		source: Type.String({ description: "The default's source text, as it stands in the cell." }),
	},
	{ $id: 'Parameter', additionalProperties: false },
);
export type Parameter = Static<typeof Parameter>;
