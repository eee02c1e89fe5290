import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenApiDocument } from './open-api.ts';
import { routes } from './routes.ts';

type Json = Record<string, unknown>;
const document = createOpenApiDocument('1.2.3') as {
	paths: Record<string, Record<string, Json>>;
	components: { schemas: Record<string, Json> };
	openapi: string;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
	Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test('every operation of the table stands in it, and no other', () => {
	assert.equal(document.openapi, '3.1.0');
	assert.deepEqual(operations.map(({ operation }) => operation.operationId).sort(), Object.keys(routes).sort());
	for (const { path, method, operation } of operations) {
		const route = routes[operation.operationId as keyof typeof routes];
		assert.equal(`${method.toUpperCase()} ${path}`, `${route.method} ${route.path}`);
	}
});

test("every parameter of a path is described, and every operation's problems", () => {
	for (const { path, operation } of operations) {
		const described = ((operation.parameters ?? []) as Json[]).filter((parameter) => parameter.in === 'path');
		assert.deepEqual(
			described.map(({ name }) => name),
			[...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]),
		);
		assert.ok(described.every(({ required }) => required === true));
		const responses = operation.responses as Record<string, { content?: Json }>;
		for (const status of ['400', '401', '403', '404', '406', '500']) {
			assert.deepEqual(responses[status]?.content, { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
		}
	}
});

test('what is sent and answered has the fields that it says, and no other', () => {
	const open: string[] = [];
	let closed = 0;
	const walk = (value: unknown, place: string): void => {
		if (typeof value !== 'object' || value === null) return;
		const { type, properties, additionalProperties } = value as Json;
		if (type === 'object' && properties !== undefined) {
			if (additionalProperties === false) closed += 1;
			else open.push(place);
		}
		for (const [key, child] of Object.entries(value)) walk(child, `${place}/${key}`);
	};
	walk(document, '');
	// Fields may join the run record, which is its runner's.
	assert.deepEqual(
		open.filter((place) => !/^\/components\/schemas\/Receipt(?:\/|$)/.test(place)),
		[],
	);
	assert.ok(closed >= 40, `${closed} schemas of objects`);
});

test('schemas with a name stand once, and every reference leads to one', () => {
	const found = new Set<string>();
	const walk = (value: unknown): void => {
		if (typeof value !== 'object' || value === null) return;
		for (const [key, child] of Object.entries(value)) {
			assert.notEqual(key, '$id');
			if (key === '$ref') found.add(String(child).replace('#/components/schemas/', ''));
			else walk(child);
		}
	};
	walk(document);
	assert.deepEqual([...found].sort(), Object.keys(document.components.schemas).sort());
	assert.ok(found.has('Job') && found.has('Version') && found.has('Problem'));
	assert.doesNotThrow(() => JSON.stringify(document));
});
