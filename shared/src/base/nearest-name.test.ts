import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearestName } from './nearest-name.ts';

const distances: readonly (readonly [string, string, number])[] = [
	['', '', 0],
	['', 'abc', 3],
	['abc', '', 3],
	['kitten', 'sitting', 3],
	['alhpa', 'alpha', 1],
	['alpha', 'alpha', 0],
	['ab', 'ba', 1],
];
for (const [from, to, expected] of distances) {
	test(`${expected} edits from "${from}" to "${to}"`, () => assert.equal(editDistance(from, to), expected));
}

const names: readonly (readonly [string, readonly string[], string | null])[] = [
	['alhpa', ['beta', 'alpha'], 'alpha'],
	['Alpha', ['alphb', 'alpha'], 'alpha'],
	['n_iter', ['max_iterations', 'n_iters'], 'n_iters'],
	['x', ['y'], 'y'],
	['x', ['yz'], null],
	['zeta', ['alpha', 'beta_1'], null],
	['a', [], null],
	['', ['a'], null],
	['a'.repeat(100_000), ['a'.repeat(99_999)], null],
];
for (const [name, candidates, expected] of names) {
	test(`"${name.slice(0, 20)}" is near ${expected}`, () => assert.equal(nearestName(name, candidates), expected));
}
