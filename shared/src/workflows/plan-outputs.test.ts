import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOutputs, type RanCell, type ShownCell } from './plan-outputs.ts';

const stream = (text: string) => ({ output_type: 'stream', name: 'stdout', text });
const ran = (id: string, source: string, text = 'new'): RanCell => ({ id, source, outputs: [stream(text)], executionCount: 1 });
const shown = (
	id: string,
	source: string,
	outputs: ShownCell['outputs'] = [],
	executionCount: number | null = null,
	place = `#of-${id}`,
): ShownCell => ({
	id,
	place,
	source,
	outputs,
	executionCount,
});
const ids = (plan: ReturnType<typeof planOutputs>) =>
	Object.fromEntries(Object.entries(plan).map(([name, cells]: [string, readonly RanCell[]]) => [name, cells.map(({ id }) => id)]));
const nothing = { fill: [], changed: [], missing: [], shown: [] };

const rows: readonly [string, readonly RanCell[], readonly ShownCell[], object][] = [
	['an unchanged cell is filled', [ran('a', 'x')], [shown('a', 'x')], { fill: ['a'] }],
	['an unchanged cell with other outputs is filled', [ran('a', 'x')], [shown('a', 'x', [stream('old')], 1)], { fill: ['a'] }],
	['a changed cell is not', [ran('a', 'x')], [shown('a', 'y')], { changed: ['a'] }],
	['one space more is a change', [ran('a', 'x')], [shown('a', 'x ')], { changed: ['a'] }],
	['a cell that is gone is said', [ran('a', 'x')], [], { missing: ['a'] }],
	['what is shown already is left alone', [ran('a', 'x')], [shown('a', 'x', [stream('new')], 1)], { shown: ['a'] }],
	[
		'what is shown already is left alone, whatever the order of its keys',
		[ran('a', 'x')],
		[shown('a', 'x', [{ text: 'new', name: 'stdout', output_type: 'stream' }], 1)],
		{ shown: ['a'] },
	],
	['another execution count is another output', [ran('a', 'x')], [shown('a', 'x', [stream('new')], 2)], { fill: ['a'] }],
	['cells that moved are found by their id', [ran('a', 'x'), ran('b', 'y')], [shown('b', 'y'), shown('a', 'x')], { fill: ['a', 'b'] }],
	['cells that did not run are left alone', [ran('a', 'x')], [shown('a', 'x'), shown('b', 'y')], { fill: ['a'] }],
	[
		'cells that had no id when they ran are found by their place',
		[ran('#0', 'x'), ran('#1', 'y'), ran('#2', 'z')],
		[shown('made-up', 'x', [], null, '#0'), shown('made-up-too', 'changed', [], null, '#1')],
		{ fill: ['made-up'], changed: ['made-up-too'], missing: ['#2'] },
	],
	['nothing ran', [], [shown('a', 'x')], {}],
];
for (const [name, job, document, expected] of rows) test(name, () => assert.deepEqual(ids(planOutputs(job, document)), { ...nothing, ...expected }));
