// The first example as an astronomer meets it: a parameter is changed, the job is watched, outputs come into their cells, the version is restored.
import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/launch-browser.ts';
import { LabPage } from './lab-page.ts';
import { type Lab, startLab } from './start-lab.ts';

const example = path.join(import.meta.dirname, '..', '..', 'docs', 'examples', 'sunspots.ipynb');
let lab: Lab;
let browser: Browser;
let window: LabPage;

before(async () => {
	lab = await startLab({ notebooks: [] });
	cpSync(example, path.join(lab.folder, 'sunspots.ipynb'));
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, 'sunspots.ipynb');
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

test('the sunspot notebook runs with a changed parameter, and its figure comes into its cell', async () => {
	await window.showJobs();
	await window.openForm();
	await window.parameter('first_year').fill('1850');
	await window.picture('sunspots-form');
	await window.submit();
	await window.jobs.filter({ hasText: /running|waiting/ }).waitFor();
	await window.picture('sunspots-running');
	await window.outputOf(1).filter({ hasText: '159 years, 1850 to 2008' }).waitFor({ timeout: 180_000 });
	await window.outputOf(3).filter({ hasText: '1. period' }).waitFor();
	const picture = window.outputOf(4).locator('img');
	await picture.waitFor();
	await picture.scrollIntoViewIfNeeded();
	await window.jobs.filter({ hasText: 'done' }).filter({ hasText: 'first_year = 1850' }).waitFor();
	await window.picture('sunspots-outputs');
});

test('the version that ran is restored after the notebook was changed', async () => {
	await window.showVersions();
	await window.typeCell(3, 'print("changed by hand")');
	await window.command('docmanager:save');
	await window.versions.filter({ hasText: 'kept for a job' }).last().getByRole('button', { name: 'Restore this version' }).click();
	await window.page.locator('.jp-Dialog').getByRole('button', { name: 'Restore' }).click();
	await window.notification('is restored').waitFor();
	await window.codeCell(3).filter({ hasText: 'false_alarm_probability' }).waitFor();
	await window.picture('sunspots-restored');
	const text = (file: string) =>
		(JSON.parse(readFileSync(file, 'utf8')) as { cells: { source: string | string[] }[] }).cells.map(({ source }) => [source].flat().join(''));
	assert.deepEqual(text(path.join(lab.folder, 'sunspots.ipynb')), text(example));
	assert.deepEqual(window.problems, []);
});
