// Files of a stranger's repository that are none, or lie about what is in them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { hasContentOf } from './compare-with-index.ts';
import { patientCalls, quickCalls } from './file-calls.ts';
import { LockFiles } from './lock-files.ts';
import { packsInMultiPackIndex } from './multi-pack-index.ts';
import { OwnRecords } from './own-records.ts';
import { readPacked } from './pack-file.ts';
import { PackIndex } from './pack-index.ts';

const oid = 'ab'.repeat(20);

describe("files of a stranger's repository", () => {
	const root = mkdtempSync(join(tmpdir(), 'nightlog-strange-'));
	after(() => rmSync(root, { recursive: true }));
	const folder = (name: string) => {
		mkdirSync(join(root, name));
		return join(root, name);
	};

	for (const [name, plant] of [
		['a pipe', (file: string) => void execFileSync('mkfifo', [file])],
		['a device', (file: string) => symlinkSync('/dev/zero', file)],
	] as const) {
		test(`${name} in place of an index or a pack is not waited for`, async () => {
			const at = folder(`packs of ${name}`);
			for (const file of ['pack-a.idx', 'pack-a.pack', 'multi-pack-index']) plant(join(at, file));
			const damaged = { code: 'repository/corrupt' };
			await assert.rejects(new PackIndex(join(at, 'pack-a.idx'), 20).has(oid), damaged);
			await assert.rejects(packsInMultiPackIndex(at), damaged);
			const index = { offsetOf: async () => 12 } as unknown as PackIndex;
			await assert.rejects(readPacked(join(at, 'pack-a.pack'), index, oid, 20), damaged);
		});

		test(`${name} in place of a list of ours holds nothing, and nothing is written to it`, async () => {
			for (const calls of [patientCalls, quickCalls]) {
				const at = folder(`lists of ${name}, ${calls.isQuick}`);
				mkdirSync(join(at, 'nightlog'));
				plant(join(at, 'nightlog', 'objects'));
				const records = new OwnRecords(at, null, calls);
				assert.deepEqual(await records.objects(), []);
				await assert.rejects(records.addObjects([oid]));
			}
		});
	}

	test('an index of more than there can be is not read into memory', async () => {
		const file = join(root, 'huge.idx');
		const head = Buffer.alloc(8 + 1024, 0xff);
		Buffer.from([0xff, 0x74, 0x4f, 0x63, 0, 0, 0, 2]).copy(head);
		// No object begins with 00; four thousand million with another byte.
		head.fill(0, 8, 8 + 4);
		writeFileSync(file, head);
		await assert.rejects(new PackIndex(file, 20).has(oid.replace('ab', '01')), { code: 'repository/corrupt' });
		await assert.rejects(new PackIndex(file, 20).ids(), { code: 'repository/corrupt' });
	});

	test("a list of ours that is a link to a person's file stays unwritten", async () => {
		const at = folder('link');
		mkdirSync(join(at, 'nightlog'));
		writeFileSync(join(at, 'mine'), 'mine\n');
		symlinkSync(join(at, 'mine'), join(at, 'nightlog', 'packs'));
		await assert.rejects(new OwnRecords(at, null).addPack(`pack-${oid}`));
		assert.equal(readFileSync(join(at, 'mine'), 'utf8'), 'mine\n');
	});

	test("a link in place of our folder leads nothing of ours to the person's files, and nothing of theirs away", async () => {
		for (const calls of [patientCalls, quickCalls]) {
			const at = folder(`planted, ${calls.isQuick}`);
			const home = folder(`home, ${calls.isQuick}`);
			mkdirSync(join(home, 'packing-list'));
			mkdirSync(join(home, `packing-${'a'.repeat(20)}`));
			for (const file of ['objects', 'packs', 'objects-of-desire.txt', `packs-${'a'.repeat(20)}`]) writeFileSync(join(home, file), `${oid}\n`);
			const before = readdirSync(home).sort();
			symlinkSync(home, join(at, 'nightlog'));
			const records = new OwnRecords(at, null, calls);
			const locks = new LockFiles(records, null, () => 'x', calls);
			const inTwoHoursMs = Date.now() + 2 * 60 * 60 * 1000;
			for (const use of [
				() => records.sweep(inTwoHoursMs),
				() => records.addObjects([oid]),
				() => records.removeObjects(new Set([oid]), 'x'),
				() => records.packs(),
				() => records.prepare(),
				() => locks.claim('x'),
				() => locks.sweep(),
			]) {
				await assert.rejects(use, { code: 'repository/bad-ref' });
			}
			assert.deepEqual(readdirSync(home).sort(), before);
			assert.equal(readFileSync(join(home, 'objects'), 'utf8'), `${oid}\n`);
		}
	});

	test('in our folder only what bears a name of ours and is what we make is cleared away', async () => {
		const at = folder('swept');
		const elsewhere = folder('elsewhere');
		writeFileSync(join(elsewhere, 'mine'), 'mine\n');
		const ours = join(at, 'nightlog');
		mkdirSync(ours);
		const [first, second, third] = ['a', 'b', 'c'].map((digit) => digit.repeat(20));
		mkdirSync(join(ours, `packing-${first}`));
		writeFileSync(join(ours, `packing-${first}`, 'pack'), '');
		writeFileSync(join(ours, `objects-${first}`), `${oid}\n`);
		symlinkSync(elsewhere, join(ours, `packing-${second}`));
		symlinkSync(join(elsewhere, 'mine'), join(ours, `packs-${second}`));
		mkdirSync(join(ours, `objects-${third}`));
		mkdirSync(join(ours, 'packing-list'));
		const records = new OwnRecords(at, null);
		await records.sweep(Date.now() + 2 * 60 * 60 * 1000);
		const left = ['objects', `objects-${third}`, `packing-${second}`, 'packing-list', `packs-${second}`];
		assert.deepEqual(readdirSync(ours).sort(), left.sort());
		assert.deepEqual(await records.objects(), [oid]);
		assert.equal(readFileSync(join(elsewhere, 'mine'), 'utf8'), 'mine\n');
	});

	test('a file that became a pipe since it was looked at is another one', async () => {
		const at = folder('changed');
		writeFileSync(join(at, 'was'), '');
		execFileSync('mkfifo', [join(at, 'now')]);
		const found = lstatSync(join(at, 'was'), { bigint: true });
		const entry = { path: 'now', mode: 0o100644, oid } as unknown as Parameters<typeof hasContentOf>[0];
		const context = { workTree: at, objectFormat: 'sha1' } as Parameters<typeof hasContentOf>[2];
		assert.equal(await hasContentOf(entry, found, context), false);
	});
});
