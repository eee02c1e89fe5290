// A save that cannot become a version is told of, in the panel and beside the work, until it is one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
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
	lab = await startLab({ notebooks: ['demo.ipynb'] });
	execFileSync('git', ['init', '-q'], { cwd: lab.folder, env: lab.environment });
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, 'demo.ipynb');
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

test('saves that are no versions are told of until they are', async () => {
	await window.showVersions();
	await window.typeCell(0, 'first = 1');
	await window.command('docmanager:save');
	await window.versions.first().waitFor();

	// Nightlog writes nothing to a folder of refs that a link leads to.
	const refs = path.join(lab.folder, '.git', 'refs', 'nightlog');
	renameSync(refs, `${refs}.away`);
	symlinkSync(`${refs}.away`, refs);
	await window.typeCell(0, 'first = 2');
	await window.command('docmanager:save');
	const notice = window.page.locator('#nightlog-versions .nightlog-unkept');
	await notice.waitFor();
	const said = window.notification('demo.ipynb is saved, but not kept as a version');
	await said.waitFor();
	assert.match((await notice.textContent()) ?? '', /on disk, but not kept as a version.*refs/s);
	await window.picture('unkept-save');

	rmSync(refs);
	renameSync(`${refs}.away`, refs);
	await window.typeCell(0, 'first = 3');
	await window.command('docmanager:save');
	await notice.waitFor({ state: 'detached' });
	await said.waitFor({ state: 'detached' });
	assert.deepEqual(
		window.problems.filter((problem) => !/\b(?:409|500)\b/.test(problem)),
		[],
	);
});
