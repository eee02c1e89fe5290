import { type TNull, type TSchema, type TUnion, Type } from '@sinclair/typebox';

/** `schema` or null. */
export function Nullable<T extends TSchema>(schema: T): TUnion<[T, TNull]> {
	return Type.Union([schema, Type.Null()]);
}

/** One of these words. */
export function oneOf<const T extends readonly string[]>(words: T) {
	return Type.Unsafe<T[number]>({ type: 'string', enum: [...words] });
}
