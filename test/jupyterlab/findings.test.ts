// What the server finds in a submission stands where it belongs in the form: nothing is submitted until it is mended, or seen and taken.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/launch-browser.ts';
import { LabPage } from './lab-page.ts';
import { type Lab, startLab } from './start-lab.ts';
import { writeNotebookFile } from './write-notebook.ts';

let lab: Lab;
let browser: Browser;
let window: LabPage;

before(async () => {
	lab = await startLab({ notebooks: ['demo.ipynb'] });
	writeNotebookFile(lab.folder, 'checks.ipynb', [
		{ id: 'chosen', source: 'count = 3', tags: ['parameters'] },
		{ id: 'imports', source: 'import a_module_that_nobody_has' },
		{ id: 'reads', source: 'import os\nif os.path.exists("later.csv"):\n    open("later.csv")\nprint("it ran", count)' },
	]);
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, 'checks.ipynb');
	await window.showJobs();
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

const message = (text: string | RegExp) => window.dialog.locator('.nightlog-form-message', { hasText: text });

test('what a backend cannot give is said at its field, which is shown and has the cursor', async () => {
	await window.openForm();
	await window.dialog.locator('summary').click();
	await window.dialog.getByLabel('Memory').fill('900 TB');
	await window.dialog.locator('summary').click();
	await window.dialog.locator('.jp-mod-accept').click();
	const memory = window.dialog.getByLabel('Memory');
	await memory.and(window.page.locator('[aria-invalid="true"]')).waitFor();
	assert.equal(await memory.isVisible(), true);
	const described = (await memory.getAttribute('aria-describedby')) ?? '';
	assert.match((await window.dialog.locator(`#${described.split(' ').at(-1)}`).textContent()) ?? '', /memory/i);
	await window.picture('finding-at-field');
	assert.equal(await window.jobs.count(), 0);
	await memory.fill('');
});

test('what the notebook lacks is said above all, and the button stays what it was', async () => {
	await window.dialog.locator('.jp-mod-accept').click();
	await window.dialog.locator('.jp-mod-accept', { hasText: /^Submit$/ }).waitFor();
	assert.match((await message(/a_module_that_nobody_has/).getAttribute('class')) ?? '', /nightlog-mod-error/);
	await window.picture('finding');
	assert.equal(await window.jobs.count(), 0);
	await window.page.keyboard.press('Escape');
	await window.dialog.waitFor({ state: 'detached' });
});

test('a warning holds back once: it is submitted when it was seen', async () => {
	await window.typeCell(1, 'x = 1');
	await window.openForm();
	await window.dialog.locator('.jp-mod-accept').click();
	const button = window.dialog.locator('.jp-mod-accept', { hasText: /^Submit anyway$/ });
	await button.waitFor();
	assert.match((await message(/later\.csv/).getAttribute('class')) ?? '', /nightlog-mod-warning/);
	await window.picture('finding-warning');
	assert.equal(await window.jobs.count(), 0);
	assert.equal(await button.evaluate((node) => node === document.activeElement), true, 'one more press submits');
	await window.page.keyboard.press('Enter');
	await window.dialog.waitFor({ state: 'detached' });
	await window.outputOf(2).filter({ hasText: 'it ran 3' }).waitFor();
	assert.equal(await window.jobs.count(), 1);
	assert.deepEqual(
		window.problems.filter((problem) => !/\b422\b/.test(problem)),
		[],
	);
});
