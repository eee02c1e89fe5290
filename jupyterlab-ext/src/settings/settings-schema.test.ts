import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { commandTable } from '@nightlog/shared/commands/command-table';
import { settingsSchema } from './settings-schema.ts';

const written = () => JSON.parse(readFileSync(new URL('../../schema/settings.json', import.meta.url), 'utf8')) as unknown;

test('the schema that is shipped is the one that the table of commands says (else: npm run generate --workspace jupyterlab-ext)', () =>
	assert.deepEqual(written(), settingsSchema()));

test('every place of a command of the table is in the schema', () => {
	const text = JSON.stringify(settingsSchema());
	for (const { name, places, keys } of Object.values(commandTable)) {
		const count = text.split(`"nightlog:${name}"`).length - 1;
		assert.equal(count, places.length + (keys === null ? 0 : 1), name);
	}
});
