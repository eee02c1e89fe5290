import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import type { Lab } from './start-lab.ts';

/** Debian's Chromium, without its calls to other hosts. */
export function launchBrowser(): Promise<Browser> {
	return chromium.launch({
		executablePath: process.env.NIGHTLOG_CHROMIUM ?? '/usr/bin/chromium',
		headless: true,
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
}

const output = process.env.NIGHTLOG_TEST_OUTPUT ?? path.join(import.meta.dirname, '..', 'output');

/** A window of JupyterLab, as a person uses it. */
export class LabPage {
	readonly page: Page;
	/** What went wrong in the page: errors that nobody caught, and what was logged as one. */
	readonly problems: string[] = [];
	private readonly lab: Lab;

	private constructor(lab: Lab, page: Page) {
		this.lab = lab;
		this.page = page;
		page.on('pageerror', (error) => this.problems.push(`${error.name}: ${error.message}`));
		page.on('console', (message) => {
			if (message.type() === 'error') this.problems.push(`${message.text()} (${message.location().url})`);
		});
	}

	/** Opens a window with this notebook in front. */
	static async open(browser: Browser, lab: Lab, notebook: string): Promise<LabPage> {
		return LabPage.openIn(await browser.newContext({ viewport: { width: 1360, height: 860 }, timezoneId: 'UTC', locale: 'en-GB' }), lab, notebook);
	}

	/** Opens another window of the same browser. */
	static async openIn(context: BrowserContext, lab: Lab, notebook: string): Promise<LabPage> {
		const labPage = new LabPage(lab, await context.newPage());
		await labPage.goTo(notebook);
		return labPage;
	}

	/** Loads the page, with this notebook in front. */
	async goTo(notebook: string): Promise<void> {
		await this.page.goto(`${this.lab.address}/lab/tree/${encodeURIComponent(notebook)}?reset&token=${this.lab.token}`);
		await this.waitForNotebook();
	}

	async waitForNotebook(): Promise<void> {
		await this.page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell').first().waitFor({ timeout: 120_000 });
		await this.page.locator('#jupyterlab-splash').waitFor({ state: 'detached', timeout: 60_000 });
		await this.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first().waitFor({ timeout: 90_000 });
	}

	/** The window is closed, as when a tab is. */
	async close(): Promise<void> {
		await this.page.close();
	}

	/** Keeps a picture of the window, to be looked at. */
	async picture(name: string): Promise<void> {
		mkdirSync(output, { recursive: true });
		await this.page.screenshot({ path: path.join(output, `jupyterlab-${name}.png`) });
	}

	get notebook(): Locator {
		return this.page.locator('.jp-NotebookPanel:not(.lm-mod-hidden):not(.nightlog-read-only)');
	}

	/** A code cell, counted from 0. */
	codeCell(index: number): Locator {
		return this.notebook.locator('.jp-CodeCell').nth(index);
	}

	/** What a code cell shows as its output. */
	outputOf(index: number): Locator {
		return this.codeCell(index).locator('.jp-OutputArea-output');
	}

	get submitButton(): Locator {
		return this.notebook.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="nightlog-submit-notebook"] jp-button');
	}

	get dialog(): Locator {
		return this.page.locator('.nightlog-submit-dialog');
	}

	/** The field of a parameter in the form. */
	parameter(name: string): Locator {
		return this.dialog.getByLabel(name, { exact: false });
	}

	/** Opens the form for the whole notebook. */
	async openForm(): Promise<void> {
		await this.submitButton.click();
		await this.dialog.locator('.nightlog-form').waitFor({ timeout: 60_000 });
	}

	/** Presses *Submit*, and waits until the server has the job. */
	async submit(): Promise<void> {
		await this.dialog.locator('.jp-mod-accept').click();
		await this.dialog.waitFor({ state: 'detached', timeout: 30_000 });
	}

	/** Begins a command, as the palette would; it may ask something before it is done. */
	async command(id: string): Promise<void> {
		await this.page.evaluate((command) => {
			const { jupyterapp } = window as unknown as { jupyterapp: { commands: { execute(id: string): Promise<unknown> } } };
			void jupyterapp.commands.execute(command);
		}, id);
	}

	/** Shows the side panel with its jobs. */
	async showJobs(): Promise<void> {
		await this.command('nightlog:jobs');
		await this.page.locator('#nightlog-jobs').waitFor();
	}

	/** Shows the side panel with the versions of the notebook. */
	async showVersions(): Promise<void> {
		await this.command('nightlog:versions');
		await this.page.locator('#nightlog-versions').waitFor();
	}

	get jobs(): Locator {
		return this.page.locator('#nightlog-jobs .nightlog-job');
	}

	get versions(): Locator {
		return this.page.locator('#nightlog-versions .nightlog-version');
	}

	/** A notification with this text. */
	notification(text: string | RegExp): Locator {
		return this.page.locator('.Toastify__toast', { hasText: text });
	}

	/** Types a cell's text anew. */
	async typeCell(index: number, text: string): Promise<void> {
		await this.codeCell(index).locator('.cm-content').click();
		await this.page.keyboard.press('Control+A');
		await this.page.keyboard.insertText(text);
	}
}
