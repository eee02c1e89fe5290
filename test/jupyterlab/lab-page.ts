import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import type { Lab } from './start-lab.ts';

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
		// A machine that does much beside may be slow; what never comes is missed all the same.
		page.context().setDefaultTimeout(180_000);
		page.on('pageerror', (error) => this.problems.push(`${error.name}: ${error.message}`));
		page.on('console', (message) => {
			// JupyterLab says this in each window of what the widgets in another one ask of the kernel that they share.
			if (message.type() !== 'error' || /^Comm not found for comm id /.test(message.text())) return;
			const { url } = message.location();
			// Jupyter's own list fails while a kernel starts that is listed and has no time of activity yet.
			if (/status of 500/.test(message.text()) && /\/api\/kernels\?\d+$/.test(url)) return;
			this.problems.push(`${message.text()} (${url})`);
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

	/** Opens the window with the files, in Notebook 7. */
	static async openTree(context: BrowserContext, lab: Lab): Promise<LabPage> {
		const labPage = new LabPage(lab, await context.newPage());
		await labPage.page.goto(`${lab.address}/tree?token=${lab.token}`);
		await labPage.page.locator('.jp-DirListing-item').first().waitFor();
		return labPage;
	}

	/** The window that a click opens for a notebook, in Notebook 7. */
	async openedWindow(click: () => Promise<void>): Promise<LabPage> {
		const opened = this.page.context().waitForEvent('page');
		await click();
		return new LabPage(this.lab, await opened);
	}

	/** Loads the page, with this notebook in front. */
	async goTo(notebook: string): Promise<void> {
		const { address, token, app } = this.lab;
		const place = app === 'notebook' ? 'notebooks' : 'lab/tree';
		await this.page.goto(`${address}/${place}/${encodeURIComponent(notebook)}?reset&token=${token}`);
		await this.waitForNotebook();
	}

	async waitForNotebook(): Promise<void> {
		await this.page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell').first().waitFor();
		await this.page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
		await this.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first().waitFor();
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
		await this.dialog.locator('.nightlog-form').waitFor();
	}

	/** Presses *Submit*, and waits until the server has the job. */
	async submit(): Promise<void> {
		await this.dialog.locator('.jp-mod-accept').click();
		await this.dialog.waitFor({ state: 'detached' });
	}

	/** Begins a command, as the palette would; it may ask something before it is done. */
	async command(id: string): Promise<void> {
		await this.page.evaluate((command) => {
			const { jupyterapp } = window as unknown as { jupyterapp: { commands: { execute(id: string): Promise<unknown> } } };
			void jupyterapp.commands.execute(command);
		}, id);
	}

	/** Opens another notebook in this window, as a double click on its file does. */
	async openNotebook(name: string): Promise<void> {
		await this.page.evaluate((file) => {
			const { jupyterapp } = window as unknown as { jupyterapp: { commands: { execute(id: string, args: object): Promise<unknown> } } };
			void jupyterapp.commands.execute('docmanager:open', { path: file });
		}, name);
		await this.page.locator('.lm-TabBar-tab.jp-mod-current', { hasText: name }).waitFor();
		await this.codeCell(0).waitFor();
	}

	/** Chooses from a menu, as a person does. */
	async menu(menu: string, item: string): Promise<void> {
		await this.page.locator('.lm-MenuBar-itemLabel', { hasText: new RegExp(`^${menu}$`) }).click();
		await this.page.locator('.lm-Menu-itemLabel', { hasText: new RegExp(`^${item}$`) }).click();
	}

	/** What a click opens to be read only: in JupyterLab a document in this window, in Notebook 7 another window. */
	async opened(click: () => Promise<void>): Promise<{ page: Page; document: Locator; close: () => Promise<void> }> {
		const window = this.lab.app === 'notebook' ? this.page.context().waitForEvent('page') : null;
		await click();
		const page = (await window) ?? this.page;
		const document = page.locator('.nightlog-read-only:not(.lm-mod-hidden)');
		await document.locator('.jp-CodeCell').first().waitFor();
		const close = async (): Promise<void> => {
			if (page !== this.page) await page.close();
			else await page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab.jp-mod-current .lm-TabBar-tabCloseIcon').click();
		};
		return { page, document, close };
	}

	/** Closes the log in front: in JupyterLab its tab, in Notebook 7 the panel at the right. */
	async closeLog(): Promise<void> {
		const tab = this.page.locator('.lm-TabBar-tab.lm-mod-current', { hasText: 'Log of' }).locator('.lm-TabBar-tabCloseIcon');
		await (this.lab.app === 'notebook' ? this.page.locator('.jp-SidePanel-collapse:visible').last() : tab).click();
		await this.page.locator('.nightlog-log').waitFor({ state: 'hidden' });
	}

	/** Shows the side panel with its jobs. */
	async showJobs(): Promise<void> {
		await this.command('nightlog:jobs');
		await this.page.locator('#nightlog-jobs').waitFor();
		await this.waitForCursorIn('nightlog-jobs');
	}

	/** Shows the side panel with the versions of the notebook. */
	async showVersions(): Promise<void> {
		await this.command('nightlog:versions');
		await this.page.locator('#nightlog-versions').waitFor();
		await this.waitForCursorIn('nightlog-versions');
	}

	/** A panel that is shown takes the cursor a moment later: what is typed before that would go there, and not into the cell that was clicked. */
	private async waitForCursorIn(id: string): Promise<void> {
		await this.page.waitForFunction((panel) => document.getElementById(panel)?.contains(document.activeElement) === true, id);
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
		await this.codeCell(index)
			.locator('.cm-content', { hasText: text.split('\n')[0] ?? '' })
			.waitFor();
	}
}
