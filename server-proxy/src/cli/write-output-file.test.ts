import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { writeOutputFile } from './write-output-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nightlog-output-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const bytes = new TextEncoder().encode('new');
const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');

test('a new file', async () => {
	assert.equal(await writeOutputFile(path.join(folder, 'new'), bytes, false), path.join(folder, 'new'));
	assert.equal(read('new'), 'new');
});

test('a file that exists is kept, unless it is to be replaced', async () => {
	writeFileSync(path.join(folder, 'old'), 'old');
	await assert.rejects(writeOutputFile(path.join(folder, 'old'), bytes, false), (error) => isNightlogError(error, 'command/file-exists'));
	assert.equal(read('old'), 'old');
	await writeOutputFile(path.join(folder, 'old'), bytes, true);
	assert.equal(read('old'), 'new');
});

test('a link is never written through', async () => {
	writeFileSync(path.join(folder, 'target'), 'precious');
	symlinkSync('target', path.join(folder, 'link'));
	await assert.rejects(writeOutputFile(path.join(folder, 'link'), bytes, false), (error) => isNightlogError(error, 'command/file-exists'));
	await writeOutputFile(path.join(folder, 'link'), bytes, true);
	assert.equal(read('target'), 'precious');
});

test('a folder, and a folder that is not there', async () => {
	mkdirSync(path.join(folder, 'sub'));
	await assert.rejects(writeOutputFile(path.join(folder, 'sub'), bytes, true), /it is a folder/);
	await assert.rejects(writeOutputFile(path.join(folder, 'absent', 'x'), bytes, false), /its folder does not exist/);
});

test('nothing is left beside what was written', () => {
	assert.deepEqual(
		readdirSync(folder).filter((name) => name.endsWith('.part')),
		[],
	);
});
