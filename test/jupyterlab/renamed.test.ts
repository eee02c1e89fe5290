import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
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

before(async () => {
	lab = await startLab({ notebooks: [] });
	const wait = `import os, time\nwhile not os.path.exists(${JSON.stringify(path.join(lab.home, 'gate'))}):\n    time.sleep(0.05)`;
	writeNotebookFile(lab.folder, 'night.ipynb', [
		{ id: 'wait', source: wait },
		{ id: 'say', source: 'print("the night is over")' },
	]);
	writeNotebookFile(lab.folder, 'other.ipynb', [{ id: 'say', source: 'print("another night")' }]);
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, 'night.ipynb');
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

const bring = () => window.jobs.first().getByRole('button', { name: 'Bring outputs here' }).click();
const output = () => window.outputOf(1).filter({ hasText: 'the night is over' });

async function clearOutputs(): Promise<void> {
	await window.command('notebook:clear-all-cell-outputs');
	await window.outputOf(1).waitFor({ state: 'detached' });
}

test('outputs come into a notebook that was renamed while its job ran', async () => {
	await window.openForm();
	await window.submit();
	await window.showJobs();
	await window.jobs.first().filter({ hasText: 'running' }).waitFor();
	await window.command('docmanager:rename');
	await window.page.locator('.jp-Dialog input').fill('day.ipynb');
	await window.page.keyboard.press('Enter');
	await window.page.locator('.jp-Dialog').waitFor({ state: 'detached' });
	// It goes away by itself.
	const said = window.notification('Outputs came into').waitFor();
	writeFileSync(path.join(lab.home, 'gate'), '');
	await said;
	await output().waitFor();
	await window.picture('renamed');
});

test('the list of jobs brings them there again, and opens nothing else', async () => {
	await window.openNotebook('other.ipynb');
	await window.openNotebook('day.ipynb');
	await clearOutputs();
	await bring();
	await output().waitFor();
	assert.equal(await window.page.locator('.jp-NotebookPanel').count(), 2);
});

test('of a notebook that was moved away while it was closed is said what to do; renamed beside its old place, it is opened', async () => {
	await clearOutputs();
	await window.command('docmanager:save');
	await window.page.locator('.lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)', { hasText: 'day.ipynb' }).waitFor();
	await window.command('application:close');
	await window.notebook.filter({ hasText: 'another night' }).waitFor();
	const away = path.join(lab.home, 'away.ipynb');
	renameSync(path.join(lab.folder, 'day.ipynb'), away);
	await bring();
	await window.notification('night.ipynb cannot be opened here. If it was renamed, open it').waitFor();
	renameSync(away, path.join(lab.folder, 'morning.ipynb'));
	await bring();
	await window.page.locator('.lm-TabBar-tab.jp-mod-current', { hasText: 'morning.ipynb' }).waitFor();
	await output().waitFor();
});

test('nothing went wrong in the page', () => assert.deepEqual(window.problems, []));
