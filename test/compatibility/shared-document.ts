import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabPage } from '../jupyterlab/lab-page.ts';
import type { Lab } from '../jupyterlab/start-lab.ts';
import type { Journeying } from './journey.ts';

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
	for (let waitedMs = 0; !(await holds()); waitedMs += 50) {
		assert.ok(waitedMs < 60_000, `not within 60 s: ${what}`);
		await sleep(50);
	}
}

interface KeptVersion {
	readonly reason: string;
	/** The notebook's bytes. */
	readonly text: string;
}

/** Every version of a notebook, the newest first. */
async function readVersions(lab: Lab, file: string): Promise<KeptVersion[]> {
	const query = `notebook=${encodeURIComponent(file)}`;
	const { versions } = (await (await lab.ask(`/v1/versions?${query}&limit=100`)).json()) as { versions: { id: string; reason: string }[] };
	return Promise.all(
		versions.map(async ({ id, reason }) => ({ reason, text: await (await lab.ask(`/v1/versions/${id}/notebook?${query}`)).text() })),
	);
}

/** What is shown of the document: its path in Jupyter, and whether it is shared. */
const documentOf = (window: LabPage) =>
	window.page.evaluate(() => {
		type Panel = { context: { path: string; model: { collaborative: boolean } } };
		const { jupyterapp } = globalThis as unknown as { jupyterapp: { shell: { currentWidget: Panel } } };
		const { path: place, model } = jupyterapp.shell.currentWidget.context;
		return { path: place, collaborative: model.collaborative };
	});

/** Notes from now on what the window is told in notifications, which go away by themselves. */
const noteNotifications = (window: LabPage) =>
	window.page.evaluate(() => {
		const notes: string[] = [];
		Object.assign(globalThis, { notes });
		const known = new Set<Element>();
		new MutationObserver(() => {
			for (const toast of Array.from(document.querySelectorAll('.Toastify__toast'))) {
				const text = toast.textContent ?? '';
				if (text === '' || known.has(toast)) continue;
				known.add(toast);
				notes.push(text);
			}
		}).observe(document.body, { childList: true, subtree: true });
	});

const notificationsOf = (window: LabPage) => window.page.evaluate(() => (globalThis as unknown as { notes: string[] }).notes);

/** What is true beyond the journey where a document is shared: two windows show it, and the server of the collaboration saves it by itself. */
export function testSharedDocument(journey: () => Journeying, { drive, pictures }: { readonly drive: string; readonly pictures: string }): void {
	let other: LabPage;
	const name = 'night.ipynb';
	const fileOf = (lab: Lab) => path.join(lab.folder, name);

	test('the document is shared', async () => {
		assert.deepEqual(await documentOf(journey().window), { path: `${drive}${name}`, collaborative: true });
	});

	test('what is typed in one window is saved by the server, and becomes a version without anybody pressing Save', async () => {
		const { lab, window } = journey();
		// Of the same browser: both know which jobs are awaited.
		other = await LabPage.openIn(window.page.context(), lab, `${drive}${name}`);
		await other.typeCell(3, 'print("from the other window")');
		await window.codeCell(3).filter({ hasText: 'from the other window' }).waitFor();
		await until('the text in a version', async () => (await readVersions(lab, fileOf(lab)))[0]?.text.includes('from the other window') === true);
		assert.match(readFileSync(fileOf(lab), 'utf8'), /from the other window/);
	});

	test('the outputs of one submission come once, in both windows and on disk', async () => {
		const { lab, window } = journey();
		await window.openForm();
		await window.parameter('alpha').fill('0.7');
		await window.submit();
		await other.showJobs();
		for (const each of [window, other]) await noteNotifications(each);
		for (const each of [window, other]) await each.jobs.first().filter({ hasText: 'running' }).waitFor();
		writeFileSync(path.join(lab.home, 'gate'), '');
		for (const each of [window, other]) {
			await each.outputOf(2).filter({ hasText: 'alpha is 0.7' }).waitFor();
			await each.outputOf(3).filter({ hasText: 'from the other window' }).waitFor();
			await each.jobs.first().filter({ hasText: 'done' }).waitFor();
		}
		await until('the outputs on disk', () => readFileSync(fileOf(lab), 'utf8').includes('alpha is 0.7\\n'));
		const { cells } = JSON.parse(readFileSync(fileOf(lab), 'utf8')) as { cells: { id: string; outputs?: unknown[] }[] };
		assert.deepEqual(
			cells.filter(({ outputs }) => outputs !== undefined).map(({ id, outputs }) => [id, outputs?.length]),
			[
				['parameters', 0],
				['wait', 0],
				['say', 1],
				['list', 1],
			],
		);
		for (const each of [window, other]) {
			assert.equal(await each.outputOf(2).textContent(), 'alpha is 0.7\n');
			assert.equal(await each.outputOf(3).textContent(), 'from the other window\n');
		}
		const said = (notes: string[]) => notes.filter((note) => note.includes('Outputs came into')).length;
		assert.deepEqual([said(await notificationsOf(window)), said(await notificationsOf(other))], [1, 0], 'said once, where it was submitted');
		await other.picture(`${pictures}-other-window`);
	});

	test('no version stands twice, though two windows and a server tell of each save', async () => {
		const { lab } = journey();
		await until('the outputs in a version', async () => (await readVersions(lab, fileOf(lab)))[0]?.text.includes('alpha is 0.7\\n') === true);
		const versions = await readVersions(lab, fileOf(lab));
		// A submission makes a version of its own of what was saved before it.
		const twice = versions.filter(({ reason, text }, index) => reason === 'save' && text === versions[index + 1]?.text);
		console.log(`versions: ${versions.length}, of these doubled: ${twice.length}`);
		assert.equal(twice.length, 0);
	});

	test('a notebook that is opened for its outputs is the shared one', async () => {
		const { window } = journey();
		await other.close();
		await window.command('application:close');
		await window.notebook.waitFor({ state: 'detached' });
		await window.jobs.first().getByRole('button', { name: 'Bring outputs here' }).click();
		await window.waitForNotebook();
		assert.deepEqual(await documentOf(window), { path: `${drive}${name}`, collaborative: true });
		assert.equal(await window.outputOf(2).textContent(), 'alpha is 0.7\n');
	});

	test('nothing went wrong in either window', () => assert.deepEqual([...journey().window.problems, ...other.problems], []));
}
