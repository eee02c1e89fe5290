import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { JobBench, openDatabase } from './job-bench.test-case.ts';
import type { JobRecord } from './job-record.ts';
import { JobStore } from './job-store.ts';
import { jobTables, jobTablesOfFormat2 } from './job-tables.ts';

describe('a full disk under the store', () => {
	const bench = new JobBench();
	after(() => bench.remove());

	test('refuses a new job whole, keeps what is stored, and goes on when there is room', async () => {
		await bench.start();
		const flag = path.join(bench.root, 'go');
		const job = await bench.submit([`wait ${flag}`]);
		await bench.until(job.id, ({ state }) => state === 'running');
		const pages = Number(bench.database.prepare('PRAGMA page_count').get()?.page_count);
		bench.database.exec(`PRAGMA max_page_count = ${pages}`);
		const refused: unknown[] = [];
		for (let number = 0; number < 40 && refused.length === 0; number++) {
			await bench
				.submit(['pass'], {}, { name: 'x'.repeat(255) })
				.catch((error: { code?: string; status?: number }) => refused.push([error.code, error.status]));
		}
		assert.deepEqual(refused, [['store/full', 507]]);
		const count = bench.jobs.list({ limit: 500 }).jobs.length;
		bench.database.exec('PRAGMA max_page_count = 1073741823');
		await import('node:fs').then(({ writeFileSync }) => writeFileSync(flag, ''));
		assert.equal((await bench.ended(job.id)).state, 'succeeded');
		assert.equal(bench.jobs.list({ limit: 500 }).jobs.length, count, 'nothing half was stored');
		for (const { id } of bench.jobs.list({ limit: 500 }).jobs) assert.equal((await bench.ended(id)).state, 'succeeded');
	});
});

const recordOf = (number: number, more: Partial<JobRecord['job']> = {}, stage: JobRecord['stage'] = 'done') => {
	const id = `01arz3ndektsv4rrffq69g${String(number).padStart(4, '0')}`;
	const job = { id, name: `spectrum ${number}`, state: 'succeeded', backend: 'local', expiresAt: null, ...more };
	return { stage, job, work: { notebookPath: '/home/ann/stars.ipynb' } } as unknown as JobRecord;
};

test('a job and its key are one: neither is stored twice, and both go together', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-tables-'));
	const database = openDatabase(path.join(root, 'store.db'));
	const store = new JobStore(database);
	store.insert(recordOf(1), 'key 1', 'x');
	assert.throws(() => store.insert(recordOf(2), 'key 1', 'x'), /UNIQUE/);
	assert.throws(() => store.insert(recordOf(1), 'key 2', 'x'), /was given before/);
	assert.equal(store.find(recordOf(2).job.id), null);
	assert.equal(store.findKey('key 2'), null);
	assert.deepEqual(store.findKey('key 1'), { bodySha256: 'x', id: recordOf(1).job.id });
	store.remove(recordOf(1).job.id);
	assert.equal(store.findKey('key 1'), null);
	database.close();
	rmSync(root, { recursive: true });
});

test('a store of format 1 comes over whole', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-format-'));
	const database = new DatabaseSync(path.join(root, 'store.db'));
	database.exec('PRAGMA foreign_keys = ON');
	for (const statement of jobTables) database.exec(statement);
	const jobs = database.prepare(
		'INSERT INTO job_jobs (number, id, stage, state, backend, notebook_path, expires_at, search_text, job, work) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
	);
	const keys = database.prepare('INSERT INTO job_keys VALUES (?, ?, ?)');
	const words = database.prepare('INSERT INTO job_search (rowid, text) VALUES (?, ?)');
	for (const [number, stage] of [
		[3, 'done'],
		[7, 'open'],
		[8, 'deleting'],
	] as const) {
		const { job, work } = recordOf(number);
		jobs.run(number, job.id, stage, job.state, job.backend, work.notebookPath, null, job.name ?? '', JSON.stringify(job), JSON.stringify(work));
		words.run(number, job.name ?? '');
		keys.run(`key ${number}`, `body ${number}`, number);
	}
	database.exec('BEGIN');
	for (const statement of jobTablesOfFormat2) database.exec(statement);
	database.exec('COMMIT');
	const store = new JobStore(database);
	assert.deepEqual(store.find(recordOf(3).job.id), recordOf(3));
	assert.deepEqual(store.findKey('key 7'), { bodySha256: 'body 7', id: recordOf(7).job.id });
	assert.deepEqual(
		store.unfinished().map(({ job, stage }) => [job.id, stage]),
		[
			[recordOf(7).job.id, 'open'],
			[recordOf(8).job.id, 'deleting'],
		],
	);
	assert.equal(store.lastId(), recordOf(8).job.id);
	const found = (search: string) => store.list({ limit: 9, search }).records.map(({ job }) => job.id);
	assert.deepEqual(found('spectrum'), [recordOf(7).job.id, recordOf(3).job.id]);
	store.insert(recordOf(9), 'key 9', 'x');
	assert.deepEqual(found('spectrum 9'), [recordOf(9).job.id]);
	database.close();
	rmSync(root, { recursive: true });
});

test('a job is found by its words from the moment it is stored, however many there are and whoever opened the store', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-words-'));
	let database = openDatabase(path.join(root, 'store.db'));
	let store = new JobStore(database);
	const found = (search: string) => store.list({ limit: 500, search }).records.length;
	for (let number = 1; number <= 150; number++) {
		store.insert(recordOf(number), `key ${number}`, 'x');
		if (number % 70 === 0) assert.equal(found('spectrum'), number);
	}
	database.close();
	database = openDatabase(path.join(root, 'store.db'));
	store = new JobStore(database);
	assert.deepEqual([found('spectrum'), found('spectrum 150'), found('galaxy')], [150, 1, 0]);
	store.remove(recordOf(150).job.id);
	store.insert(recordOf(151), 'key 151', 'x');
	store.remove(recordOf(151).job.id);
	assert.deepEqual([found('spectrum'), found('spectrum 15'), found('stars')], [149, 1, 149]);
	for (let number = 200; number < 230; number++) store.insert(recordOf(number), `key ${number}`, 'x');
	database.exec(`PRAGMA max_page_count = ${Number(database.prepare('PRAGMA page_count').get()?.page_count)}`);
	assert.deepEqual([found('spectrum'), found('spectrum 229')], [179, 1], 'on a full disk, too');
	assert.deepEqual([found('spectrum'), found('spectrum 229')], [179, 1]);
	database.close();
	rmSync(root, { recursive: true });
});
