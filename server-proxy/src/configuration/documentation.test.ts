import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TSchema } from '@sinclair/typebox';
import { backendConfigurations, Configuration } from './configuration-schema.ts';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
const words = { site: 'site', person: 'site, you', project: 'site, you, project' } as const;

/** Every key of the page with who may set it: `a.*.b`, `.c` are two keys of one row. */
function documented(): Map<string, string> {
	const keys = new Map<string, string>();
	for (const [, names = '', who = ''] of page.matchAll(/^\| (`[^|]+) \| (site[^|]*) \|/gm)) {
		let section = '';
		for (const [, name = ''] of names.matchAll(/`([^`]+)`/g)) {
			if (!name.startsWith('.')) section = name.slice(0, Math.max(0, name.lastIndexOf('.')));
			keys.set(name.startsWith('.') ? section + name : name, who);
		}
	}
	return keys;
}

/** Every key of the schema that says whose it is. */
function known(schema: TSchema, at: string, keys: Map<string, string>): Map<string, string> {
	const { properties = {}, patternProperties = {}, anyOf = [], 'x-scope': scope } = schema as unknown as Record<string, never>;
	if (scope !== undefined) return keys.set(at, words[scope]);
	for (const [name, inner] of Object.entries<TSchema>(properties)) known(inner, at === '' ? name : `${at}.${name}`, keys);
	for (const inner of Object.values<TSchema>(patternProperties)) known(inner, `${at}.*`, keys);
	for (const inner of anyOf as readonly TSchema[]) known(inner, at, keys);
	return keys;
}

test('the page on configuration names every key, and who may set it', () => {
	const entries = (map: Map<string, string>) => [...map].map(([key, who]) => `${key}: ${who}`).sort();
	const keys = known(Configuration, '', new Map());
	for (const [type, schema] of Object.entries(backendConfigurations)) {
		for (const name of Object.keys(schema.properties)) assert.ok(keys.has(`backends.*.${name}`), `${type}: ${name}`);
	}
	assert.deepEqual(entries(documented()), entries(keys));
});
