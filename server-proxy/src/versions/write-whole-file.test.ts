import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeWholeFile } from './write-whole-file.ts';

function inFolder(name: string, run: (folder: string) => Promise<void>): void {
	test(`writing a file: ${name}`, async () => {
		const folder = mkdtempSync(join(tmpdir(), 'nightlog-write-'));
		try {
			await run(folder);
			assert.deepEqual(
				readdirSync(folder).filter((file) => file.endsWith('.part')),
				[],
				'nothing half is left behind',
			);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
}

const factsOf = (path: string) => stat(path, { bigint: true });
const bytes = Buffer.from('new');

inFolder('over one that is unchanged, with its mode', async (folder) => {
	const path = join(folder, 'a');
	writeFileSync(path, 'old');
	chmodSync(path, 0o640);
	await writeWholeFile(path, bytes, { kind: 'replace', facts: await factsOf(path) }, 't');
	assert.equal(readFileSync(path, 'utf8'), 'new');
	assert.equal(statSync(path).mode & 0o7777, 0o640);
});

inFolder('not over one that changed', async (folder) => {
	const path = join(folder, 'a');
	writeFileSync(path, 'old');
	const facts = await factsOf(path);
	writeFileSync(path, 'changed');
	await assert.rejects(writeWholeFile(path, bytes, { kind: 'replace', facts }, 't'), { code: 'file/changed', retryable: true, status: 409 });
	assert.equal(readFileSync(path, 'utf8'), 'changed');
});

inFolder('not over one that is gone', async (folder) => {
	const path = join(folder, 'a');
	writeFileSync(path, 'old');
	const facts = await factsOf(path);
	rmSync(path);
	await assert.rejects(writeWholeFile(path, bytes, { kind: 'replace', facts }, 't'), { code: 'file/changed' });
	assert.deepEqual(readdirSync(folder), []);
});

inFolder('anew', async (folder) => {
	const path = join(folder, 'x'.repeat(255));
	await writeWholeFile(path, bytes, { kind: 'create' }, 't');
	assert.equal(readFileSync(path, 'utf8'), 'new');
});

inFolder('not where something is, be it a link to nowhere', async (folder) => {
	writeFileSync(join(folder, 'a'), 'old');
	symlinkSync('/nowhere', join(folder, 'b'));
	for (const name of ['a', 'b']) await assert.rejects(writeWholeFile(join(folder, name), bytes, { kind: 'create' }, 't'), { code: 'file/exists' });
	assert.equal(readFileSync(join(folder, 'a'), 'utf8'), 'old');
});

inFolder('not into a folder that is not there', async (folder) => {
	await assert.rejects(writeWholeFile(join(folder, 'none', 'a'), bytes, { kind: 'create' }, 't'), { code: 'file/not-written', status: 422 });
});
