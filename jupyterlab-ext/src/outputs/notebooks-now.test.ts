import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findNotebook, type OpenNotebook } from './find-notebook.ts';
import { NotebooksNow } from './notebooks-now.ts';

/** A window with notebooks, whose paths are their panels; the server says that what was at `/a.ipynb` is at `now`. */
function openWindow(now: () => string | null | Promise<never>) {
	const asked: string[] = [];
	const places = new NotebooksNow<string>(async ({ version }) => {
		asked.push(version);
		return now();
	});
	/** Looks for the notebooks of these jobs, all at once, as a change of the list of jobs does. */
	const look = (versions: readonly string[], open: readonly OpenNotebook<string>[]) =>
		Promise.all(
			versions.map((version) => {
				places.see(open);
				return findNotebook('/a.ipynb', open, async (file) => (await places.find({ version, file: '/a.ipynb' })) === file);
			}),
		);
	return { asked, places, look };
}
const open = (...files: string[]): OpenNotebook<string>[] => files.map((file) => ({ panel: file, file, wasRenamed: false }));
const versions = Array.from({ length: 40 }, (_, index) => `v${index}`);
const others = Array.from({ length: 10 }, (_, index) => `/other ${index}.ipynb`);

test('many awaited jobs and many open notebooks: one request for each job, and none when the list changes again', async () => {
	const { asked, look } = openWindow(() => '/closed.ipynb');
	for (let change = 0; change < 5; change++) assert.ok((await look(versions, open(...others))).every((panel) => panel === null));
	assert.deepEqual(asked, versions);
});

test('where the notebook is open under its old path nothing is asked', async () => {
	const { asked, look } = openWindow(() => null);
	assert.deepEqual(await look(['v'], open(...others, '/a.ipynb')), ['/a.ipynb']);
	assert.deepEqual(asked, []);
});

test('another notebook that opens, closes or gets another name makes it ask again', async () => {
	let now = '/closed.ipynb';
	const { asked, look } = openWindow(() => now);
	await look(['v'], open('/b.ipynb'));
	now = '/c.ipynb';
	assert.deepEqual(await look(['v'], open('/b.ipynb')), [null]);
	assert.deepEqual(await look(['v'], open('/b.ipynb', '/c.ipynb')), ['/c.ipynb']);
	await look(['v'], open('/c.ipynb'));
	await look(['v'], [{ panel: '/c.ipynb', file: '/d.ipynb', wasRenamed: true }]);
	assert.equal(asked.length, 4);
});

test('when a person asks, it is asked again', async () => {
	const { asked, places, look } = openWindow(() => null);
	await look(['v'], open('/b.ipynb'));
	places.forget();
	await look(['v'], open('/b.ipynb'));
	assert.equal(asked.length, 2);
});

test('an answer that did not come is not kept', async () => {
	let isAway = true;
	const { asked, look } = openWindow(() => (isAway ? Promise.reject(new Error('away')) : '/b.ipynb'));
	await assert.rejects(look(['v'], open('/b.ipynb')), /away/);
	isAway = false;
	assert.deepEqual(await look(['v'], open('/b.ipynb')), ['/b.ipynb']);
	assert.equal(asked.length, 2);
});
