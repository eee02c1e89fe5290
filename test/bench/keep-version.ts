import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { accountEnvironment, startServer } from '../support/start-server.ts';
import { cancelAll } from './acknowledge.ts';
import { type Figure, figureOf, ServerClock } from './harness.ts';
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
		const [text, picture, button, same] = Array.from({ length: 4 }, () => new ServerClock(server.process.pid as number)) as [
			ServerClock,
			ServerClock,
			ServerClock,
			ServerClock,
		];
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
		const commit = (index: number) => {
			save(peerNotebook, withText(index));
			const start = performance.now();
			execFileSync('git', ['add', '--', 'folder-0/large.ipynb'], { cwd: peers, env: environment });
			execFileSync('git', ['commit', '-q', '-m', 'save'], { cwd: peers, env: environment });
			peer.push(performance.now() - start);
		};
		for (let index = 0; index < repetitions; index++) {
			// By turns before and after ours.
			if (index % 20 === 0) commit(index);
			save(notebook, withText(index));
			const before = folderUse(objects);
			await text.time(() => keep('save'));
			const after = folderUse(objects);
			added.push((after.bytes - before.bytes) / 1000);
			addedFiles.push(after.files - before.files);
			if (index % 20 === 10) commit(index);
			if (index % 10 !== 5) continue;
			save(notebook, withPicture(index));
			await picture.time(() => keep('save'));
			save(notebook, base);
			await keep('save');
		}
		const keepNote = text.note();
		const sameAdded: number[] = [];
		const submit = async (content: string) => {
			const version = await keep('submit', content);
			const answer = await server.post('/v1/jobs', { notebook, version, warningsSeen: [] }, { 'idempotency-key': randomUUID() });
			if (answer.status !== 202) throw new Error(`not accepted: ${JSON.stringify(answer)}`);
		};
		for (let index = 0; index < 20; index++) {
			const content = onScreen(withText(100_000 + index));
			await button.time(() => submit(content));
			await cancelAll(server);
			const before = folderUse(objects);
			await same.time(() => submit(content));
			sameAdded.push((folderUse(objects).bytes - before.bytes) / 1000);
			await cancelAll(server);
		}
		const git = { name: 'git add and commit of such a save', samples: peer };
		return [
			figureOf('version on save, text of one cell of a 10 MB notebook changed, 10,000 files', 'ms', text.samples, saveLimits, {
				peer: git,
				note: `${saveNote}\n  ${keepNote}`,
			}),
			// Not asked for: a picture that does not compress is more than the 20 kB that a save may add.
			figureOf(
				'version on save after a cell ran again and its 100 kB picture changed',
				'ms',
				picture.samples,
				{},
				{ peer: git, note: picture.note() },
			),
			figureOf('bytes that such a save adds', 'kB', added, { median: 20 }),
			figureOf('object files that such a save adds', 'files', addedFiles, { median: 8 }),
			figureOf('button to 202, a changed cell of that notebook', 'ms', button.samples, submitLimits, {
				peer: git,
				note: `${submitNote}\n  ${button.note()}`,
			}),
			figureOf('button to 202, the same content again', 'ms', same.samples, submitLimits, { peer: git, note: `${submitNote}\n  ${same.note()}` }),
			figureOf('bytes that the same content adds', 'kB', sameAdded, { median: 4 }),
		];
	} finally {
		await cancelAll(server);
		await server.dispose();
	}
}
