// A folder becomes a repository after versions were kept: the panel offers to move them in, and one button does it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/launch-browser.ts';
import { LabPage } from './lab-page.ts';
import { type Lab, startLab } from './start-lab.ts';

let lab: Lab;
let browser: Browser;
let window: LabPage;
const git = (...args: string[]) => execFileSync('git', args, { cwd: lab.folder, env: lab.environment, encoding: 'utf8' });

before(async () => {
	lab = await startLab({ notebooks: ['demo.ipynb'] });
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, 'demo.ipynb');
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

test('versions from before the folder was a repository move in by a button', async () => {
	const offer = window.page.locator('#nightlog-versions .nightlog-offer');
	await window.showVersions();
	await window.typeCell(0, 'first = 1');
	await window.command('docmanager:save');
	await window.versions.first().waitFor();
	assert.equal(await offer.count(), 0, 'nothing is offered in a folder of no repository');
	const kept = await window.versions.count();

	git('init', '-q');
	await window.typeCell(0, 'first = 2');
	await window.command('docmanager:save');
	await offer.waitFor();
	assert.ok((await window.versions.count()) >= kept);
	assert.equal(git('for-each-ref'), '');
	await window.picture('move-history');
	await offer.getByRole('button', { name: 'Move into the repository' }).click();
	await window.notification('below refs/nightlog').waitFor();
	await offer.waitFor({ state: 'detached' });
	assert.ok((await window.versions.count()) >= kept);
	assert.match(git('for-each-ref', '--format=%(refname)'), /^refs\/nightlog\/[0-9a-f]{12}\/[0-9a-z]{26}\/versions\n$/);
	assert.equal(git('fsck', '--strict', '--no-dangling', '--no-progress'), '');
	assert.deepEqual(window.problems, []);
});
