import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/launch-browser.ts';
import { LabPage } from './lab-page.ts';
import { type Lab, startLab } from './start-lab.ts';

// A server that takes every request and answers none, as on a home that hangs. A browser opens six connections to one host, for all that is in its windows.
const notebooks = Array.from({ length: 7 }, (_, index) => `night-${index}.ipynb`);

let lab: Lab;
let browser: Browser;
let window: LabPage;
let pid = 0;

before(async () => {
	lab = await startLab({ notebooks: ['demo.ipynb'] });
	for (const name of notebooks) copyFileSync(path.join(lab.folder, 'demo.ipynb'), path.join(lab.folder, name));
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, 'demo.ipynb');
	await window.showJobs();
	await window.page.locator('#nightlog-jobs').getByText('No jobs yet.').waitFor();
	pid = lab.server()?.pid ?? 0;
	assert.ok(pid > 0);
	process.kill(pid, 'SIGSTOP');
});
after(async () => {
	if (pid > 0) process.kill(pid, 'SIGCONT');
	await browser?.close();
	await lab?.stop();
});

test('notebooks open and are saved as ever, however many are shown', async () => {
	for (const [index, name] of notebooks.entries()) {
		await window.openNotebook(name);
		await window.typeCell(2, `saved = ${index}`);
		await window.page.keyboard.press('Control+S');
		// Not by the mark on the tab: what a kernel says of itself when it has started is a change, too.
		const file = path.join(lab.folder, name);
		for (let waited = 0; !readFileSync(file, 'utf8').includes(`saved = ${index}`); waited += 100) {
			assert.ok(waited < 60_000, `${name} was not saved`);
			await sleep(100);
		}
	}
});

test('who submits is told that nothing answers, and what to do', async () => {
	await window.submitButton.click();
	await window.notification(/has not answered for 30 seconds.*Try again/).waitFor({ timeout: 120_000 });
	await window.picture('hung-server');
});

test('when it answers again, the saves are versions', async () => {
	process.kill(pid, 'SIGCONT');
	const last = path.join(lab.folder, notebooks.at(-1) ?? '');
	for (let waited = 0; ; waited += 500) {
		// What had waited for it comes first.
		const answer = await lab.ask(`/v1/versions?notebook=${encodeURIComponent(last)}&limit=10`).catch(() => null);
		const { versions } = ((await answer?.json()) ?? { versions: [] }) as { versions: unknown[] };
		if (versions.length > 0) break;
		assert.ok(waited < 90_000, 'no version came');
		await sleep(500);
	}
	assert.deepEqual(
		window.problems.filter((problem) => !problem.startsWith('Failed to load resource')),
		[],
	);
});
