// Files of a stranger's repository that are none, or lie about what is in them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import type { RepositoryLayout } from '../../versions/repository.ts';
import { hasContentOf } from './compare-with-index.ts';
import { patientCalls, quickCalls } from './file-calls.ts';
import { LockFiles } from './lock-files.ts';
import { readLoose } from './loose-objects.ts';
import { packsInMultiPackIndex } from './multi-pack-index.ts';
import { ObjectFolder, readAlternates } from './object-folder.ts';
import { OwnRecords } from './own-records.ts';
import { readPacked } from './pack-file.ts';
import { PackIndex } from './pack-index.ts';
import { type ShadowRun, withShadowGitDir } from './shadow-git-dir.ts';

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
			await assert.rejects(readPacked(join(at, 'pack-a.pack'), index, oid, 20, 1000), damaged);
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

	test('of an index of millions only a small stretch is read, and each object in it is found', async () => {
		// All with the same first byte, in their order; the others have holes in the file.
		const count = 200_000;
		const head = Buffer.alloc(8 + 1024);
		Buffer.from([0xff, 0x74, 0x4f, 0x63, 0, 0, 0, 2]).copy(head);
		for (let first = 0xab; first < 256; first++) head.writeUInt32BE(count, 8 + first * 4);
		const rows = Buffer.alloc(count * 20);
		for (let row = 0; row < count; row++) rows.writeUIntBE(0xab_0000_0000 + row * 3, row * 20, 5);
		const offsets = Buffer.alloc(count * 4);
		for (let row = 0; row < count; row++) offsets.writeUInt32BE(row + 12, row * 4);
		const file = join(root, 'millions.idx');
		writeFileSync(file, Buffer.concat([head, rows, Buffer.alloc(count * 4), offsets]));
		const index = new PackIndex(file, 20);
		const idAt = (number: number): string => `ab${number.toString(16).padStart(8, '0')}${'0'.repeat(30)}`;
		for (const row of [0, 1, count / 2 - 1, count / 2, count / 2 + 1, 123_457, count - 1]) {
			assert.equal(await index.offsetOf(idAt(row * 3)), row + 12);
			assert.equal(await index.has(idAt(row * 3 + 1)), false);
		}
	});

	test('a folder of objects that borrows from itself, or from a thousand of the same, is looked at once', async () => {
		const own = folder('borrower');
		const other = folder('other');
		for (const objects of [own, other]) mkdirSync(join(objects, 'info'));
		const lines = (count: number, line: string) => `${line}\n`.repeat(count);
		writeFileSync(join(own, 'info', 'alternates'), lines(1000, './') + lines(1, '../gone') + lines(1, other));
		writeFileSync(join(other, 'info', 'alternates'), lines(5, other) + lines(5, own));
		assert.deepEqual(await readAlternates(own), []);
		writeFileSync(join(own, 'info', 'alternates'), lines(10, './') + lines(1, '../gone') + lines(10, other));
		assert.deepEqual(await readAlternates(own), [other]);
	});

	test('what unpacks to more than its kind ever has is not unpacked', async () => {
		const objects = folder('bombs');
		mkdirSync(join(objects, oid.slice(0, 2)));
		const path = join(objects, oid.slice(0, 2), oid.slice(2));
		const bytes = 3_000_000;
		const tooLarge = { code: 'repository/corrupt' };
		writeFileSync(path, deflateSync(Buffer.concat([Buffer.from(`commit ${bytes}\0`), Buffer.alloc(bytes)])));
		assert.equal((await readLoose(objects, oid, bytes, patientCalls))?.bytes.length, bytes);
		await assert.rejects(readLoose(objects, oid, bytes - 1, patientCalls), tooLarge);
		await assert.rejects(readLoose(objects, oid, 1000, patientCalls), tooLarge);
		assert.equal((await new ObjectFolder(objects, 20).read(oid, bytes))?.bytes.length, bytes);
		await assert.rejects(new ObjectFolder(objects, 20).read(oid, 1000), tooLarge);
	});

	test('a chain of deltas that makes more and more is given up', async () => {
		// A base of 1000 bytes, and deltas that each copy it whole.
		const entry = (kind: number, content: Buffer, distance: readonly number[]): Buffer =>
			Buffer.concat([Buffer.from([(kind << 4) | (content.length & 15) | 0x80, content.length >> 4, ...distance]), deflateSync(content)]);
		const size = [0xe8, 0x07];
		const delta = Buffer.from([...size, ...size, 0xb0, 0xe8, 0x03]);
		for (const [links, isRead] of [
			[60, true],
			[70, false],
		] as const) {
			const base = entry(3, Buffer.alloc(1000, 'x'), []);
			const link = (back: number): Buffer => entry(6, delta, [back]);
			const chain = [base, link(base.length), ...Array.from({ length: links - 1 }, () => link(link(0).length))];
			const pack = join(root, `chain-${links}.pack`);
			writeFileSync(pack, Buffer.concat([Buffer.alloc(12), ...chain, Buffer.alloc(20)]));
			const last = 12 + chain.slice(0, -1).reduce((sum, { length }) => sum + length, 0);
			const index = { offsetOf: async () => last } as unknown as PackIndex;
			const read = readPacked(pack, index, oid, 20, 1000);
			if (isRead) assert.equal((await read)?.bytes.length, 1000);
			else await assert.rejects(read, { code: 'repository/corrupt' });
		}
	});

	test('of shared indexes no more is copied than a real one has', async () => {
		const gitDir = folder('split');
		for (const [name, bytes, seconds] of [
			['sharedindex.old', 10, 1000],
			['sharedindex.new', 20, 2000],
			['sharedindex.huge', 2 ** 40, 3000],
		] as const) {
			writeFileSync(join(gitDir, name), '');
			truncateSync(join(gitDir, name), bytes);
			utimesSync(join(gitDir, name), seconds, seconds);
		}
		const layout = { gitDir, commonDir: gitDir, workTree: null, objectFormat: 'sha1' } as unknown as RepositoryLayout;
		const path = join(root, 'lists');
		writeFileSync(path, '#!/bin/sh\nls "$GIT_DIR"\n', { mode: 0o755 });
		const { signal } = new AbortController();
		const list = async (run: ShadowRun) => (await run([])).stdout.toString().split('\n');
		const names = await withShadowGitDir({ path, version: [2, 40, 0] }, layout, Promise.resolve(null), signal, list, async () => []);
		assert.deepEqual(
			names.filter((name) => name.startsWith('sharedindex.')),
			['sharedindex.new', 'sharedindex.old'],
		);
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
