import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/launch-browser.ts';
import { LabPage } from './lab-page.ts';
import { type Lab, startLab } from './start-lab.ts';
import { writeNotebookFile } from './write-notebook.ts';

// Everything that a stranger's notebook can say is said here as markup that would set this, were it ever taken for markup.
const attack = '<img src="data:," onerror="window.hacked = 1">';
const script = '<script>window.hacked = 2</script>';
const name = '<img src=x onerror=window.hacked=3>.ipynb';

let lab: Lab;
let browser: Browser;
let window: LabPage;

before(async () => {
	lab = await startLab({ notebooks: [] });
	const outputs = [
		{ output_type: 'display_data', metadata: {}, data: { 'text/html': `${attack}${script}`, 'text/plain': 'x' } },
		{
			output_type: 'display_data',
			metadata: {},
			data: { 'image/svg+xml': `<svg xmlns="http://www.w3.org/2000/svg" onload="window.hacked = 4"/>`, 'text/plain': 'x' },
		},
		{ output_type: 'display_data', metadata: {}, data: { 'application/javascript': 'window.hacked = 5', 'text/plain': 'x' } },
	];
	writeNotebookFile(lab.folder, name, [
		{ id: 'md', source: `${attack}${script}`, type: 'markdown', metadata: { trusted: true } },
		{ id: 'params', source: `alpha = 1  # ${attack}\ntext = '${attack}'`, tags: ['parameters'] },
		{
			id: 'show',
			source: `from IPython.display import HTML, Javascript, display\nprint('''${attack}''')\ndisplay(HTML('''${attack}${script}'''))\ndisplay(Javascript('window.hacked = 6'))`,
			outputs,
			metadata: { trusted: true },
		},
		{ id: 'fails', source: `raise ValueError('''${attack}''')` },
	]);
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, name);
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

const nothingRan = async () => {
	assert.equal(await window.page.evaluate(() => (globalThis as { hacked?: number }).hacked), undefined);
	assert.equal(
		await window.page.locator('.nightlog-section img, .nightlog-submit-dialog img, .Toastify img, .nightlog-log img, .jp-Dialog img').count(),
		0,
	);
};

test('names, help and values of parameters are text in the form', async () => {
	await window.openForm();
	assert.equal(await window.parameter('text').inputValue(), attack);
	assert.ok((await window.dialog.textContent())?.includes(attack));
	await nothingRan();
});

test('the name and the parameters of a job are text in the list, and so is its log', async () => {
	await window.parameter('text').fill(`${attack}!`);
	await window.dialog.locator('summary').click();
	await window.parameter('Name').fill(`${attack} job`);
	await window.submit();
	await window.showJobs();
	await window.jobs.filter({ hasText: 'failed:' }).waitFor();
	assert.ok((await window.jobs.first().textContent())?.includes(`${attack} job`));
	await nothingRan();
	await window.picture('hostile');
});

test('outputs that come into cells which Jupyter does not trust are shown as Jupyter shows such outputs', async () => {
	await window.outputOf(1).first().filter({ hasText: attack }).waitFor();
	await window.outputOf(2).filter({ hasText: 'ValueError' }).waitFor();
	assert.equal(await window.codeCell(1).locator('[onerror], script').count(), 0);
	await nothingRan();
});

test('a result and a version are shown without trust, whatever they say of themselves', async () => {
	const opened = window.page.locator('.nightlog-read-only:not(.lm-mod-hidden)');
	await window.jobs.first().getByRole('button', { name: 'Open the result' }).click();
	await opened.getByText('ValueError').first().waitFor();
	assert.equal(await opened.locator('[onerror], [onload], script').count(), 0);
	await nothingRan();
	await window.page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab').first().click();
	await window.showVersions();
	await window.versions.first().getByRole('button', { name: 'Open this version' }).click();
	await window.page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab').nth(2).waitFor();
	await opened.locator('.jp-CodeCell').first().waitFor();
	assert.equal(await opened.locator('[onerror], [onload], script').count(), 0);
	await nothingRan();
	await window.page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab').first().click();
});

test('the name of a version is text', async () => {
	await window.command('nightlog:save-named-version');
	await window.page.locator('.jp-Dialog input').fill(attack);
	await window.page.keyboard.press('Enter');
	await window.versions.filter({ hasText: attack }).first().waitFor();
	await nothingRan();
});

test('nothing went wrong in the page', () => assert.deepEqual(window.problems, []));
