import assert from 'node:assert/strict';
import { mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { LabPage } from '../jupyterlab/lab-page.ts';
import { type Lab, startLab } from '../jupyterlab/start-lab.ts';
import { writeNotebookFile } from '../jupyterlab/write-notebook.ts';
import { launchBrowser } from '../support/launch-browser.ts';
import { withContentsManagers } from './jupyters.ts';

let lab: Lab;
let browser: Browser;
let window: LabPage;
const cells = [{ id: 'say', source: 'import os\nprint("the night of", os.getcwd() != "")' }];

// hybridcontents: Jupyter's own folder, a folder of its own root under the name "shared", and one that is nowhere on disk.
before(async () => {
	lab = await startLab({
		notebooks: [],
		...withContentsManagers(),
		baseUrl: '/user/ann',
		configuration: (home) => {
			mkdirSync(path.join(home, 'group'));
			writeNotebookFile(path.join(home, 'group'), 'common.ipynb', cells);
			return `
from hybridcontents import HybridContentsManager
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from memory_contents import MemoryContents

c.ServerApp.contents_manager_class = HybridContentsManager
c.HybridContentsManager.manager_classes = {"": LargeFileManager, "shared": LargeFileManager, "memory": MemoryContents}
c.HybridContentsManager.manager_kwargs = {"": {"root_dir": ${JSON.stringify(path.join(home, 'work'))}}, "shared": {"root_dir": ${JSON.stringify(path.join(home, 'group'))}}}
`;
		},
	});
	writeNotebookFile(lab.folder, 'own.ipynb', cells);
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, 'shared/common.ipynb');
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

test('a notebook under another root is found where it lies: it runs, and its outputs come back', async () => {
	await window.openForm();
	await window.submit();
	await window.outputOf(0).filter({ hasText: 'the night of True' }).waitFor();
	await window.showJobs();
	const { jobs } = (await (await lab.ask('/v1/jobs')).json()) as { jobs: { project: string; notebook: string }[] };
	assert.deepEqual(
		jobs.map(({ project, notebook }) => [project, notebook]),
		[[realpathSync(path.join(lab.home, 'group')), 'common.ipynb']],
	);
});

test('a save there becomes a version', async () => {
	await window.typeCell(0, 'print("changed")');
	await window.page.keyboard.press('Control+S');
	await window.showVersions();
	await window.versions.filter({ hasText: 'saved' }).first().waitFor();
});

test('a notebook that is no file is declined with a sentence, and saving it is not disturbed', async () => {
	await window.goTo('memory/far.ipynb');
	await window.submitButton.click();
	await window.notification('This notebook is no file on the machine where Jupyter runs').waitFor();
	assert.equal(await window.dialog.count(), 0);
	await window.showVersions();
	await window.page.locator('#nightlog-versions').getByText('is no file on the machine where Jupyter runs').waitFor();
	await window.picture('no-file');
	await window.typeCell(0, '2 + 2');
	await window.page.keyboard.press('Control+S');
	await window.page.locator('.lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)', { hasText: 'far.ipynb' }).waitFor();
	assert.equal(await window.page.locator('.jp-Dialog').count(), 0);
});

test('a notebook that is opened for its outputs is found again under its root', async () => {
	await window.goTo('own.ipynb');
	await window.showJobs();
	await window.jobs.first().getByRole('button', { name: 'Bring outputs here' }).click();
	await window.page.locator('.lm-TabBar-tab.jp-mod-current', { hasText: 'common.ipynb' }).waitFor();
	await window.notification('Its outputs are shown already').waitFor();
	assert.equal(await window.codeCell(0).locator('.cm-content').textContent(), 'print("changed")');
	assert.equal(await window.outputOf(0).count(), 1);
});

test('nothing went wrong in the page', () => assert.deepEqual(window.problems, []));
