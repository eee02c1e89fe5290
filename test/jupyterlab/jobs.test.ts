import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/launch-browser.ts';
import { LabPage } from './lab-page.ts';
import { type Lab, startLab } from './start-lab.ts';
import { writeNotebookFile } from './write-notebook.ts';

let lab: Lab;
let browser: Browser;
let window: LabPage;

/** A cell that waits until a file is there: a test decides how long a job runs. */
const waitForFile = (name: string) => `import os, time\nwhile not os.path.exists(${JSON.stringify(name)}): time.sleep(0.05)`;
const gate = (name: string) => path.join(lab.home, name);

before(async () => {
	lab = await startLab({ notebooks: ['demo.ipynb'] });
	writeNotebookFile(lab.folder, 'cells.ipynb', [
		{ id: 'one', source: 'x = 20' },
		{ id: 'text', source: 'Some words', type: 'markdown' },
		{ id: 'two', source: 'print("x is", x)' },
		{ id: 'three', source: 'print("never run")' },
	]);
	writeNotebookFile(lab.folder, 'slow.ipynb', [
		{ id: 'wait', source: waitForFile(gate('go')) },
		{ id: 'say', source: 'print("the night is over")' },
		{ id: 'more', source: '6 * 7' },
	]);
	writeNotebookFile(lab.folder, 'endless.ipynb', [
		{ id: 'begin', source: 'print("begun", flush=True)' },
		{ id: 'never', source: waitForFile(gate('never')) },
	]);
	writeNotebookFile(lab.folder, 'broken.ipynb', [
		{ id: 'fine', source: 'print("so far so good")' },
		{ id: 'fails', source: '1 / 0' },
	]);
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, 'cells.ipynb');
	await window.showJobs();
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

test('an empty list of jobs says how to make one', async () => {
	await window.page.locator('#nightlog-jobs').getByText('No jobs yet.').waitFor();
});

test('a cell is submitted with the code cells above it, and no other cell runs', async () => {
	await window.codeCell(1).click({ button: 'right' });
	await window.page.locator('.lm-Menu-item', { hasText: 'Submit cell as job' }).click();
	await window.dialog.getByText('This cell and the code cell above it will run.').waitFor();
	await window.submit();
	await window.outputOf(1).filter({ hasText: 'x is 20' }).waitFor();
	assert.equal(await window.outputOf(2).count(), 0);
	await window.jobs.first().filter({ hasText: 'done' }).waitFor();
});

test('where a cell was changed since, it is said, and she chooses', async () => {
	await window.goTo('slow.ipynb');
	await window.showJobs();
	await window.openForm();
	await window.submit();
	await window.jobs.first().filter({ hasText: 'running, cell 1 of 3' }).waitFor();
	await window.picture('running');
	await window.typeCell(1, 'print("changed meanwhile")');
	writeFileSync(gate('go'), '');
	await window.outputOf(2).filter({ hasText: '42' }).waitFor();
	const notice = window.notification('One cell was changed since');
	await notice.waitFor();
	assert.equal(await window.outputOf(1).count(), 0, 'the changed cell is as it was');
	await window.picture('edited-since');
	await notice.getByRole('button', { name: 'Replace' }).click();
	await window.outputOf(1).filter({ hasText: 'the night is over' }).waitFor();
	assert.match((await window.codeCell(1).textContent()) ?? '', /changed meanwhile/, 'its text is hers');
});

test('a window that was closed while a job ran loses nothing', async () => {
	const name = 'later.ipynb';
	writeNotebookFile(lab.folder, name, [
		{ id: 'wait', source: waitForFile(gate('later')) },
		{ id: 'say', source: 'print("came back")' },
	]);
	const first = await LabPage.open(browser, lab, name);
	await first.openForm();
	await first.submit();
	await first.showJobs();
	await first.jobs.first().filter({ hasText: 'running' }).waitFor();
	assert.deepEqual(first.problems, []);
	await first.close();
	writeFileSync(gate('later'), '');
	await window.jobs.first().filter({ hasText: 'done' }).waitFor();
	assert.doesNotMatch(readFileSync(path.join(lab.folder, name), 'utf8'), /came back\\n/);
	const again = await LabPage.openIn(first.page.context(), lab, name);
	await again.outputOf(1).filter({ hasText: 'came back' }).waitFor();
	assert.deepEqual(again.problems, []);
	await again.close();
});

test('a running job shows its log as it comes, and is cancelled', async () => {
	await window.goTo('endless.ipynb');
	await window.showJobs();
	await window.openForm();
	await window.submit();
	const job = window.jobs.first();
	await job.filter({ hasText: 'running, cell 2 of 2' }).waitFor();
	await job.getByRole('button', { name: 'Show the log' }).click();
	await window.page.locator('.nightlog-log').waitFor();
	await window.page.waitForFunction(() => (document.querySelector('.nightlog-log')?.textContent ?? '').trim() !== '');
	await window.picture('log');
	await job.getByRole('button', { name: 'Cancel' }).click();
	await window.page.locator('.jp-Dialog').getByRole('button', { name: 'Cancel job' }).click();
	await job.filter({ hasText: 'cancelled' }).waitFor();
	await window.picture('cancelled');
});

test('what a cancelled job had finished can be brought here', async () => {
	await window.page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab', { hasText: 'endless.ipynb' }).click();
	await window.jobs.first().getByRole('button', { name: 'Bring outputs here' }).click();
	await window.outputOf(0).filter({ hasText: 'begun' }).waitFor();
});

test('a job that failed says why, its outputs and its error come into their cells, and its result opens', async () => {
	await window.goTo('broken.ipynb');
	await window.showJobs();
	await window.openForm();
	await window.submit();
	await window.outputOf(1).filter({ hasText: 'ZeroDivisionError' }).waitFor();
	await window.outputOf(0).filter({ hasText: 'so far so good' }).waitFor();
	const job = window.jobs.first();
	await job.filter({ hasText: 'failed:' }).waitFor();
	await job.getByRole('button', { name: 'Open the result' }).click();
	await window.page.locator('.nightlog-read-only:not(.lm-mod-hidden)').getByText('ZeroDivisionError').first().waitFor();
	await window.picture('failed');
});

test('a job is run again, and deleted', async () => {
	const before = await window.jobs.count();
	await window.jobs.first().getByRole('button', { name: 'Run again' }).click();
	await window.page.waitForFunction((count) => document.querySelectorAll('#nightlog-jobs .nightlog-job').length === count, before + 1);
	await window.jobs.first().filter({ hasText: 'failed:' }).waitFor();
	await window.jobs.first().getByRole('button', { name: 'Delete' }).click();
	await window.page.locator('.jp-Dialog').getByRole('button', { name: 'Delete' }).click();
	await window.page.waitForFunction((count) => document.querySelectorAll('#nightlog-jobs .nightlog-job').length === count, before);
});

test('nothing went wrong in the page', () => {
	assert.deepEqual(window.problems, []);
	assert.equal(existsSync(gate('never')), false);
});
