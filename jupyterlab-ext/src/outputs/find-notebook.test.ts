import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findNotebook } from './find-notebook.ts';

/** What is open: its path now, and whether that changed. */
type Open = readonly [file: string | null, wasRenamed: boolean];

/** @param same paths of which the server says that the job's notebook is there now */
function check(name: string, open: readonly Open[], same: readonly string[], expected: string | null, asked: readonly string[] = []): void {
	test(`the notebook of a job that was submitted from /a.ipynb: ${name}`, async () => {
		const questions: string[] = [];
		const panels = open.map(([file, wasRenamed]) => ({ panel: file, file, wasRenamed }));
		const found = await findNotebook('/a.ipynb', panels, async (file) => {
			questions.push(file);
			return same.includes(file);
		});
		assert.deepEqual([found, questions], [expected, asked]);
	});
}

check('nothing is open', [], [], null);
check(
	'it is where it was',
	[
		['/b.ipynb', false],
		['/a.ipynb', false],
	],
	[],
	'/a.ipynb',
);
check('it was renamed here', [['/b.ipynb', true]], ['/b.ipynb'], '/b.ipynb', ['/b.ipynb']);
check('it was renamed before it was opened', [['/b.ipynb', false]], ['/b.ipynb'], '/b.ipynb', ['/b.ipynb']);
check(
	'another one was renamed',
	[
		['/a.ipynb', false],
		['/b.ipynb', true],
	],
	[],
	'/a.ipynb',
	['/b.ipynb'],
);
check(
	'another one has its old path',
	[
		['/a.ipynb', false],
		['/b.ipynb', true],
	],
	['/b.ipynb'],
	'/b.ipynb',
	['/b.ipynb'],
);
check('it was renamed there and back', [['/a.ipynb', true]], [], '/a.ipynb');
check(
	'only others are open',
	[
		['/b.ipynb', false],
		['/c.ipynb', true],
		[null, false],
	],
	[],
	null,
	['/c.ipynb', '/b.ipynb'],
);
