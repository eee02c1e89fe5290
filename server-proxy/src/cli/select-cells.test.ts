import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellId } from '@nightlog/shared/base/ids';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { cellsUpTo } from './select-cells.ts';

const cell = (id: string, type = 'code', source = 'x = 1') => ({ id: id as CellId, type, source });
const notebook = [cell('title', 'markdown'), cell('data'), cell('empty', 'code', ' \n'), cell('4'), cell('notes', 'raw'), cell('plot')];

function check(choice: string, expected: readonly string[]): void {
	test(`${choice}: ${expected.join(', ')}`, () => assert.deepEqual(cellsUpTo(notebook, choice), expected));
}

check('data', ['data']);
check('plot', ['data', '4', 'plot']);
check('6', ['data', '4', 'plot']);
check('2', ['data']);
// An id that looks like a place is an id.
check('4', ['data', '4']);
check('empty', ['data', 'empty']);

for (const choice of ['1', 'title', 'notes', 'absent', '0', '7', '-1', '', '2.0', '99999999999']) {
	test(`"${choice}" is refused`, () => {
		assert.throws(
			() => cellsUpTo(notebook, choice),
			(error) => isNightlogError(error, 'command/unknown-cell') && error.status === 400,
		);
	});
}
