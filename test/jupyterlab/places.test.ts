import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
	lab = await startLab({ notebooks: ['demo.ipynb'], environment: { SLURM_JOB_ID: '4711', SLURMD_NODENAME: 'node7' } });
	mkdirSync(path.join(lab.folder, 'a folder'));
	const text = readFileSync(path.join(lab.folder, 'demo.ipynb'), 'utf8');
	writeFileSync(path.join(lab.folder, 'a folder', 'ümläut 1.ipynb'), text);
	const old = JSON.parse(text) as { nbformat_minor: number; cells: { id?: string }[] };
	old.nbformat_minor = 4;
	for (const cell of old.cells) delete cell.id;
	writeFileSync(path.join(lab.folder, 'without-ids.ipynb'), `${JSON.stringify(old, null, 1)}\n`);
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, 'a folder/ümläut 1.ipynb');
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

test('where jobs end with the session, the form says so where one chooses where they run', async () => {
	await window.openForm();
	const field = window.dialog.getByLabel('Run on');
	await field.waitFor();
	const said = window.dialog.locator('.nightlog-form-help', { hasText: 'Jobs on this machine end with the Slurm job 4711' });
	await said.waitFor();
	assert.ok((await field.getAttribute('aria-describedby'))?.split(' ').includes((await said.getAttribute('id')) ?? ''));
	await window.page.keyboard.press('Escape');
	await window.dialog.waitFor({ state: 'detached' });
});

test('a notebook in a folder with spaces is found where it lies', async () => {
	await window.openForm();
	await window.submit();
	await window.outputOf(1).filter({ hasText: 'alpha is 0.1' }).waitFor();
});

test('outputs find their cells in a notebook whose cells have no ids, with changed parameters, too', async () => {
	await window.goTo('without-ids.ipynb');
	await window.openForm();
	await window.parameter('alpha').fill('2');
	await window.submit();
	await window.outputOf(1).filter({ hasText: 'alpha is 2.0' }).waitFor();
	await window.outputOf(2).filter({ hasText: '[0.0, 2.0, 4.0]' }).waitFor();
	assert.equal(await window.outputOf(0).count(), 0);
});

test('a cell of such a notebook is submitted, too', async () => {
	await window.codeCell(1).click({ button: 'right' });
	await window.page.locator('.lm-Menu-item', { hasText: 'Submit cell as job' }).click();
	await window.dialog.locator('.nightlog-form').waitFor();
	await window.parameter('alpha').fill('3');
	await window.submit();
	await window.outputOf(1).filter({ hasText: 'alpha is 3.0' }).waitFor();
	assert.match((await window.outputOf(2).textContent()) ?? '', /\[0\.0, 2\.0, 4\.0\]/, 'the cell below did not run');
});

test('a notebook on another drive is declined with a sentence', async () => {
	await window.page.evaluate(async () => {
		const { jupyterapp } = globalThis as unknown as {
			jupyterapp: {
				serviceManager: { contents: { defaultDrive: object; addDrive(drive: object): void } };
				commands: { execute(id: string, args: object): Promise<unknown> };
			};
		};
		const { contents } = jupyterapp.serviceManager;
		// A drive that shows the same files under a name of its own, as the drives of clouds do.
		const name = 'cloud of the whole observatory';
		const drive = Object.create(contents.defaultDrive, { name: { value: name }, sharedModelFactory: { value: undefined } });
		contents.addDrive(drive);
		await jupyterapp.commands.execute('docmanager:open', { path: `${name}:demo.ipynb` });
	});
	await window.page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab.jp-mod-current', { hasText: 'demo.ipynb' }).waitFor();
	await window.submitButton.click();
	const notice = window.notification('lies on the drive "cloud of the whole observatory"');
	await notice.waitFor();
	assert.equal(await window.dialog.count(), 0);
	await window.picture('declined');
	// JupyterLab cuts what is long from a notification.
	await notice.getByRole('button', { name: 'Read all' }).click();
	await window.page.locator('.jp-Dialog', { hasText: 'Save a copy in a folder of that machine.' }).waitFor();
	await window.page.keyboard.press('Escape');
	await window.page.locator('.jp-Dialog').waitFor({ state: 'detached' });
	await window.showVersions();
	await window.page.locator('#nightlog-versions').getByText('lies on the drive "cloud of the whole observatory"').waitFor();
});

test('nothing went wrong in the page', () => assert.deepEqual(window.problems, []));
