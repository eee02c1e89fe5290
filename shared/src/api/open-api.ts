import type { TSchema } from '@sinclair/typebox';
import { Problem } from '../base/problem.ts';
import { clientHeader } from './client.ts';
import type { Route, RouteAnswer } from './route.ts';
import { routes } from './routes.ts';

type Json = Record<string, unknown>;

/** What every operation can answer besides what the table says; the sentence of each problem says more. */
const problems: Readonly<Record<number, string>> = {
	400: 'The request is not valid; `errors` says where.',
	401: 'The token is missing or wrong.',
	403: 'The request did not come from where it may.',
	404: 'It is not there.',
	405: 'This address takes other methods.',
	406: 'The answer has a media type that `Accept` does not take.',
	409: 'It conflicts with what is there; `type` says with what.',
	410: 'It was replaced; `data.successor` says by what.',
	413: 'The body is too large.',
	415: 'The body has another media type.',
	422: 'What was asked cannot be done as it was asked; `errors` and `data.findings` say why.',
	429: 'Too much at once; try again later.',
	431: 'The head of the request is too large.',
	500: 'Something went wrong inside.',
	503: 'It cannot be done now; try again later.',
	507: 'The disk is full.',
};

/** The API as an OpenAPI 3.1 document, written from the table of routes. Schemas with an `$id` become components. */
export function createOpenApiDocument(version: string): Record<string, unknown> {
	const components = new Map<string, Json>();
	const paths: Record<string, Json> = {};
	for (const [id, route] of Object.entries(routes) as [string, Route][]) {
		const path = paths[route.path] ?? {};
		path[route.method.toLowerCase()] = operationOf(id, route, components);
		paths[route.path] = path;
	}
	refer(Problem, components);
	return {
		openapi: '3.1.0',
		info: {
			title: 'Nightlog',
			version,
			description: 'Versions, jobs and backends of one person on one machine.',
			license: { name: 'BSD-3-Clause', identifier: 'BSD-3-Clause' },
		},
		// Relative to where this document is, so that it holds behind a proxy, too.
		servers: [{ url: '../' }],
		security: [{ client: [] }, { client: [], token: [] }],
		paths,
		components: {
			schemas: Object.fromEntries([...components].sort(([left], [right]) => (left < right ? -1 : 1))),
			securitySchemes: {
				client: { type: 'apiKey', in: 'header', name: clientHeader.name, description: `Always \`${clientHeader.value}\`, with every request.` },
				token: { type: 'http', scheme: 'bearer', description: 'Over TCP: the token in server.json.' },
			},
		},
	};
}

function operationOf(id: string, route: Route, components: Map<string, Json>): Json {
	const parameters = [
		...parametersOf('path', route.params, components),
		...parametersOf('query', route.query, components),
		...parametersOf('header', route.headers, components),
	];
	const answers: Record<string, Json> = {};
	for (const [status, answer] of Object.entries(route.answers)) answers[status] = answerOf(answer, components);
	for (const [status, description] of Object.entries(problems)) {
		answers[status] = { description, content: { 'application/problem+json': { schema: refer(Problem, components) } } };
	}
	if (206 in route.answers) {
		answers[416] = {
			description: 'Nothing of it is in the range.',
			content: { 'application/problem+json': { schema: refer(Problem, components) } },
		};
	}
	return {
		operationId: id,
		summary: route.summary,
		...(parameters.length > 0 ? { parameters } : {}),
		...(route.body === null
			? {}
			: {
					requestBody: {
						required: true,
						content: { [route.body.media]: { schema: route.body.schema === null ? {} : refer(route.body.schema, components) } },
					},
				}),
		responses: answers,
	};
}

function answerOf(answer: RouteAnswer, components: Map<string, Json>): Json {
	if (answer.schema === null && answer.media === 'application/json') return { description: answer.description };
	const schema = answer.schema === null ? {} : refer(answer.schema, components);
	return { description: answer.description, content: { [answer.media]: { schema } } };
}

function parametersOf(place: 'path' | 'query' | 'header', schema: TSchema | null, components: Map<string, Json>): Json[] {
	if (schema === null) return [];
	const { properties, required = [] } = schema as unknown as { properties: Record<string, TSchema>; required?: string[] };
	return Object.entries(properties).map(([name, property]) => ({
		name,
		in: place,
		required: required.includes(name),
		schema: refer(property, components),
	}));
}

/** The schema as JSON; what has an `$id` goes to the components, and a reference stands in its place. */
function refer(schema: unknown, components: Map<string, Json>): Json {
	if (typeof schema !== 'object' || schema === null) return schema as Json;
	if (Array.isArray(schema)) return schema.map((each) => refer(each, components)) as unknown as Json;
	const { $id, ...rest } = schema as Json;
	const copy = (): Json => Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, refer(value, components)]));
	if (typeof $id !== 'string') return copy();
	if (!components.has($id)) {
		// Before its own parts, so that a schema may name itself.
		components.set($id, {});
		components.set($id, copy());
	}
	return { $ref: `#/components/schemas/${$id}` };
}
