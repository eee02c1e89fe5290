import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { UnreadableVersions } from '@nightlog/shared/versions/version-schema';
import type { IConnection } from '../tokens.ts';
import { VersionsModel } from './versions-model.ts';

/** A signal that nobody emits. */
const silent = { connect: () => true, disconnect: () => true };
const panel = { context: { pathChanged: silent } } as unknown as NotebookPanel;
const notice = (id: string): UnreadableVersions => ({ id, title: `Version ${id} cannot be read` });

/** What is told of unreadable versions after each page that was loaded. An older server does not say. */
async function told(pages: readonly (UnreadableVersions | null | undefined)[]): Promise<(string | null)[]> {
	let count = 0;
	const call = async () => {
		const unreadable = pages[count++];
		const next = count < pages.length ? String(count) : null;
		return { versions: [], next, offer: null, unkept: null, ...(unreadable === undefined ? {} : { unreadable }) };
	};
	const connection = { events: silent, placeOf: async () => ({ file: '/home/ann/night.ipynb' }), client: { call } } as unknown as IConnection;
	const model = new VersionsModel(connection, { currentChanged: silent, currentWidget: panel } as unknown as INotebookTracker);
	const after: (string | null)[] = [];
	await model.reload();
	after.push(model.state.unreadable?.id ?? null);
	while (model.state.hasMore) {
		await model.loadMore();
		after.push(model.state.unreadable?.id ?? null);
	}
	model.dispose();
	return after;
}

test('what cannot be read is told of as soon as the page is loaded that says so, and from then on', async () => {
	const check = async (pages: readonly (UnreadableVersions | null | undefined)[], expected: readonly (string | null)[]) =>
		assert.deepEqual(await told(pages), expected);
	await check([null], [null]);
	await check([undefined, undefined], [null, null]);
	await check([notice('a')], ['a']);
	await check([null, null, notice('b')], [null, null, 'b']);
	await check([notice('a'), null, notice('b')], ['a', 'a', 'a']);
});
