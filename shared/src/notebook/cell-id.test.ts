import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseNotebook } from './parse-notebook.ts';

interface Case {
	readonly name: string;
	readonly cells: readonly object[];
	readonly ids: readonly string[];
}
// The runner's tests read it, too: a job names cells by what the server calls them.
const { cases } = JSON.parse(readFileSync(new URL('./__fixtures__/cell-ids.json', import.meta.url), 'utf8')) as { cases: Case[] };

describe('what a cell is called that has', () => {
	for (const { name, cells, ids } of cases) {
		test(name, () => {
			const content = cells.map((cell) => ({ cell_type: 'code', execution_count: null, metadata: {}, outputs: [], ...cell }));
			const { value } = parseNotebook(JSON.stringify({ cells: content, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
			assert.deepEqual(
				value?.cells.map(({ id }) => id),
				ids,
			);
		});
	}
});
