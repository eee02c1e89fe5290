import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { UnkeptChange } from '../services.ts';
import { UnkeptSaves } from './unkept-saves.ts';

const notebook = '/home/ann/night.ipynb';
const failed = (code: string, errno: object = {}) => Object.assign(new Error(code), { code, ...errno });
const busy = new NightlogError('repository/busy', 'Somebody else writes to the repository.', { retryable: true });

/** What is told after these: errors, and null for a save that was kept. */
function told(happened: readonly (unknown | null)[]): UnkeptChange[] {
	let nowMs = Date.parse('2026-11-01T00:00:00.000Z');
	const saves = new UnkeptSaves(() => (nowMs += 1000));
	const changes: UnkeptChange[] = [];
	saves.onDidChange((change) => changes.push(change));
	for (const error of happened) {
		if (error === null) saves.clear(notebook);
		else saves.note(notebook, error);
	}
	return changes;
}

for (const [what, error, expected] of [
	['a full disk', failed('ENOSPC'), /^urn:nightlog:problem:store\/full The disk is full: free some space/],
	[
		'a folder that is not ours',
		failed('EACCES', { path: '/p/.git/objects/ab' }),
		/may not write to \/p\/\.git\/objects\/ab: give yourself the right/,
	],
	['a reason of our own', new NightlogError('repository/corrupt', 'It is damaged.'), /^urn:nightlog:problem:repository\/corrupt It is damaged\.$/],
	['what nobody foresaw', new TypeError('x is not a function'), /^urn:nightlog:problem:internal\/unexpected .*server log/],
] as const) {
	test(`${what} is told in words`, () => {
		const [change] = told([error]);
		assert.match(`${change?.unkept?.type} ${change?.unkept?.title}`, expected);
		assert.equal(change?.notebook, notebook);
	});
}
test('the same reason is told once, another one anew, both since the first', () => {
	const changes = told([failed('ENOSPC'), failed('ENOSPC'), failed('EROFS')]);
	assert.deepEqual(
		changes.map(({ unkept }) => unkept?.since),
		['2026-11-01T00:00:01.000Z', '2026-11-01T00:00:01.000Z'],
	);
});
test('that saves are kept again is told once', () => assert.deepEqual(told([failed('ENOSPC'), null, null])[1], { notebook, unkept: null }));
test('what the next try may mend is told when that goes wrong, too', () => {
	assert.deepEqual(told([busy]), []);
	assert.deepEqual(told([busy, null, busy]), []);
	const [change] = told([busy, busy]);
	assert.equal(change?.unkept?.since, '2026-11-01T00:00:01.000Z');
});
test('what is no save is not told of', () => {
	for (const code of ['notebook/half-written', 'notebook/not-found', 'version/ignored']) assert.deepEqual(told([new NightlogError(code, 'x')]), []);
});
test('it is known of a thousand notebooks at most', () => {
	const saves = new UnkeptSaves(() => 0);
	for (let index = 0; index <= 1000; index++) saves.note(`/n/${index}.ipynb`, failed('ENOSPC'));
	assert.deepEqual([saves.of('/n/0.ipynb'), saves.of('/n/1000.ipynb')?.type], [null, 'urn:nightlog:problem:store/full']);
});
