import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SaveReason, tellInTurn } from './tell-in-turn.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What is told of saves of which all but the first come while that is being told. */
function check(name: string, saves: readonly SaveReason[], expected: readonly SaveReason[]): void {
	test(`telling of saves: ${name}`, async () => {
		const told: SaveReason[] = [];
		const ends: (() => void)[] = [];
		const tell = tellInTurn(
			(reason) =>
				new Promise((resolve) => {
					told.push(reason);
					ends.push(resolve);
				}),
		);
		for (const reason of saves) tell(reason);
		while (ends.length > 0) {
			ends.shift()?.();
			await turn();
		}
		assert.deepEqual(told, expected);
	});
}

check('one is told at once', ['save'], ['save']);
check('many that come meanwhile are told as one', ['save', 'save', 'save'], ['save', 'save']);
check('what a person asked for stays so, whatever comes after it', ['save', 'keep', 'save'], ['save', 'keep']);
check('what a person asked for is told of, whatever came before it', ['save', 'save', 'keep'], ['save', 'keep']);
check('a save while a press is told is one like any other', ['keep', 'save'], ['keep', 'save']);

test('a save after all was told is told at once', async () => {
	const told: SaveReason[] = [];
	const tell = tellInTurn(async (reason) => void told.push(reason));
	tell('keep');
	await turn();
	tell('save');
	assert.deepEqual(told, ['keep', 'save']);
});
