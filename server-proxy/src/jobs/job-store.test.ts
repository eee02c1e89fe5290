import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { JobBench, openDatabase } from './job-bench.test-case.ts';

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
