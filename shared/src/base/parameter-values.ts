import { type Static, Type } from '@sinclair/typebox';

/** Values by parameter name. JSON; an integer beyond 2^53 travels as a string of digits. */
export const ParameterValues = Type.Record(Type.String(), Type.Unknown(), { description: 'Values by name.' });
export type ParameterValues = Static<typeof ParameterValues>;
