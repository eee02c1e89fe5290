import { type FieldError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { TSchema } from '@sinclair/typebox';
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';

/** Where a value stands in a request. */
export type Part = 'path' | 'query' | 'headers' | 'body';

/** Holds requests against the schemas of the table. What checks them is loaded and compiled when the first request needs it. */
export class RequestValidator {
	readonly #compiled = new Map<TSchema, ValidateFunction>();
	#ajv: Promise<Ajv> | null = null;

	/**
	 * Resolves when `value` is what `schema` says, with the defaults filled in.
	 * @throws NightlogError `request/invalid` (400) with every problem and its path
	 */
	async check(schema: TSchema, value: unknown, part: Part): Promise<void> {
		const compiled = this.#compiled.get(schema) ?? (await this.#compile(schema));
		if (compiled(value)) return;
		const errors = (compiled.errors ?? []).map((error) => fieldError(error, part));
		throw new NightlogError('request/invalid', `The ${part} of the request is not valid: ${errors[0]?.message ?? 'it has a wrong form'}`, {
			status: 400,
			errors,
		});
	}

	/** Loads what the first check needs, before there is one. */
	async load(): Promise<void> {
		await this.#load();
	}

	#load(): Promise<Ajv> {
		this.#ajv ??= import('ajv').then(
			({ Ajv }) =>
				new Ajv({ allErrors: true, useDefaults: true, strict: true, strictRequired: false, allowUnionTypes: true, validateFormats: false }),
		);
		return this.#ajv;
	}

	async #compile(schema: TSchema): Promise<ValidateFunction> {
		const ajv = await this.#load();
		const compiled = this.#compiled.get(schema) ?? ajv.compile(withoutIds(schema));
		this.#compiled.set(schema, compiled);
		return compiled;
	}
}

// One schema stands in several others; ajv knows an id once only.
function withoutIds(schema: TSchema): TSchema {
	return JSON.parse(JSON.stringify(schema), (key, value) => (key === '$id' && typeof value === 'string' ? undefined : value)) as TSchema;
}

function fieldError(error: ErrorObject, part: Part): FieldError {
	const params: Readonly<Record<string, unknown>> = error.params;
	const path = error.instancePath;
	const name = path === '' ? `the ${part}` : `\`${path.slice(1)}\``;
	switch (error.keyword) {
		case 'additionalProperties':
			return {
				path: `${path}/${pointerPart(String(params.additionalProperty))}`,
				message: `${name} has no \`${String(params.additionalProperty)}\`.`,
			};
		case 'required':
			return {
				path: `${path}/${pointerPart(String(params.missingProperty))}`,
				message: `\`${String(params.missingProperty)}\` is missing in ${name}.`,
			};
		case 'enum':
			return { path, message: `${name} must be one of ${(params.allowedValues as unknown[]).map(String).join(', ')}.` };
		default:
			return { path, message: `${name} ${error.message ?? 'has a wrong form'}.` };
	}
}

function pointerPart(name: string): string {
	return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The values of a query as its schema types them: what does not read as a number or boolean stays text, and is found wrong by the schema. */
export function readQuery(schema: TSchema | null, query: Readonly<Record<string, unknown>>): Record<string, unknown> {
	const properties = (schema as { properties?: Record<string, { type?: unknown }> } | null)?.properties ?? {};
	return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, readValue(properties[name]?.type, value)]));
}

function readValue(type: unknown, value: unknown): unknown {
	if (typeof value !== 'string') return value;
	if (type === 'integer' && /^-?\d{1,15}$/.test(value)) return Number(value);
	if (type === 'number' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value)) return Number(value);
	if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
	return value;
}
