import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/launch-browser.ts';
import { LabPage } from './lab-page.ts';
import { type Lab, startLab } from './start-lab.ts';

let lab: Lab;
let browser: Browser;
let window: LabPage;

before(async () => {
	lab = await startLab({ notebooks: ['demo.ipynb'] });
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, 'demo.ipynb');
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

const onDisk = () => readFileSync(path.join(lab.folder, 'demo.ipynb'), 'utf8');

test('the form asks for the parameters as plain typed fields, with the help of their lines', async () => {
	await window.openForm();
	await window.picture('form');
	assert.equal(await window.parameter('alpha').inputValue(), '0.1');
	assert.equal(await window.parameter('count').inputValue(), '3');
	assert.equal(await window.parameter('title').inputValue(), 'night');
	assert.equal(await window.parameter('loud').isChecked(), false);
	assert.match((await window.dialog.textContent()) ?? '', /how steep/);
	assert.equal(await window.parameter('alpha').evaluate((field) => field === document.activeElement), true, 'the cursor is in the first field');
});

test('a wrong value is said at its field, nothing is submitted, and Escape closes the form', async () => {
	await window.parameter('count').fill('many');
	await window.page.keyboard.press('Enter');
	await window.dialog.getByText('Type a whole number, for example 10.').waitFor();
	assert.equal(await window.parameter('count').getAttribute('aria-invalid'), 'true');
	await window.picture('form-problem');
	await window.page.keyboard.press('Escape');
	await window.dialog.waitFor({ state: 'detached' });
	await window.showJobs();
	assert.equal(await window.jobs.count(), 0);
});

test('a notebook is submitted with a changed parameter, and its outputs come back into their cells', async () => {
	await window.openForm();
	await window.parameter('alpha').fill('0.5');
	await window.submit();
	// It goes away by itself, but not below the mouse.
	await window.notification('Outputs came into 3 cells.').hover();
	await window.jobs.first().waitFor();
	await window.outputOf(1).filter({ hasText: 'alpha is 0.5' }).waitFor();
	await window.outputOf(2).filter({ hasText: '[0.0, 0.5, 1.0]' }).waitFor();
	await window.jobs.first().filter({ hasText: 'done' }).filter({ hasText: 'alpha = 0.5' }).waitFor();
	await window.picture('outputs-returned');
});

test('the button of the notification takes it back, too', async () => {
	await window.notification('Outputs came into 3 cells.').getByRole('button', { name: 'Undo' }).click();
	await window.outputOf(1).waitFor({ state: 'detached' });
	assert.equal(await window.outputOf(2).count(), 0);
});

test('the list of jobs brings the outputs back again', async () => {
	await window.jobs.first().getByRole('button', { name: 'Bring outputs here' }).click();
	await window.outputOf(2).filter({ hasText: '[0.0, 0.5, 1.0]' }).waitFor();
});

test('what came back is one step, which undo takes back', async () => {
	await window.codeCell(1).locator('.jp-InputPrompt').click();
	await window.page.keyboard.press('z');
	await window.outputOf(1).waitFor({ state: 'detached' });
	assert.equal(await window.outputOf(2).count(), 0);
	await window.page.keyboard.press('Shift+Z');
	await window.outputOf(2).filter({ hasText: '[0.0, 0.5, 1.0]' }).waitFor();
});

test('the command of the palette opens the form, in which the choices of the last time stand', async () => {
	await window.page.keyboard.press('Control+Shift+C');
	await window.page.keyboard.insertText('Submit notebook as job');
	await window.page.locator('.lm-CommandPalette-item', { hasText: 'Submit notebook as job' }).waitFor();
	await window.page.keyboard.press('Enter');
	await window.dialog.locator('.nightlog-form').waitFor();
	assert.equal(await window.parameter('alpha').inputValue(), '0.5');
	await window.page.keyboard.press('Escape');
	await window.dialog.waitFor({ state: 'detached' });
});

test('so do its keys, from within a cell', async () => {
	await window.codeCell(2).locator('.cm-content').click();
	await window.page.keyboard.press('Control+Alt+Enter');
	await window.dialog.locator('.nightlog-form').waitFor();
	await window.page.keyboard.press('Escape');
	await window.dialog.waitFor({ state: 'detached' });
	await window.page.keyboard.press('Escape');
});

test('each press of submit gives one job, however often it is pressed', async () => {
	await window.submitButton.dblclick();
	await window.dialog.locator('.nightlog-form').waitFor();
	assert.equal(await window.dialog.count(), 1);
	await window.parameter('count').fill('4');
	const accept = window.dialog.locator('.jp-mod-accept');
	await accept.evaluate((button: HTMLElement) => {
		button.click();
		button.click();
		button.click();
	});
	await window.dialog.waitFor({ state: 'detached' });
	await window.outputOf(2).filter({ hasText: '1.5' }).waitFor();
	assert.equal(await window.jobs.count(), 2);
});

test('printed text takes the place of printed text, and undo and redo show each again', async () => {
	await window.outputOf(1).filter({ hasText: 'count is 4' }).waitFor();
	await window.codeCell(1).locator('.jp-InputPrompt').click();
	await window.page.keyboard.press('z');
	await window.outputOf(1).filter({ hasText: 'count is 3' }).waitFor();
	assert.equal(await window.outputOf(1).textContent(), 'alpha is 0.5\ncount is 3\n');
	await window.outputOf(2).filter({ hasText: '[0.0, 0.5, 1.0]' }).waitFor();
	await window.page.keyboard.press('Shift+Z');
	await window.outputOf(1).filter({ hasText: 'count is 4' }).waitFor();
	assert.equal(await window.outputOf(1).textContent(), 'alpha is 0.5\ncount is 4\n');
	await window.outputOf(2).filter({ hasText: '[0.0, 0.5, 1.0, 1.5]' }).waitFor();
});

test('a save becomes a version, and versions are listed by day, the newest first', async () => {
	await window.page.keyboard.press('Control+S');
	await window.showVersions();
	await window.versions.filter({ hasText: 'saved' }).first().waitFor();
	await window.versions.filter({ hasText: 'kept for a job' }).first().waitFor();
	assert.match((await window.page.locator('#nightlog-versions .nightlog-day').first().textContent()) ?? '', /^(?:Today|Yesterday)$/);
	await window.picture('versions');
});

test('a version gets a name, which can be removed again', async () => {
	const version = window.versions.filter({ hasText: 'alpha = 0.5' }).last();
	await version.getByRole('button', { name: 'Name this version' }).click();
	await window.page.locator('.jp-Dialog input').fill('before the night');
	await window.page.keyboard.press('Enter');
	await window.versions.filter({ hasText: 'before the night' }).waitFor();
	await window.picture('version-named');
	await window.versions.filter({ hasText: 'before the night' }).getByRole('button', { name: 'Change or remove the name' }).click();
	await window.page.locator('.jp-Dialog').getByRole('button', { name: 'Remove the name' }).click();
	await window.versions.filter({ hasText: 'before the night' }).waitFor({ state: 'detached' });
});

test('a name that another version has moves to the one that is saved now, when that is wanted', async () => {
	const save = async () => {
		await window.command('nightlog:save-named-version');
		await window.page.locator('.jp-Dialog input').fill('the good one');
		await window.page.keyboard.press('Enter');
	};
	const named = window.versions.filter({ hasText: 'the good one' });
	await save();
	await named.waitFor();
	const before = await window.versions.count();
	writeFileSync(path.join(lab.folder, 'flat.csv'), '1\n');
	await save();
	await window.page.locator('.jp-Dialog').getByRole('button', { name: 'Move the name' }).click();
	await window.page.locator('.jp-Dialog').waitFor({ state: 'detached' });
	await window.versions.nth(before).waitFor();
	assert.equal(await named.count(), 1);
	assert.match(
		(await window.versions.first().textContent()) ?? '',
		/the good one/,
		'it is a version of its own, with what lies beside the notebook now',
	);
	// The browser itself says that the name was refused at first.
	for (const problem of window.problems.splice(0)) assert.match(problem, /409.*\/v1\/versions/);
});

test('a version opens without a kernel and without a way to change it', async () => {
	await window.versions.last().getByRole('button', { name: 'Open this version' }).click();
	const opened = window.page.locator('.nightlog-read-only:not(.lm-mod-hidden)');
	await opened.locator('.jp-CodeCell').first().waitFor();
	await opened.locator('.jp-CodeCell .cm-content').first().click();
	await window.page.keyboard.type('broken');
	assert.doesNotMatch((await opened.locator('.jp-CodeCell').first().textContent()) ?? '', /broken/);
	await window.picture('version-opened');
	await window.page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab', { hasText: /^demo\.ipynb$/ }).click();
	await window.waitForNotebook();
});

test('a version is restored, and what was there before can be had again', async () => {
	await window.typeCell(2, 'print("changed by hand")');
	await window.versions.filter({ hasText: 'kept for a job' }).last().getByRole('button', { name: 'Restore this version' }).click();
	await window.page.locator('.jp-Dialog').getByRole('button', { name: 'Restore' }).click();
	await window.notification('is restored').hover();
	await window.codeCell(2).filter({ hasText: 'alpha * i' }).waitFor();
	assert.match(onDisk(), /alpha \* i/);
	await window.picture('restored');
	await window.notification('is restored').getByRole('button', { name: 'Undo' }).click();
	await window.codeCell(2).filter({ hasText: 'changed by hand' }).waitFor();
	assert.match(onDisk(), /changed by hand/);
});

test('nothing went wrong in the page', () => assert.deepEqual(window.problems, []));
