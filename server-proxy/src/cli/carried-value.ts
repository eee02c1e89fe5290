import type { ParameterType } from '@nightlog/shared/parameters/parameter-schema';

/**
 * A value as JSON carries it: infinite numbers and NaN as the words `Infinity`, `-Infinity` and `NaN`. They are numbers again only where the parameter is a
 * number; elsewhere, and within lists and dictionaries, they would arrive as text.
 *
 * @returns undefined where it cannot be carried
 */
export function carriedValue(value: unknown, type: ParameterType | undefined): unknown {
	if (isNotFinite(value)) return type === 'number' ? String(value) : undefined;
	return holdsNotFinite(value) ? undefined : value;
}

const isNotFinite = (value: unknown): boolean => typeof value === 'number' && !Number.isFinite(value);

function holdsNotFinite(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return isNotFinite(value);
	return Object.values(value).some(holdsNotFinite);
}
