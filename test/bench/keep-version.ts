import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { accountEnvironment, startServer } from '../support/start-server.ts';
import { cancelAll } from './acknowledge.ts';
import { type Figure, figureOf } from './harness.ts';
import { largeNotebook, pictureText } from './notebooks.ts';
import { folderUse, makeProject } from './project.ts';

// Asked in milliseconds of a machine on which `git add` and `commit` of this save take 300 ms; what is held here is the ratio to that, in the same run.
const saveLimits = { ratio: 15 / 300, p95Ratio: 30 / 300 };
const saveNote = 'asked in milliseconds where git takes 300: median 15, 95th percentile 30';
const submitLimits = { ratio: 250 / 300 };
const submitNote = 'asked in milliseconds where git takes 300: median 250';

/** What a save leaves on disk, durably: how long that takes is the editor's affair, and a sync of ours would otherwise wait for it. */
function save(file: string, text: string): void {
	writeFileSync(file, text);
	const descriptor = openSync(file, 'r+');
	fsyncSync(descriptor);
	closeSync(descriptor);
}

/** A document as JupyterLab hands it over: without line ends, members in the order of its model. */
function onScreen(text: string): string {
	return JSON.stringify(JSON.parse(text));
}

/**
 * Keeping a version on save of a 10 MB notebook in a repository of 10,000 files, from bytes on disk to the ref moved, beside git add and commit; then
 * submitting it.
 */
export async function benchKeepVersion(repetitions: number): Promise<Figure[]> {
	const server = await startServer();
	const environment = accountEnvironment(server.home);
	try {
		const ours = path.join(server.home, 'ours');
		const peers = path.join(server.home, 'peers');
		for (const folder of [ours, peers]) {
			mkdirSync(folder);
			makeProject(folder, 10_000, environment);
		}
		const notebook = path.join(ours, 'folder-0', 'large.ipynb');
		const peerNotebook = path.join(peers, 'folder-0', 'large.ipynb');
		const objects = path.join(ours, '.git', 'objects');
		const keep = async (reason: string, content?: string) => {
			const answer = await server.post<{ id: string }>('/v1/versions', { notebook, reason, ...(content === undefined ? {} : { content }) });
			if (answer.status !== 201 && answer.status !== 200) throw new Error(`not kept: ${JSON.stringify(answer)}`);
			return answer.body.id;
		};
		save(notebook, largeNotebook(-1));
		await keep('save');
		const text: number[] = [];
		const picture: number[] = [];
		const added: number[] = [];
		const addedFiles: number[] = [];
		const peer: number[] = [];
		const base = largeNotebook(-1);
		// As a notebook is after a cell ran again: its count is another one, too.
		const withPicture = (value: number) => {
			const count = '"execution_count": null';
			const at = base.lastIndexOf(count, base.indexOf('"id": "cell-50"'));
			const ran = `${base.slice(0, at)}"execution_count": ${value + 1}${base.slice(at + count.length)}`;
			return ran.replace(pictureText(100_000, 999_999), pictureText(100_000, value));
		};
		const withText = (value: number) => base.replace('x = -1', `x = ${value}`);
		for (let index = 0; index < repetitions; index++) {
			save(notebook, withText(index));
			const before = folderUse(objects);
			let start = performance.now();
			await keep('save');
			text.push(performance.now() - start);
			const after = folderUse(objects);
			added.push((after.bytes - before.bytes) / 1000);
			addedFiles.push(after.files - before.files);
			if (index % 10 === 0) {
				save(notebook, withPicture(index));
				start = performance.now();
				await keep('save');
				picture.push(performance.now() - start);
				save(notebook, base);
				await keep('save');
				save(peerNotebook, withText(index));
				start = performance.now();
				execFileSync('git', ['add', '--', 'folder-0/large.ipynb'], { cwd: peers, env: environment });
				execFileSync('git', ['commit', '-q', '-m', 'save'], { cwd: peers, env: environment });
				peer.push(performance.now() - start);
			}
		}
		const button: number[] = [];
		const same: number[] = [];
		const sameAdded: number[] = [];
		const submit = async (content: string) => {
			const version = await keep('submit', content);
			const answer = await server.post('/v1/jobs', { notebook, version }, { 'idempotency-key': randomUUID() });
			if (answer.status !== 202) throw new Error(`not accepted: ${JSON.stringify(answer)}`);
		};
		for (let index = 0; index < 20; index++) {
			const content = onScreen(withText(100_000 + index));
			let start = performance.now();
			await submit(content);
			button.push(performance.now() - start);
			await cancelAll(server);
			const before = folderUse(objects);
			start = performance.now();
			await submit(content);
			same.push(performance.now() - start);
			sameAdded.push((folderUse(objects).bytes - before.bytes) / 1000);
			await cancelAll(server);
		}
		const git = { name: 'git add and commit of such a save', samples: peer };
		return [
			figureOf('version on save, text of one cell of a 10 MB notebook changed, 10,000 files', 'ms', text, saveLimits, { peer: git, note: saveNote }),
			// Not asked for: a picture that does not compress is more than the 20 kB that a save may add.
			figureOf('version on save after a cell ran again and its 100 kB picture changed', 'ms', picture, {}, { peer: git }),
			figureOf('bytes that such a save adds', 'kB', added, { median: 20 }),
			figureOf('object files that such a save adds', 'files', addedFiles, { median: 8 }),
			figureOf('button to 202, a changed cell of that notebook', 'ms', button, submitLimits, { peer: git, note: submitNote }),
			figureOf('button to 202, the same content again', 'ms', same, submitLimits, { peer: git, note: submitNote }),
			figureOf('bytes that the same content adds', 'kB', sameAdded, { median: 4 }),
		];
	} finally {
		await cancelAll(server);
		await server.dispose();
	}
}
