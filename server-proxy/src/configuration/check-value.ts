import { nearestName } from '@nightlog/shared/base/nearest-name';
import type { TSchema } from '@sinclair/typebox';
import { backendConfigurations, type Scope } from './configuration-schema.ts';

/** Something wrong at a place of a file. */
export interface ValueProblem {
	readonly at: readonly string[];
	readonly code: string;
	readonly message: string;
}

/** What `checkValue` looks at besides the schema. */
export interface CheckContext {
	/** Whose file it is. */
	readonly scope: Scope;
	/** JSON pointers that an earlier file locked, and which. */
	readonly locked: ReadonlyMap<string, string>;
}

interface LooseSchema {
	readonly type?: string;
	readonly const?: unknown;
	readonly properties?: Readonly<Record<string, TSchema>>;
	readonly required?: readonly string[];
	readonly patternProperties?: Readonly<Record<string, TSchema>>;
	readonly anyOf?: readonly TSchema[];
	readonly items?: TSchema;
	readonly minimum?: number;
	readonly maximum?: number;
	readonly minItems?: number;
	readonly maxItems?: number;
	readonly minLength?: number;
	readonly maxLength?: number;
	readonly pattern?: string;
	readonly 'x-scope'?: Scope;
}

const ranks: Readonly<Record<Scope, number>> = { site: 0, person: 1, project: 2 };

/**
 * What is wrong with a part of a configuration file. A part of a backend may stand alone in a later file: what is needed is looked for when all files are
 * put together (`whole`).
 */
export function checkValue(given: TSchema, value: unknown, context: CheckContext, whole: boolean, at: readonly string[] = []): ValueProblem[] {
	const schema = given as LooseSchema;
	const problem = (code: string, message: string): ValueProblem[] => [{ at, code, message }];
	const name = at.at(-1) ?? 'the file';
	const pointer = `/${at.join('/')}`;
	const lockedBy = context.locked.get(pointer);
	if (lockedBy !== undefined) return problem('config/locked', `\`${at.join('.')}\` is set for everyone in ${lockedBy} and cannot be changed here.`);
	const scope = schema['x-scope'];
	if (scope !== undefined && ranks[context.scope] > ranks[scope]) return problem('config/not-allowed', refusal(at.join('.'), scope));

	if (schema.anyOf !== undefined) return checkBackend(value, context, whole, at);
	if (schema.const !== undefined)
		return value === schema.const ? [] : problem('config/invalid', `\`${name}\` must be ${JSON.stringify(schema.const)}.`);
	switch (schema.type) {
		case 'object':
			if (!isMapping(value)) return problem('config/invalid', `\`${name}\` must be a mapping of keys to values.`);
			return schema.patternProperties === undefined
				? checkProperties(schema, value, context, whole, at)
				: checkNamed(schema.patternProperties, value, context, whole, at);
		case 'array':
			if (!Array.isArray(value)) return problem('config/invalid', `\`${name}\` must be a list.`);
			if (value.length < (schema.minItems ?? 0) || value.length > (schema.maxItems ?? Number.POSITIVE_INFINITY)) {
				return problem('config/invalid', `\`${name}\` must have ${schema.minItems ?? 0} to ${schema.maxItems} entries.`);
			}
			return value.flatMap((item, index) =>
				schema.items === undefined ? [] : checkValue(schema.items, item, context, whole, [...at, String(index)]),
			);
		case 'integer':
			return Number.isInteger(value) && (value as number) >= (schema.minimum ?? -Infinity) && (value as number) <= (schema.maximum ?? Infinity)
				? []
				: problem('config/invalid', `\`${name}\` must be a whole number from ${schema.minimum} to ${schema.maximum}.`);
		case 'boolean':
			// YAML 1.2: `yes`, `no`, `on` and `off` are texts, and a text is true.
			return typeof value === 'boolean' ? [] : problem('config/invalid', `\`${name}\` must be true or false.`);
		case 'string': {
			const message = checkText(schema, value, name);
			return message === null ? [] : problem('config/invalid', message);
		}
		default:
			throw new Error(`nobody checks a value of the type ${String(schema.type)}`);
	}
}

function checkText(schema: LooseSchema, value: unknown, name: string): string | null {
	if (typeof value !== 'string') return `\`${name}\` must be text; put it in quotes.`;
	if (value.length < (schema.minLength ?? 0)) return `\`${name}\` must not be empty.`;
	if (value.length > (schema.maxLength ?? Number.POSITIVE_INFINITY)) return `\`${name}\` is longer than ${schema.maxLength} characters.`;
	if (schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(value)) return null;
	if (schema.pattern.startsWith('^/')) return `\`${name}\` must be an absolute path.`;
	if (schema.pattern.startsWith('^https?')) return `\`${name}\` must be an address with http:// or https://, without a name or password in it.`;
	return `\`${name}\` holds a character that cannot stand there.`;
}

function checkProperties(
	schema: LooseSchema,
	value: Readonly<Record<string, unknown>>,
	context: CheckContext,
	whole: boolean,
	at: readonly string[],
): ValueProblem[] {
	const properties = schema.properties ?? {};
	const problems = Object.entries(value).flatMap(([key, child]) => {
		const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
		return property === undefined ? [unknownKey([...at, key], Object.keys(properties))] : checkValue(property, child, context, whole, [...at, key]);
	});
	const missing = whole ? (schema.required ?? []).filter((key) => !Object.hasOwn(value, key)) : [];
	return [...problems, ...missing.map((key) => ({ at, code: 'config/missing-key', message: `\`${key}\` is missing in \`${at.join('.')}\`.` }))];
}

function checkNamed(
	patterns: Readonly<Record<string, TSchema>>,
	value: Readonly<Record<string, unknown>>,
	context: CheckContext,
	whole: boolean,
	at: readonly string[],
): ValueProblem[] {
	const [pattern = '', schema] = Object.entries(patterns)[0] ?? [];
	return Object.entries(value).flatMap(([key, child]): ValueProblem[] => {
		if (schema !== undefined && new RegExp(pattern, 'u').test(key)) return checkValue(schema, child, context, whole, [...at, key]);
		return [
			{
				at: [...at, key],
				code: 'config/invalid-name',
				message: `\`${key}\` cannot be a name here: letters, digits, dot, dash and underscore, at most 64.`,
			},
		];
	});
}

function checkBackend(value: unknown, context: CheckContext, whole: boolean, at: readonly string[]): ValueProblem[] {
	const name = at.join('.');
	if (!isMapping(value)) return [{ at, code: 'config/invalid', message: `\`${name}\` must be a mapping of keys to values.` }];
	const { type } = value;
	if (type === undefined && !whole) {
		// A later file adds to a backend whose type an earlier one says.
		const all = Object.assign({}, ...Object.values(backendConfigurations).map((schema) => schema.properties)) as Record<string, TSchema>;
		return checkProperties({ properties: all }, value, context, false, at);
	}
	if (typeof type === 'string' && Object.hasOwn(backendConfigurations, type)) {
		return checkProperties(backendConfigurations[type as keyof typeof backendConfigurations] as LooseSchema, value, context, whole, at);
	}
	const types = Object.keys(backendConfigurations);
	const nearest = typeof type === 'string' ? nearestName(type, types) : null;
	const message = `\`${name}\` needs a \`type\`: ${types.join(', ')}.${nearest === null ? '' : ` Did you mean \`${nearest}\`?`}`;
	return [{ at: type === undefined ? at : [...at, 'type'], code: 'config/invalid', message }];
}

function unknownKey(at: readonly string[], names: readonly string[]): ValueProblem {
	const key = at.at(-1) ?? '';
	const nearest = nearestName(key, names);
	const hint = nearest === null ? `There is: ${names.join(', ')}.` : `Did you mean \`${nearest}\`?`;
	return { at, code: 'config/unknown-key', message: `There is no key \`${at.join('.')}\`. ${hint}` };
}

function refusal(name: string, scope: Scope): string {
	return scope === 'site'
		? `\`${name}\` can only be set for everyone, in /etc/nightlog/config.yaml.`
		: `\`${name}\` cannot be set in a project's file: whoever wrote the project would decide it. Put it into your own configuration.`;
}

/** Whether it is a mapping of keys to values. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
