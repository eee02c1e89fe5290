import assert from 'node:assert/strict';
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
	writeNotebookFile(lab.folder, 'night.ipynb', [{ id: 'only', source: 'first' }]);
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, 'night.ipynb');
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

const queryOf = (name: string): string => `notebook=${encodeURIComponent(path.join(lab.folder, name))}`;

/** The versions of a notebook, the oldest first. Listing them leaves them as replaceable as they are; reading them does not. */
async function listVersions(name: string): Promise<{ readonly id: string }[]> {
	const { versions } = (await (await lab.ask(`/v1/versions?${queryOf(name)}`)).json()) as { versions: { id: string }[] };
	return versions.reverse();
}

/** The text of the notebook's cell in each version, the oldest first. */
async function textsInVersions(name: string): Promise<string[]> {
	const texts = (await listVersions(name)).map(async ({ id }) => {
		const { cells } = (await (await lab.ask(`/v1/versions/${id}/notebook?${queryOf(name)}`)).json()) as { cells: { source: string | string[] }[] };
		return [cells[0]?.source ?? []].flat().join('');
	});
	return Promise.all(texts);
}

/** Saves, and waits until the server was told of it. */
async function save(name: string, reason: 'save' | 'keep', act: () => Promise<void>): Promise<void> {
	const told = window.page.waitForResponse((response) => {
		const { notebook, reason: why } = (response.request().postDataJSON() ?? {}) as { notebook?: string; reason?: string };
		return notebook === path.join(lab.folder, name) && why === reason;
	});
	await act();
	await (await told).finished();
}

const press = () => window.page.keyboard.press('Control+S');

/** As JupyterLab does by itself every two minutes. */
const saveByItself = () =>
	window.page.evaluate(async () => {
		const { jupyterapp } = globalThis as unknown as { jupyterapp: { shell: { currentWidget: { context: { save(): Promise<void> } } } } };
		await jupyterapp.shell.currentWidget.context.save();
	});

test('each press of Save leaves a version, though another one follows at once', async () => {
	for (const text of ['pressed once', 'pressed twice']) {
		await window.typeCell(0, text);
		await save('night.ipynb', 'keep', press);
	}
	assert.equal((await listVersions('night.ipynb')).length, 2);
});

test('of what is saved without a press the last is kept', async () => {
	for (const text of ['saved once', 'saved twice']) {
		await window.typeCell(0, text);
		await save('night.ipynb', 'save', saveByItself);
	}
	assert.equal((await listVersions('night.ipynb')).length, 3);
});

test('a press after that keeps what was saved, and makes no version twice', async () => {
	await save('night.ipynb', 'keep', press);
	await window.typeCell(0, 'saved after it');
	await save('night.ipynb', 'save', saveByItself);
	assert.equal((await listVersions('night.ipynb')).length, 4);
});

test('Save All is a press, too', async () => {
	await save('night.ipynb', 'keep', () => window.command('docmanager:save-all'));
	await window.typeCell(0, 'saved last');
	await save('night.ipynb', 'save', saveByItself);
	assert.equal((await listVersions('night.ipynb')).length, 5);
});

test('the versions hold what was saved', async () => {
	const expected = ['pressed once', 'pressed twice', 'saved twice', 'saved after it', 'saved last'];
	assert.deepEqual(await textsInVersions('night.ipynb'), expected);
});

test('a copy that is made with Save As is kept from the first', async () => {
	await window.command('docmanager:save-as');
	await window.page.locator('.jp-Dialog input').fill('copy.ipynb');
	await save('copy.ipynb', 'keep', () => window.page.keyboard.press('Enter'));
	await window.page.locator('.lm-TabBar-tab.jp-mod-current', { hasText: 'copy.ipynb' }).waitFor();
	await window.waitForNotebook();
	await window.typeCell(0, 'in the copy');
	await save('copy.ipynb', 'save', saveByItself);
	assert.deepEqual(await textsInVersions('copy.ipynb'), ['saved last', 'in the copy']);
});

test('nothing went wrong in the page', () => {
	// JupyterLab asks whether there is a file with the name of the copy.
	const own = window.problems.filter((problem) => !problem.includes('/api/contents/copy.ipynb'));
	assert.deepEqual(own, []);
});
