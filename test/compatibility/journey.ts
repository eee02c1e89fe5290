import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { LabPage } from '../jupyterlab/lab-page.ts';
import { type Lab, startLab } from '../jupyterlab/start-lab.ts';
import { writeNotebookFile } from '../jupyterlab/write-notebook.ts';
import { launchBrowser } from '../support/launch-browser.ts';

/** What a journey is made in. */
export interface Journey {
	readonly start: () => Parameters<typeof startLab>[0];
	/** What stands before paths in this Jupyter. */
	readonly drive?: string;
	/** What its pictures are named after. */
	readonly pictures: string;
	/** Whether an error in the page is this Jupyter's own, which it has without Nightlog, too. */
	readonly isKnown?: (problem: string) => boolean;
}

/** What a journey is on. */
export interface Journeying {
	readonly lab: Lab;
	readonly browser: Browser;
	readonly window: LabPage;
}

/**
 * The core of what Nightlog does, as a person meets it: submit with a changed parameter, watch, outputs in their cells and undone, the job's log and
 * result, a save that becomes a version, which is named, opened and restored; and a job that is cancelled.
 */
export function testJourney({ start, drive = '', pictures, isKnown = () => false }: Journey): () => Journeying {
	let lab: Lab;
	let browser: Browser;
	let window: LabPage;
	const gate = () => path.join(lab.home, 'gate');
	const name = 'night.ipynb';
	const onDisk = () => readFileSync(path.join(lab.folder, name), 'utf8');
	const picture = (what: string) => window.picture(`${pictures}-${what}`);

	const undo = async () => {
		await window.codeCell(2).locator('.jp-InputPrompt').click();
		await window.page.keyboard.press('z');
		await window.outputOf(2).waitFor({ state: 'detached' });
	};

	before(async () => {
		lab = await startLab(start());
		writeNotebookFile(lab.folder, name, [
			{ id: 'title', source: '# The night', type: 'markdown' },
			{ id: 'parameters', source: 'alpha = 0.1  # how steep\ncount = 3', tags: ['parameters'] },
			// A test decides how long a job runs; one that is left behind ends with the test's home.
			{
				id: 'wait',
				source: `import os, time\nwhile os.path.isdir(${JSON.stringify(lab.home)}) and not os.path.exists(${JSON.stringify(gate())}): time.sleep(0.05)`,
			},
			{ id: 'say', source: 'print("as it is on disk")' },
			{ id: 'list', source: '[alpha * i for i in range(count)]' },
		]);
		browser = await launchBrowser();
		window = await LabPage.open(browser, lab, `${drive}${name}`);
	});
	after(async () => {
		await browser?.close();
		await lab?.stop();
	});

	test('what is on the screen is submitted with a changed parameter, and its job is watched', async () => {
		await window.typeCell(2, 'print("alpha is", alpha)');
		await window.openForm();
		assert.equal(await window.parameter('alpha').inputValue(), '0.1');
		await window.parameter('alpha').fill('0.5');
		await picture('form');
		await window.submit();
		await window.menu('View', 'Jobs');
		await window.jobs
			.first()
			.filter({ hasText: /running, cell \d of 5/ })
			.waitFor();
		assert.equal(await window.jobs.count(), 1);
		await picture('running');
	});

	test('its outputs come back into their cells, in one step, which undo takes back', async () => {
		// It goes away by itself.
		const said = window.notification('Outputs came into 4 cells.').waitFor();
		writeFileSync(gate(), '');
		await said;
		await window.outputOf(2).filter({ hasText: 'alpha is 0.5' }).waitFor();
		await window.outputOf(3).filter({ hasText: '[0.0, 0.5, 1.0]' }).waitFor();
		await window.jobs.first().filter({ hasText: 'done' }).filter({ hasText: 'alpha = 0.5' }).waitFor();
		await picture('outputs');
		await undo();
		assert.equal(await window.outputOf(3).count(), 0);
		await window.page.keyboard.press('Shift+Z');
		await window.outputOf(2).filter({ hasText: 'alpha is 0.5' }).waitFor();
		assert.equal(await window.outputOf(2).textContent(), 'alpha is 0.5\n');
		assert.equal(await window.outputOf(3).textContent(), '[0.0, 0.5, 1.0]');
	});

	test('the job shows its log and its result, and brings its outputs again', async () => {
		const job = window.jobs.first();
		await job.getByRole('button', { name: 'Show the log' }).click();
		await window.page.locator('.nightlog-log pre', { hasText: 'alpha is 0.5' }).waitFor();
		await picture('log');
		await window.closeLog();
		const result = await window.opened(() => job.getByRole('button', { name: 'Open the result' }).click());
		await result.document.getByText('alpha is 0.5').first().waitFor();
		await result.close();
		await undo();
		await job.getByRole('button', { name: 'Bring outputs here' }).click();
		await window.outputOf(2).filter({ hasText: 'alpha is 0.5' }).waitFor();
		assert.equal(await window.outputOf(2).count(), 1);
	});

	test('a save becomes a version, which gets a name', async () => {
		await window.typeCell(3, 'print("by hand")');
		await window.page.keyboard.press('Control+S');
		await window.menu('View', 'Versions');
		const saved = window.versions.filter({ hasText: 'saved' });
		await saved.first().waitFor();
		await saved.first().getByRole('button', { name: 'Name this version' }).click();
		await window.page.locator('.jp-Dialog input').fill('by hand');
		await window.page.keyboard.press('Enter');
		await window.versions.filter({ hasText: 'by hand' }).waitFor();
		await picture('versions');
	});

	test('a version opens, and nothing can be changed in it', async () => {
		const submitted = window.versions.filter({ hasText: 'kept for a job' }).first();
		const version = await window.opened(() => submitted.getByRole('button', { name: 'Open this version' }).click());
		await version.document.locator('.jp-CodeCell .cm-content').nth(2).click();
		await version.page.keyboard.type('broken');
		assert.equal(await version.document.locator('.jp-CodeCell .cm-content').nth(2).textContent(), 'print("alpha is", alpha)');
		await version.close();
	});

	test('a version is restored, on the screen and on disk, and what was there before comes back', async () => {
		await window.versions.filter({ hasText: 'kept for a job' }).first().getByRole('button', { name: 'Restore this version' }).click();
		await window.page.locator('.jp-Dialog').getByRole('button', { name: 'Restore' }).click();
		await window.notification('is restored').hover();
		await window.codeCell(3).filter({ hasText: 'alpha * i' }).waitFor();
		await picture('restored');
		assert.match(onDisk(), /alpha \* i/);
		assert.doesNotMatch(onDisk(), /by hand/);
		await window.notification('is restored').getByRole('button', { name: 'Undo' }).click();
		await window.codeCell(3).filter({ hasText: 'by hand' }).waitFor();
		assert.match(onDisk(), /by hand/);
	});

	test('a job is cancelled', async () => {
		rmSync(gate());
		await window.menu('Run', 'Submit notebook as job');
		await window.dialog.locator('.nightlog-form').waitFor();
		assert.equal(await window.parameter('alpha').inputValue(), '0.5', 'the choices of the last time stand in the form');
		await window.submit();
		const job = window.jobs.first();
		await job.filter({ hasText: /running, cell \d of 5/ }).waitFor();
		await job.getByRole('button', { name: 'Cancel' }).click();
		await window.page.locator('.jp-Dialog').getByRole('button', { name: 'Cancel job' }).click();
		await job.filter({ hasText: 'cancelled' }).waitFor();
		assert.equal(existsSync(gate()), false);
	});

	test('nothing went wrong in the page', () =>
		assert.deepEqual(
			window.problems.filter((problem) => !isKnown(problem)),
			[],
		));

	return () => ({ lab, browser, window });
}
