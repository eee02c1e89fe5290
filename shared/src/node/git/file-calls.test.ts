import assert from 'node:assert/strict';
import { constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FileCalls, fileCallsFor, patientCalls, quickCalls } from './file-calls.ts';

/** Both sets of calls do the same. */
function row(what: string, run: (calls: FileCalls, folder: string) => Promise<void>): void {
	for (const [name, calls] of Object.entries({ patientCalls, quickCalls })) {
		test(`${name}: ${what}`, async () => {
			const folder = mkdtempSync(join(tmpdir(), 'nightlog-calls-'));
			try {
				await run(calls, folder);
			} finally {
				rmSync(folder, { recursive: true, force: true });
			}
		});
	}
}

const withCode = (code: string) => (error: unknown) => error instanceof Error && 'code' in error && error.code === code;

row('what is not there is null, below a file, too', async (calls, folder) => {
	writeFileSync(join(folder, 'file'), 'text');
	for (const path of ['missing', 'missing/deeper', 'file/below']) {
		assert.equal(await calls.stat(join(folder, path)), null);
		assert.equal(await calls.lstat(join(folder, path)), null);
	}
	assert.equal((await calls.stat(join(folder, 'file')))?.size, 4n);
});

row('a failure rejects, it is never thrown at once', async (calls, folder) => {
	const failures = [calls.open(join(folder, 'missing'), 'r'), calls.unlink(join(folder, 'missing')), calls.realpath(join(folder, 'missing'))];
	// All at once: one that rejects while another is looked at counts as unhandled.
	await Promise.all(failures.map((failure) => assert.rejects(failure, withCode('ENOENT'))));
	await assert.rejects(calls.stat('a\0b'), withCode('ERR_INVALID_ARG_VALUE'));
});

for (const length of [0, 10, 65_536, 200_000]) {
	row(`${length} bytes are written and read back`, async (calls, folder) => {
		const path = join(folder, 'new');
		const bytes = Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7919) % 256));
		const descriptor = await calls.open(path, 'wx', 0o600);
		for (let done = 0; done < length; ) done += await calls.write(descriptor, bytes, done, length - done, done);
		await calls.fsync(descriptor);
		await calls.close(descriptor);
		await assert.rejects(calls.open(path, 'wx', 0o600), withCode('EEXIST'));
		assert.ok(readFileSync(path).equals(bytes));

		const read = await calls.open(path, 'r');
		const again = Buffer.alloc(length);
		assert.equal((await calls.fstat(read)).size, length);
		for (let done = 0; done < length; ) done += await calls.read(read, again, done, length - done, done);
		assert.equal(await calls.read(read, Buffer.alloc(1), 0, 1, length), 0);
		await calls.close(read);
		assert.ok(again.equals(bytes));
	});
}

row('a file that was opened to be added to is added to', async (calls, folder) => {
	writeFileSync(join(folder, 'list'), 'one\n');
	const descriptor = await calls.open(join(folder, 'list'), constants.O_WRONLY | constants.O_APPEND);
	await calls.write(descriptor, Buffer.from('two\n'), 0, 4, null);
	await calls.close(descriptor);
	assert.equal(readFileSync(join(folder, 'list'), 'utf8'), 'one\ntwo\n');
});

row('a name is linked, renamed and taken away', async (calls, folder) => {
	const [one, two, three] = ['one', 'two', 'three'].map((name) => join(folder, name)) as [string, string, string];
	writeFileSync(one, 'x');
	await calls.link(one, two);
	await assert.rejects(calls.link(one, two), withCode('EEXIST'));
	await calls.rename(two, three);
	await calls.unlink(one);
	assert.equal((await calls.lstat(three))?.nlink, 1n);
	await calls.mkdir(two);
	assert.equal(await calls.realpath(join(two, '..', 'three')), await calls.realpath(three));
});

test('only what is certainly a disk of this machine gets quick calls', async () => {
	assert.equal(await fileCallsFor('/no/such/folder'), patientCalls);
	if (process.platform === 'linux') assert.equal(await fileCallsFor('/proc'), patientCalls);
});
