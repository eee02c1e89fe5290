import assert from 'node:assert/strict';
import { test } from 'node:test';
import { english } from './translation.ts';

test('values take the places of their numbers', () => assert.equal(english.__('%2 before %1, and %2', 'a', 'b'), 'b before a, and b'));
test('what stands in a value is not filled again', () => assert.equal(english.__('%1 %2', '%2', 'x'), '%2 x'));
test('a number without a value stays', () => assert.equal(english.__('100 %1'), '100 %1'));
test('one is singular', () => assert.equal(english._n('one cell', '%1 cells', 1), 'one cell'));
test('more are plural', () => assert.equal(english._n('one cell of %2', '%1 cells of %2', 3, 'x'), '3 cells of x'));
