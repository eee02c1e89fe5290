import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { isAlive } from '../support/is-alive.ts';
import { launchBrowser } from '../support/launch-browser.ts';
import { LabPage } from './lab-page.ts';
import { type Lab, startLab } from './start-lab.ts';

let lab: Lab;
let browser: Browser;
let window: LabPage;
let folder: string;

before(async () => {
	folder = mkdtempSync(path.join(tmpdir(), 'nightlog-node-'));
	lab = await startLab({ notebooks: ['demo.ipynb'], environment: { NIGHTLOG_NODE: path.join(folder, 'node') } });
	browser = await launchBrowser();
	window = await LabPage.open(browser, lab, 'demo.ipynb');
	await window.showJobs();
});
after(async () => {
	await browser?.close();
	await lab?.stop();
	rmSync(folder, { recursive: true, force: true });
});

const notice = () => window.page.locator('#nightlog-jobs .nightlog-notice');
/** What the browser itself logs of answers that are errors is expected here; what our own code does wrong is not. */
const ownProblems = () => window.problems.filter((problem) => !problem.startsWith('Failed to load resource'));

test('a server that cannot be started is said plainly, with what to do', async () => {
	await notice().waitFor();
	const text = (await notice().textContent()) ?? '';
	assert.match(text, /cannot be reached/);
	assert.match(text, /NIGHTLOG_NODE/);
	await window.picture('unreachable');
});

test('submitting says why it cannot be done, and the notebook is as it was', async () => {
	await window.submitButton.click();
	await window.notification(/NIGHTLOG_NODE/).waitFor();
	assert.equal(await window.dialog.count(), 0);
	await window
		.notification(/NIGHTLOG_NODE/)
		.getByRole('button', { name: 'Hide notification' })
		.click();
});

test('saving is not disturbed', async () => {
	await window.typeCell(2, '1 + 1');
	await window.page.keyboard.press('Control+S');
	await window.notebook.locator('.jp-NotebookPanel-toolbar').waitFor();
	await window.page.locator('.lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)', { hasText: 'demo.ipynb' }).waitFor();
});

test('when the cause is gone, Retry connects', async () => {
	symlinkSync(process.execPath, path.join(folder, 'node'));
	await notice().getByRole('button', { name: 'Retry' }).click();
	await notice().waitFor({ state: 'detached' });
	await window.page.locator('#nightlog-jobs').getByText('No jobs yet.').waitFor();
});

test('a server that was killed is started again, and nothing has to be done for it', async () => {
	const before = lab.server();
	assert.ok(before !== null);
	process.kill(before.pid, 'SIGKILL');
	await window.openForm();
	await window.parameter('alpha').fill('0.7');
	await window.submit();
	await window.outputOf(1).filter({ hasText: 'alpha is 0.7' }).waitFor();
	assert.notEqual(lab.server()?.pid, before.pid);
	await notice().waitFor({ state: 'detached' });
	assert.deepEqual(ownProblems(), []);
});

test('when Jupyter is killed, what it had started ends, and the server of the person goes on', async () => {
	const forwarders = () =>
		execFileSync('ps', ['-eo', 'pid,ppid,args'])
			.toString()
			.split('\n')
			.map((line) => /^ *(\d+) +(\d+) (.*)$/.exec(line))
			.filter((line) => Number(line?.[2]) === lab.pid && line?.[3]?.includes('nightlog.forward'))
			.map((line) => Number(line?.[1]));
	const [forwarder = assert.fail('none was started'), ...others] = forwarders();
	assert.deepEqual(others, []);
	const { pid } = lab.server() ?? {};
	await lab.stopJupyter('SIGKILL');
	for (let waited = 0; waited < 60_000 && isAlive(forwarder); waited += 200) await sleep(200);
	assert.ok(!isAlive(forwarder));
	assert.equal(lab.server()?.pid, pid);
});
