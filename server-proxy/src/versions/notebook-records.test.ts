import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { NotebookId, PersonId } from '@nightlog/shared/base/ids';
import { createNotebookRecords, type NotebookRecord } from './notebook-records.ts';
import { versionTables } from './version-tables.ts';

const store = '/state/versions.git';
const gitDir = '/home/ann/.git';

function makeRecord(id: string, changes: Partial<NotebookRecord> = {}): NotebookRecord {
	const person = '0123456789ab' as PersonId;
	return {
		gitDir,
		id: id as NotebookId,
		person,
		project: '/home/ann',
		path: 'night.ipynb',
		device: null,
		inode: null,
		replaceable: null,
		...changes,
	};
}

function open() {
	const database = new DatabaseSync(':memory:');
	for (const statement of versionTables) database.exec(statement);
	const written = () => database.prepare('SELECT git_dir, id FROM version_notebooks ORDER BY git_dir, id').all().length;
	return { records: createNotebookRecords(database, () => undefined), written };
}

test('what waits to be written goes on waiting when a file is asked for again of which another repository knows nothing', () => {
	const { records, written } = open();
	assert.equal(records.findFile(store, '/home/ann/night.ipynb'), null);
	records.put(makeRecord('a'), 1);
	assert.equal(records.findFile(store, '/home/ann/night.ipynb'), null);
	assert.equal(written(), 0);
	records.flush();
	assert.equal(written(), 1);
});

test('a file is found that a repository learned of after it was asked for, and no more where it moved away', () => {
	const { records, written } = open();
	const find = (file: string) => records.findFile(store, file)?.id ?? null;
	for (const file of ['/home/ann/night.ipynb', '/home/ann/day.ipynb']) assert.equal(find(file), null);
	records.put(makeRecord('a', { gitDir: store }), 1);
	assert.deepEqual([find('/home/ann/night.ipynb'), find('/home/ann/day.ipynb')], ['a', null]);
	records.put(makeRecord('b', { gitDir: store, project: '/', path: 'home/ann/night.ipynb' }), 2);
	assert.equal(find('/home/ann/night.ipynb'), 'b', 'the one that was seen last');
	records.put(makeRecord('b', { gitDir: store, path: 'day.ipynb' }), 3);
	assert.deepEqual([find('/home/ann/night.ipynb'), find('/home/ann/day.ipynb')], ['a', 'b']);
	records.put(makeRecord('c'), 4);
	assert.deepEqual([find('/home/ann/night.ipynb'), find('/home/ann/day.ipynb'), written()], ['a', 'b', 2], 'another repository is no matter');
	records.setReplaceable(store, 'a' as NotebookId, 'f'.repeat(40) as never);
	assert.equal(records.findFile(store, '/home/ann/night.ipynb')?.replaceable, 'f'.repeat(40));
});
