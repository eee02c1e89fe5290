// The packaged extension in the real VS Code: it is there when a notebook opens, not before, and tells of the person's server.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { makeNotebook } from '../bench/notebooks.ts';
import { launchBrowser } from '../support/launch-browser.ts';
import { startServer, type TestServer } from '../support/start-server.ts';
import { type CodeServer, startCodeServer } from './code-server.ts';
import { packVsix } from './pack-vsix.ts';

const output = process.env.NIGHTLOG_TEST_OUTPUT ?? path.join(import.meta.dirname, '..', 'output');
const patienceMs = 180_000;
const packed = mkdtempSync(path.join(tmpdir(), 'nightlog-vsix-'));
let server: TestServer;
let editor: CodeServer;
let browser: Browser;
let page: Page;

before(async () => {
	server = await startServer();
	const folder = path.join(server.home, 'project');
	mkdirSync(folder);
	writeFileSync(path.join(folder, 'night.ipynb'), makeNotebook([{ source: "print('in VS Code')" }]));
	editor = await startCodeServer(server.home, packVsix(packed));
	browser = await launchBrowser();
	page = await browser.newPage({ viewport: { width: 1360, height: 1800 }, locale: 'en-GB' });
	page.setDefaultTimeout(patienceMs);
	await page.goto(editor.address(folder));
	await fileInTree('night.ipynb').waitFor();
});
after(async () => {
	await browser?.close();
	await editor?.stop();
	await server?.dispose();
	rmSync(packed, { recursive: true, force: true });
});

const fileInTree = (name: string): Locator => page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: name });
const commandInPalette = (title: string): Locator => page.locator('.quick-input-widget .monaco-list-row').filter({ hasText: title }).first();

/** Looks for a command by its title in the palette. Extensions are registered a while after the window is drawn, and an open palette does not show it. */
async function findCommand(title: string): Promise<void> {
	for (const until = performance.now() + patienceMs; ; await page.keyboard.press('Escape')) {
		await page.keyboard.press('F1');
		await page.locator('.quick-input-widget input').first().fill(`>${title}`);
		const isThere = await commandInPalette(title)
			.waitFor({ timeout: 5000 })
			.then(() => true)
			.catch(() => false);
		if (isThere) return;
		assert.ok(performance.now() < until, `no command is called ${title}`);
	}
}

async function runCommand(title: string): Promise<void> {
	await findCommand(title);
	await commandInPalette(title).click();
}

/** What VS Code's own list of extensions that are active shows. */
async function activeExtensions(): Promise<Locator> {
	await runCommand('Developer: Show Running Extensions');
	const rows = page.locator('.runtime-extensions-editor .monaco-list-row');
	await rows.first().waitFor();
	return rows;
}

async function picture(name: string): Promise<void> {
	mkdirSync(output, { recursive: true });
	await page.screenshot({ path: path.join(output, `vscode-${name}.png`) });
}

test('the extension is active once a notebook is open, and not before', async () => {
	// Where its command is, VS Code knows every extension; a notebook that is opened before is shown as JSON.
	await findCommand('Nightlog: Show Connection');
	await page.keyboard.press('Escape');
	assert.doesNotMatch((await (await activeExtensions()).allTextContents()).join('\n'), /nightlog/i);
	await fileInTree('night.ipynb').dblclick();
	await page.locator('.notebookOverlay .code-cell-row').first().waitFor();
	await (await activeExtensions()).filter({ hasText: /nightlog.*0\.1\.0/i }).waitFor();
	await picture('active');
});

test('it tells which server of the person runs', async () => {
	await runCommand('Nightlog: Show Connection');
	const toast = page.locator('.notification-toast .notification-list-item-message').filter({ hasText: 'Nightlog' });
	await toast.waitFor();
	assert.match(
		(await toast.textContent()) ?? '',
		new RegExp(`^Nightlog 0\\.1\\.0 runs on this machine as process ${server.process.pid}, started 20`),
	);
	await picture('connection');
});
