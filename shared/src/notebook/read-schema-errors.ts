import type { ErrorObject } from 'ajv';
import { jsonPointer } from '../base/json-pointer.ts';
import type { JsonNode } from './json-node.ts';

/** One problem that a schema has with a piece of a notebook. */
interface SchemaProblem {
	/** JSON pointer from the top of the notebook. */
	readonly path: string;
	/** Offset in the text. */
	readonly at: number;
	readonly message: string;
}

type Errors = readonly Pick<ErrorObject, 'instancePath' | 'schemaPath' | 'keyword' | 'params'>[];

const typeWords: Readonly<Record<string, string>> = {
	string: 'a text',
	array: 'a list',
	object: 'an object',
	integer: 'a whole number',
	number: 'a number',
	boolean: 'true or false',
	null: 'null',
};

/**
 * What a validator found, in sentences, in the order of the text. Where one of several shapes would do, and none fits, that is one problem, not one for each.
 *
 * @param node the piece that was checked
 * @param segments the way to it from the top of the notebook
 */
export function readSchemaErrors(errors: Errors, node: JsonNode, segments: readonly (string | number)[]): SchemaProblem[] {
	const problems = withoutAlternatives(errors).map((error): SchemaProblem => {
		const steps = error.instancePath
			.split('/')
			.slice(1)
			.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
		if (error.keyword === 'additionalProperties') steps.push((error.params as { additionalProperty: string }).additionalProperty);
		const path = jsonPointer([...segments, ...steps]);
		return { path, at: nodeAt(node, steps).start, message: sentence(error, path) };
	});
	return problems.toSorted((one, other) => one.at - other.at);
}

function nodeAt(node: JsonNode, steps: readonly string[]): JsonNode {
	let place = node;
	for (const step of steps) {
		const next = place.kind === 'array' ? place.items()[Number(step)] : place.get(step);
		if (next === undefined) break;
		place = next;
	}
	return place;
}

/** Of the errors inside a choice (`oneOf`) only those deeper down stay: they are about the shape that was meant. */
function withoutAlternatives(errors: Errors): Errors {
	const choices = errors.filter(({ keyword }) => keyword === 'oneOf');
	const insideOf = (choice: Errors[number]) => errors.filter(({ schemaPath }) => schemaPath.startsWith(`${choice.schemaPath}/`));
	const dropped = new Set<Errors[number]>();
	const added: Errors[number][] = [];
	for (const choice of choices) {
		const inside = insideOf(choice).filter(({ instancePath }) => `${instancePath}/`.startsWith(`${choice.instancePath}/`));
		const here = inside.filter(({ instancePath }) => instancePath === choice.instancePath);
		dropped.add(choice);
		for (const error of here) dropped.add(error);
		if (here.length < inside.length) continue;
		const types = here.flatMap(({ keyword, params }) => (keyword === 'type' ? [(params as { type: string }).type] : []));
		added.push({ ...choice, keyword: 'type', params: { type: types } });
	}
	return [...errors.filter((error) => !dropped.has(error)), ...added];
}

function sentence({ keyword, params }: Errors[number], path: string): string {
	const where = path === '' ? 'The notebook' : path;
	const { missingProperty, type, allowedValues, limit, pattern } = params as Record<string, unknown>;
	switch (keyword) {
		case 'required':
			return `${where} has no "${missingProperty}", which nbformat asks for.`;
		case 'additionalProperties':
			return `${where} is not allowed by nbformat.`;
		case 'type':
			return `${where} must be ${[type]
				.flat()
				.map((each) => typeWords[each as string] ?? String(each))
				.join(' or ')}.`;
		case 'enum':
			return `${where} must be one of ${(allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(', ')}.`;
		case 'minimum':
			return `${where} must be ${limit} or more.`;
		case 'minLength':
			return `${where} must not be empty.`;
		case 'maxLength':
			return `${where} must have at most ${limit} characters.`;
		case 'uniqueItems':
			return `${where} must not hold the same twice.`;
		case 'pattern':
			return pattern === '^[^,]+$' ? `${where} must not be empty or hold a comma.` : `${where} must be of the form ${pattern}.`;
		default:
			return `${where} does not meet nbformat's schema (${keyword}).`;
	}
}
