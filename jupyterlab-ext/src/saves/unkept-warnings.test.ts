import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UnkeptSave } from '@nightlog/shared/versions/version-schema';
import { UnkeptWarnings } from './unkept-warnings.ts';

const because = (title: string): UnkeptSave => ({ since: '2026-11-01T00:00:00.000Z', type: 'urn:nightlog:problem:store/full', title });

/** What is shown, and what was taken back, in their order. */
function record(changes: readonly (readonly [string, UnkeptSave | null])[]): string[] {
	const said: string[] = [];
	const warnings = new UnkeptWarnings({
		show: (notebook, { title }) => {
			said.push(`${notebook}: ${title}`);
			return `${said.length}`;
		},
		takeBack: (id) => void said.push(`not ${id}`),
	});
	for (const [notebook, unkept] of changes) warnings.set(notebook, unkept);
	return said;
}

for (const [behaviour, changes, expected] of [
	['nothing is said where all is kept', [['a', null]], []],
	[
		'a reason is said once',
		[
			['a', because('full')],
			['a', because('full')],
		],
		['a: full'],
	],
	[
		'another reason takes its place',
		[
			['a', because('full')],
			['a', because('busy')],
		],
		['a: full', 'not 1', 'a: busy'],
	],
	[
		'it is taken back when saves are kept again',
		[
			['a', because('full')],
			['a', null],
			['a', null],
		],
		['a: full', 'not 1'],
	],
	[
		'it is said again when it happens again',
		[
			['a', because('full')],
			['a', null],
			['a', because('full')],
		],
		['a: full', 'not 1', 'a: full'],
	],
	[
		'each notebook has its own',
		[
			['a', because('full')],
			['b', because('full')],
		],
		['a: full', 'b: full'],
	],
] as const) {
	test(behaviour, () => assert.deepEqual(record(changes), expected));
}
