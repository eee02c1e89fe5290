// Files of a stranger's repository that are none, or lie about what is in them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { hasContentOf } from './compare-with-index.ts';
import { patientCalls, quickCalls } from './file-calls.ts';
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
