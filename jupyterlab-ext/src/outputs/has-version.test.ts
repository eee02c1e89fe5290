import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '@nightlog/shared/api/client';
import { hasVersion } from './has-version.ts';

/** A server on which a notebook has these versions, newest first, in pages of two. */
function makeClient(ids: readonly string[], pages: string[]): Client {
	const call = async (_: string, { query }: { query: { cursor?: string } }) => {
		const begin = Number(query.cursor ?? 0);
		pages.push(query.cursor ?? 'newest');
		const versions = ids.slice(begin, begin + 2).map((id) => ({ id, createdAt: id.slice(1) }));
		return { versions, next: begin + 2 < ids.length ? String(begin + 2) : null };
	};
	return { call } as unknown as Client;
}

/** Versions are named after their notebook and the hour in which they were made. */
function check(name: string, id: string, ids: readonly string[], expected: boolean, pages: readonly string[]): void {
	test(`whether a notebook has a version: ${name}`, async () => {
		const asked: string[] = [];
		const has = await hasVersion(makeClient(ids, asked), '/a.ipynb', { id, createdAt: id.slice(1) }, new AbortController().signal);
		assert.deepEqual([has, asked], [expected, pages]);
	});
}

check('it has none', 'a05', [], false, ['newest']);
check('the newest', 'a05', ['a05', 'a04', 'a03'], true, ['newest']);
check('an older one', 'a02', ['a05', 'a04', 'a03', 'a02'], true, ['newest', '2']);
check('the first', 'a01', ['a05', 'a04', 'a01'], true, ['newest', '2']);
check('one of another notebook', 'b04', ['a05', 'a03', 'a02', 'a01'], false, ['newest']);
check('one of another notebook, made in the same hour', 'b04', ['a05', 'a04', 'a03', 'a01', 'a00'], false, ['newest', '2']);
check('one that is older than all', 'b00', ['a05', 'a04', 'a03'], false, ['newest', '2']);
