import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readJsonFile } from './read-json-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nightlog-json-'));
after(() => rmSync(folder, { recursive: true }));

test('a file of JSON is read, and one that is missing told from one that is half written', async () => {
	const file = path.join(folder, 'a.json');
	assert.equal(await readJsonFile(file), 'missing');
	assert.equal(await readJsonFile(path.join(file, 'below')), 'missing');
	for (const text of ['', '{"a"', '{} {}']) {
		writeFileSync(file, text);
		assert.equal(await readJsonFile(file), 'unreadable');
	}
	writeFileSync(file, 'null');
	assert.deepEqual(await readJsonFile(file), { value: null });
});

test('what cannot be read at all is an error', async () => {
	mkdirSync(path.join(folder, 'folder'));
	await assert.rejects(readJsonFile(path.join(folder, 'folder')), { code: 'EISDIR' });
});
