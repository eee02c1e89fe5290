import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import { changedWords, refusedWords } from './home-words.ts';

type Guard = NonNullable<Receipt['guard']>;

const cells = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id, index) => ({ id, index: index * 2 })) as unknown as Receipt['cells'];
const guarded = (change: Partial<Guard>) => ({
	cells,
	guard: { method: 'mount-namespace' as const, folders: [], note: null, cellsRefused: [], ...change },
});

describe('what is said of the notebook’s own folder', () => {
	const changed = (files: string[], receipt: Parameters<typeof changedWords>[2]) => changedWords(files, '/p', receipt);

	test('nothing, where nothing changed', () => assert.equal(changed([], null), null));
	test('who it was is open, where the job could have been it', () => {
		for (const receipt of [null, { cells }, { cells, guard: null }, guarded({ folders: ['/other'] })]) {
			assert.match(changed(['/p/a', '/p/b/c'], receipt) ?? '', /changed, by the job or by somebody else: a, b\/c\.$/);
		}
	});
	test('not the job, where it could not have been it', () => {
		assert.match(changed(['/p/a'], guarded({ folders: ['/p'] })) ?? '', /changed, and not by the job: a\.$/);
		assert.match(changed(['/p/a', '/q/b'], guarded({ folders: ['/p'] })) ?? '', /by the job or by somebody else/);
	});
	test('some names and how many more', () => {
		assert.match(
			changed(
				['1', '2', '3', '4', '5', '6', '7'].map((name) => `/p/${name}`),
				null,
			) ?? '',
			/: 1, 2, 3, 4, 5 and 2 more\.$/,
		);
	});
	test('which cells could not write, as a person counts them', () => {
		assert.equal(refusedWords(null), null);
		assert.equal(refusedWords(guarded({})), null);
		assert.equal(refusedWords(guarded({ cellsRefused: ['gone'] })), null);
		assert.match(refusedWords(guarded({ cellsRefused: ['b'] })) ?? '', /^Cell 3 ran into .* relative path/);
		assert.match(refusedWords(guarded({ cellsRefused: ['b', 'c'] })) ?? '', /^Cells 3, 5 ran into/);
		assert.match(refusedWords(guarded({ cellsRefused: ['a', 'b', 'c', 'd', 'e', 'f'] })) ?? '', /^Cells 1, 3, 5, 7, 9 and more ran/);
	});
});
