import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { hashRegularFile, openRegularFile, openRegularFileSync, readRegularFile, readStartSync } from './regular-file.ts';

describe('where somebody else writes', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-file-'));
	const at = (name: string) => path.join(root, name);
	writeFileSync(at('file'), 'content');
	writeFileSync(at('empty'), '');
	mkdirSync(at('folder'));
	execFileSync('mkfifo', [at('pipe')]);
	symlinkSync(at('file'), at('link'));
	symlinkSync('/dev/zero', at('device'));
	const server = createServer().listen(at('socket'));
	after(() => {
		server.close();
		rmSync(root, { recursive: true });
	});

	test('a file is read', async () => {
		assert.equal((await readRegularFile(at('file'), 7))?.toString(), 'content');
		assert.equal((await readRegularFile(at('empty'), 7))?.toString(), '');
		assert.equal(readStartSync(at('file'), 3)?.toString(), 'con');
		assert.equal(readStartSync(at('file'), 100)?.toString(), 'content');
		assert.equal(await hashRegularFile(at('file')), createHash('sha256').update('content').digest('hex'));
		const handle = await openRegularFile(at('file'));
		await handle?.close();
		const descriptor = openRegularFileSync(at('file'));
		if (descriptor !== null) closeSync(descriptor);
		assert.ok(handle !== null && descriptor !== null);
	});
	test('one that is larger than any of ours says so', async () => assert.equal(await readRegularFile(at('file'), 6), 'too-large'));
	for (const name of ['nothing', 'folder', 'pipe', 'link', 'device', 'socket', 'file/below']) {
		test(`${name} in place of a file is none, and not waited for`, async () => {
			assert.equal(await openRegularFile(at(name)), null);
			assert.equal(openRegularFileSync(at(name)), null);
			assert.equal(await readRegularFile(at(name), 100), null);
			assert.equal(await hashRegularFile(at(name)), null);
			assert.equal(readStartSync(at(name), 100), null);
		});
	}
});
