import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { configurationFilesAt } from './configuration-at.ts';

test('in a folder the file of its project counts: at the top of Git, else the nearest, else in the folder itself', async () => {
	const home = realpathSync(mkdtempSync(path.join(tmpdir(), 'nightlog-configuration-')));
	try {
		const at = async (folder: string) => (await configurationFilesAt({ env: {}, home }, path.join(home, folder))).at(-1)?.path;
		for (const folder of ['git/.git', 'git/a/b', 'plain/a/b', 'bare/a']) mkdirSync(path.join(home, folder), { recursive: true });
		mkdirSync(path.join(home, '.git'));
		for (const file of ['git/a/.nightlog.yaml', 'plain/a/.nightlog.yaml']) writeFileSync(path.join(home, file), '');
		assert.equal(await at('git/a/b'), path.join(home, 'git/.nightlog.yaml'));
		assert.equal(await at('plain/a/b'), path.join(home, 'plain/a/.nightlog.yaml'));
		assert.equal(await at('bare/a'), path.join(home, 'bare/a/.nightlog.yaml'), 'the home is never taken for a repository');
		assert.equal(await at('plain/a/not/there'), path.join(home, 'plain/a/.nightlog.yaml'));
	} finally {
		rmSync(home, { recursive: true, force: true });
	}
});

test('a folder is named by its absolute path', async () => {
	for (const folder of ['a', '../a', '/a\0b']) {
		await assert.rejects(configurationFilesAt({ env: {}, home: '/home/ann' }, folder), { code: 'config/bad-folder', status: 400 });
	}
});
