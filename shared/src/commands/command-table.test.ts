import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandEntry, commandTable } from './command-table.ts';
import { sectionTable } from './section-table.ts';

const entries: readonly CommandEntry[] = Object.values(commandTable);
const repeated = (values: readonly string[]) => values.filter((value, index) => values.indexOf(value) !== index);

test('no two commands share a name, a label or keys', () => {
	assert.deepEqual(repeated(entries.map(({ name }) => name)), []);
	assert.deepEqual(repeated(entries.map(({ label }) => label)), []);
	assert.deepEqual(repeated(entries.flatMap(({ keys }) => keys ?? [])), []);
});
test('names are kebab-case', () => {
	for (const { name } of [...entries, ...Object.values(sectionTable)]) assert.match(name, /^[a-z]+(?:-[a-z]+)*$/);
});
test('a command that needs a cell is in no place where there is none', () => {
	for (const { needs, places } of entries) if (needs === 'nothing') assert.equal(places.includes('cell-menu'), false);
});
test('the commands that people were told of are there', () =>
	assert.deepEqual(
		entries.map(({ label }) => label),
		['Submit notebook as job', 'Submit cell as job', 'Save a named version', 'Versions', 'Jobs'],
	));
