import assert from 'node:assert/strict';
import fs, { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { type AcceptedJob, AcceptedLog } from './accepted-log.ts';
import { JobBench, openDatabase } from './job-bench.test-case.ts';
import type { JobRecord } from './job-record.ts';
import { JobStore } from './job-store.ts';

function jobOf(number: number): AcceptedJob {
	const id = `01arz3ndektsv4rrffq69g${String(number).padStart(4, '0')}`;
	const job = { id, name: `spectrum ${number}`, state: 'accepted', backend: 'local', expiresAt: null, reason: 'x'.repeat(2000) };
	const record = { stage: 'open', job, work: { notebookPath: '/home/ann/stars.ipynb' } } as unknown as JobRecord;
	return { record, key: `key ${number}`, bodySha256: 'x' };
}

const idOf = (number: number) => jobOf(number).record.job.id;

/** A log and a store in a folder of their own; what is closed is opened again by `open`. */
class Place {
	readonly folder = mkdtempSync(path.join(tmpdir(), 'nl-accepted-'));
	readonly file = path.join(this.folder, 'accepted.jsonl');
	database = openDatabase(path.join(this.folder, 'store.db'));
	log!: AcceptedLog;
	store!: JobStore;

	open(): JobStore {
		this.log = new AcceptedLog(this.file);
		this.store = new JobStore(this.database, this.log);
		return this.store;
	}

	async accept(...numbers: readonly number[]): Promise<void> {
		await Promise.all(
			numbers.map(async (number) => {
				const job = jobOf(number);
				await this.store.writeDown(job);
				this.store.insert(job.record, job.key, job.bodySha256);
			}),
		);
	}

	/** What a server that is killed leaves: the file as it is. */
	kill(): void {
		this.log.close();
	}

	/** As if there were no room for another page. */
	fill(isFull: boolean): void {
		const pages = isFull ? Number(this.database.prepare('PRAGMA page_count').get()?.page_count) : 1_073_741_823;
		this.database.exec(`PRAGMA max_page_count = ${pages}`);
	}

	rows(): number {
		return Number(this.database.prepare('SELECT count(*) AS count FROM job_jobs').get()?.count);
	}

	listed(): string[] {
		return this.store.list({ limit: 500 }).records.map(({ job }) => job.id);
	}

	remove(): void {
		this.database.close();
		rmSync(this.folder, { recursive: true });
	}
}

function withPlace(name: string, run: (place: Place) => Promise<void>): void {
	test(name, async () => {
		const place = new Place();
		try {
			place.open();
			await run(place);
		} finally {
			place.remove();
		}
	});
}

describe('jobs that are written down before the database has them', () => {
	withPlace('are found at once, and get their rows with the next transaction', async (place) => {
		const { store } = place;
		await place.accept(1, 2);
		assert.equal(place.rows(), 0);
		assert.deepEqual(store.findKey('key 1'), { bodySha256: 'x', id: idOf(1) });
		assert.equal(store.find(idOf(2))?.job.name, 'spectrum 2');
		assert.deepEqual(
			store.unfinished().map(({ job }) => job.id),
			[idOf(1), idOf(2)],
		);
		assert.equal(store.lastId(), idOf(2));
		assert.throws(() => store.insert(jobOf(1).record, 'key 1', 'x'), /was given before/);
		const { record } = jobOf(1);
		store.save({ ...record, job: { ...record.job, state: 'running' } });
		assert.equal(place.rows(), 2);
		assert.equal(statSync(place.file).size, 0);
		assert.equal(store.find(idOf(1))?.job.state, 'running');
		assert.deepEqual(store.list({ limit: 9, search: 'spectrum 2' }).records.length, 1);
	});

	withPlace('are there after a kill, once, whether their rows were made or not', async (place) => {
		await place.accept(1, 2);
		const written = readFileSync(place.file);
		place.kill();
		place.open();
		assert.deepEqual(place.listed(), [idOf(2), idOf(1)]);
		assert.equal(statSync(place.file).size, 0);
		place.kill();
		// Killed between the transaction and the emptying.
		appendFileSync(place.file, written);
		place.open();
		assert.deepEqual(place.listed(), [idOf(2), idOf(1)]);
		assert.equal(statSync(place.file).size, 0);
	});

	withPlace('count only where their line is whole', async (place) => {
		await place.accept(1);
		place.kill();
		appendFileSync(place.file, `not JSON\n{"record":{}}\n${JSON.stringify(jobOf(2)).slice(0, -20)}`);
		place.open();
		assert.deepEqual(place.listed(), [idOf(1)]);
		await place.accept(3);
		place.kill();
		place.open();
		assert.deepEqual(place.listed(), [idOf(3), idOf(1)]);
	});

	withPlace('stay readable where half a line could not be cleared away with the rest', async (place) => {
		await place.accept(1);
		place.store.settle();
		place.kill();
		appendFileSync(place.file, `${JSON.stringify(jobOf(2))}\n${JSON.stringify(jobOf(3)).slice(0, 2000)}`);
		place.fill(true);
		for (let number = 10; place.open().settle(); number++) {
			await place.accept(number);
			place.kill();
		}
		await place.accept(90);
		place.kill();
		place.fill(false);
		place.open();
		const listed = place.listed();
		assert.deepEqual([listed[0], listed.at(-2), listed.at(-1)], [idOf(90), idOf(2), idOf(1)]);
	});

	withPlace('never come back once they were removed', async (place) => {
		await place.accept(1, 2);
		place.store.settle();
		place.kill();
		// The emptying was not durable, as when the power goes.
		appendFileSync(place.file, `${JSON.stringify(jobOf(1))}\n`);
		place.log = new AcceptedLog(place.file);
		place.log.forget(idOf(1));
		place.log.close();
		assert.match(readFileSync(place.file, 'utf8'), /"key 1"/);
		place.store.remove(idOf(1));
		place.open();
		assert.deepEqual(place.listed(), [idOf(2)]);
	});

	withPlace('are gone for good before their row goes, whatever the disk knows of the emptying', async (place) => {
		await place.accept(1);
		const written = readFileSync(place.file);
		place.store.settle();
		assert.equal(statSync(place.file).size, 0);
		let synced = 0;
		const { fdatasyncSync } = fs;
		fs.fdatasyncSync = (descriptor) => {
			synced += 1;
			fdatasyncSync(descriptor);
		};
		syncBuiltinESMExports();
		try {
			place.store.remove(idOf(1));
			assert.equal(synced, 1);
			place.store.remove(idOf(1));
			assert.equal(synced, 1, 'once is enough');
		} finally {
			fs.fdatasyncSync = fdatasyncSync;
			syncBuiltinESMExports();
		}
		assert.ok(written.length > 0);
	});

	withPlace('count by their key: of two lines the later one, and none that has a row', async (place) => {
		await place.accept(1);
		place.store.settle();
		place.kill();
		const lines = [jobOf(2), { ...jobOf(3), key: 'key 2' }, { ...jobOf(4), key: 'key 1' }].map((job) => `\n${JSON.stringify(job)}\n`);
		appendFileSync(place.file, lines.join(''));
		place.open();
		assert.deepEqual(place.listed(), [idOf(3), idOf(1)]);
		assert.deepEqual(place.store.findKey('key 2'), { bodySha256: 'x', id: idOf(3) });
	});

	withPlace('are read behind a hole that a failed write left', async (place) => {
		place.kill();
		appendFileSync(place.file, Buffer.concat([Buffer.alloc(500), Buffer.from(`\n${JSON.stringify(jobOf(1))}\n`)]));
		place.open();
		assert.deepEqual(place.listed(), [idOf(1)]);
	});

	withPlace('are refused, and nothing else fails, where the disk takes neither them nor that they are forgotten', async (place) => {
		const { fdatasync, writeSync } = fs;
		const full = () => Object.assign(new Error('disk quota exceeded'), { code: 'EDQUOT' });
		fs.fdatasync = Object.assign(
			(_descriptor: number, done: (error: Error) => void) => {
				fs.writeSync = (() => {
					throw full();
				}) as typeof fs.writeSync;
				syncBuiltinESMExports();
				setImmediate(done, full());
			},
			{ __promisify__: fdatasync.__promisify__ },
		);
		syncBuiltinESMExports();
		try {
			await assert.rejects(place.accept(1), { code: 'EDQUOT' });
		} finally {
			Object.assign(fs, { fdatasync, writeSync });
			syncBuiltinESMExports();
		}
		await place.accept(2);
		assert.deepEqual(place.listed(), [idOf(2)]);
	});

	withPlace('are refused by a server whose time is over', async (place) => {
		const late = place.store;
		const log = new AcceptedLog(place.file);
		assert.deepEqual(log.found, []);
		await assert.rejects(late.writeDown(jobOf(1)), { code: 'server/stopping' });
		log.close();
		place.log.close();
		place.log.close();
		await assert.rejects(late.writeDown(jobOf(1)), { code: 'server/stopping' });
		place.open();
		assert.deepEqual(place.listed(), []);
	});

	withPlace('come to their end where the log is closed meanwhile', async (place) => {
		const added = place.store.writeDown(jobOf(1));
		const late = place.store.writeDown(jobOf(2));
		late.catch(() => {});
		await new Promise((resolve) => setImmediate(resolve));
		place.log.close();
		await added;
		await assert.rejects(late, { code: 'server/stopping' });
		place.open();
		assert.deepEqual(place.listed(), [idOf(1)]);
	});

	withPlace('come in the order of their ids, however many at once', async (place) => {
		await place.accept(...Array.from({ length: 100 }, (_, index) => index + 1));
		place.store.settle();
		const rows = place.database.prepare('SELECT id FROM job_jobs ORDER BY number').all() as { id: string }[];
		assert.deepEqual(
			rows.map(({ id }) => id),
			Array.from({ length: 100 }, (_, index) => idOf(index + 1)),
		);
	});

	withPlace('are not lost with what another transaction empties', async (place) => {
		await place.accept(1);
		const job = jobOf(2);
		const added = place.store.writeDown(job);
		place.store.settle();
		await added;
		place.store.save(jobOf(1).record);
		place.kill();
		// The server that had it written down never came to take it.
		place.open();
		assert.deepEqual(place.listed(), [idOf(2), idOf(1)]);
	});

	withPlace('are kept, seen and paged through while the disk is full', async (place) => {
		await place.accept(1, 2, 3);
		place.store.settle();
		place.fill(true);
		const many = Array.from({ length: 40 }, (_, index) => index + 10);
		await place.accept(...many);
		assert.equal(place.store.settle(), false);
		const all = [...many.toReversed().map(idOf), idOf(3), idOf(2), idOf(1)];
		assert.deepEqual(place.listed(), all);
		const paged: string[] = [];
		for (let cursor: string | null | undefined; cursor !== null; ) {
			const page = place.store.list({ limit: 7, ...(cursor === undefined ? {} : { cursor }) });
			paged.push(...page.records.map(({ job }) => job.id));
			cursor = page.next;
		}
		assert.deepEqual(paged, all);
		assert.equal(place.store.list({ limit: 9, state: 'running' }).records.length, 0);
		assert.equal(place.store.list({ limit: 9, search: 'Spectrum 11' }).records.length, 1);
		assert.throws(() => place.store.save(jobOf(10).record));
		place.kill();
		place.open();
		assert.deepEqual(place.listed(), all);
		place.fill(false);
		assert.equal(place.store.settle(), true);
		assert.equal(place.rows(), all.length);
		assert.equal(statSync(place.file).size, 0);
	});
});

test('a service on a network takes jobs to their end, and the next one finds what it left', async () => {
	const bench = new JobBench();
	try {
		await bench.start({ withLog: true });
		const job = await bench.submit(['pass']);
		assert.equal((await bench.ended(job.id)).state, 'succeeded');
		const waiting = await bench.submit(['pass']);
		await bench.stop();
		assert.equal(statSync(path.join(bench.stateFolder, 'accepted.jsonl')).size, 0);
		await bench.start({ withLog: true });
		assert.equal((await bench.ended(waiting.id)).state, 'succeeded');
		assert.deepEqual(
			bench.jobs.list({ limit: 9 }).jobs.map(({ id }) => id),
			[waiting.id, job.id],
		);
	} finally {
		await bench.remove();
	}
	assert.equal(existsSync(bench.root), false);
});
