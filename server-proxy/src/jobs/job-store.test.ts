import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { JobBench, openDatabase } from './job-bench.test-case.ts';
import type { JobRecord } from './job-record.ts';
import { JobStore } from './job-store.ts';

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

test('the tables are made in an empty store, and hold their keys to their jobs', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-tables-'));
	const database = openDatabase(path.join(root, 'store.db'));
	assert.throws(() => database.exec("INSERT INTO job_keys (key, body_sha256, job_number) VALUES ('k', 'x', 1)"), /FOREIGN KEY/);
	database.close();
	rmSync(root, { recursive: true });
});

test('a job is found by its words from the moment it is stored, however many there are and whoever opened the store', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-words-'));
	const record = (number: number) => {
		const id = `01arz3ndektsv4rrffq69g${String(number).padStart(4, '0')}`;
		const job = { id, name: `spectrum ${number}`, state: 'succeeded', backend: 'local', expiresAt: null };
		return { stage: 'done', job, work: { notebookPath: '/home/ann/stars.ipynb' } } as unknown as JobRecord;
	};
	let database = openDatabase(path.join(root, 'store.db'));
	let store = new JobStore(database);
	const found = (search: string) => store.list({ limit: 500, search }).records.length;
	for (let number = 1; number <= 150; number++) {
		store.insert(record(number), `key ${number}`, 'x');
		if (number % 70 === 0) assert.equal(found('spectrum'), number);
	}
	database.close();
	database = openDatabase(path.join(root, 'store.db'));
	store = new JobStore(database);
	assert.deepEqual([found('spectrum'), found('spectrum 150'), found('galaxy')], [150, 1, 0]);
	store.remove(record(150).job.id);
	store.insert(record(151), 'key 151', 'x');
	store.remove(record(151).job.id);
	assert.deepEqual([found('spectrum'), found('spectrum 15'), found('stars')], [149, 1, 149]);
	for (let number = 200; number < 230; number++) store.insert(record(number), `key ${number}`, 'x');
	database.exec(`PRAGMA max_page_count = ${Number(database.prepare('PRAGMA page_count').get()?.page_count)}`);
	assert.deepEqual([found('spectrum'), found('spectrum 229')], [179, 1], 'on a full disk, too');
	assert.deepEqual([found('spectrum'), found('spectrum 229')], [179, 1]);
	database.close();
	rmSync(root, { recursive: true });
});
