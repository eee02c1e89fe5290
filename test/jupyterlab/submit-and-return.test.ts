import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { LabPage, launchBrowser } from './lab-page.ts';
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

test('a notebook is submitted with a changed parameter, and its outputs come back into their cells', async () => {
	await window.openForm();
	await window.picture('form');
	assert.equal(await window.parameter('alpha').inputValue(), '0.1');
	await window.parameter('alpha').fill('0.5');
	await window.submit();
	await window.showJobs();
	await window.jobs.first().waitFor();
	await window.outputOf(1).filter({ hasText: 'alpha is 0.5' }).waitFor({ timeout: 60_000 });
	await window.outputOf(2).filter({ hasText: '[0.0, 0.5, 1.0]' }).waitFor();
	await window.jobs.first().filter({ hasText: 'done' }).waitFor();
	await window.picture('outputs-returned');
});
