import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PressedSaves, type SavedDocument } from './pressed-saves.ts';

/** A command that lasts until it is told to end. */
function makeCommand() {
	let end = (): void => undefined;
	const ended = new Promise<void>((resolve) => {
		end = resolve;
	});
	return { ended, end };
}

const makeDocument = (model: Partial<SavedDocument['model']> = {}): SavedDocument => ({ model: { dirty: false, ...model } });

test('a document is asked for as long as the command lasts', async () => {
	const presses = new PressedSaves();
	const [document, other] = [makeDocument(), makeDocument()];
	const command = makeCommand();
	const pressed = presses.press(document, command.ended);
	assert.deepEqual([presses.has(document), presses.has(other)], [true, false]);
	command.end();
	await pressed;
	assert.equal(presses.has(document), false);
});

test('of two presses the second, which ends at once, does not end the first', async () => {
	const presses = new PressedSaves();
	const document = makeDocument();
	const command = makeCommand();
	const pressed = presses.press(document, command.ended);
	await presses.press(document, Promise.resolve());
	assert.equal(presses.has(document), true);
	command.end();
	await pressed;
	assert.equal(presses.has(document), false);
});

test('a save that fails ends the press', async () => {
	const presses = new PressedSaves();
	const document = makeDocument();
	await presses.press(document, Promise.reject(new Error('the disk is full')));
	assert.equal(presses.has(document), false);
});

for (const [what, model, expected] of [
	['that the server has not saved yet is asked for once, after the command', { collaborative: true, dirty: true }, [true, false]],
	['that the server had saved is not asked for after the command', { collaborative: true, dirty: false }, [false, false]],
	['that is not shared is not asked for after the command', { collaborative: false, dirty: true }, [false, false]],
] as const) {
	test(`a document ${what}`, async () => {
		const presses = new PressedSaves();
		const document = makeDocument(model);
		await presses.press(document, Promise.resolve());
		assert.deepEqual([presses.take(document), presses.take(document)], expected);
	});
}
