import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { LabPage } from '../jupyterlab/lab-page.ts';
import { testJourney } from './journey.ts';

// Notebook 7.6 itself reads a schema that its page does not have; it does so where Nightlog is switched off, too.
const isKnown = (problem: string) => problem === "TypeError: Cannot read properties of undefined (reading 'schema')";
const journey = testJourney({ start: () => ({ notebooks: [], app: 'notebook' }), pictures: 'notebook-7', isKnown });

test('this was Notebook 7', async () => {
	const { window } = journey();
	assert.match(await window.page.evaluate(() => (globalThis as unknown as { jupyterapp: { name: string } }).jupyterapp.name), /Notebook/);
});

test('outputs that are asked for beside the files come into the notebook, which opens in a window of its own', async () => {
	const { lab, window } = journey();
	const context = window.page.context();
	await window.close();
	const file = path.join(lab.folder, 'night.ipynb');
	const notebook = JSON.parse(readFileSync(file, 'utf8')) as { cells: object[] };
	const cells = notebook.cells.map((cell) => ('outputs' in cell ? { ...cell, outputs: [], execution_count: null } : cell));
	writeFileSync(file, JSON.stringify({ ...notebook, cells }));
	const files = await LabPage.openTree(context, lab);
	await files.menu('View', 'Jobs');
	const job = files.jobs.filter({ hasText: 'done' });
	await files.picture('notebook-7-files');
	const opened = await files.openedWindow(() => job.getByRole('button', { name: 'Bring outputs here' }).click());
	// The last cell was changed since: it is said, and she chooses.
	const dialog = opened.page.locator('.jp-Dialog', { hasText: 'Cells were changed since' });
	await dialog.getByRole('button', { name: 'Keep as they are' }).click();
	await opened.outputOf(2).filter({ hasText: 'alpha is 0.5' }).waitFor();
	assert.equal(await opened.outputOf(3).count(), 0);
	assert.equal(await files.page.locator('.Toastify__toast', { hasText: 'cannot be opened' }).count(), 0);
	// Notebook makes a panel beside the files, too, and throws it away before its own code is done with it.
	const isOwn = (problem: string) => isKnown(problem) || /\/static\/notebook\/notebook_core\.[0-9a-f]+\.js/.test(problem);
	assert.deepEqual(
		[...files.problems, ...opened.problems].filter((problem) => !isOwn(problem)),
		[],
	);
});
