import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { createFileMemo } from './file-memo.ts';
import { readWholeFile } from './notebook-file.ts';

const { signal } = new AbortController();

function inFolder(name: string, run: (folder: string) => Promise<void>): void {
	test(name, async () => {
		const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nightlog-reading-')));
		for (const part of ['project/data', 'private']) mkdirSync(join(folder, part), { recursive: true });
		writeFileSync(join(folder, 'project/data/notes.txt'), 'shared');
		writeFileSync(join(folder, 'private/notes.txt'), 'private');
		try {
			await run(folder);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
}

const read = async (folder: string, within: string): Promise<string> =>
	(await readWholeFile(join(folder, 'project/data/notes.txt'), signal, undefined, join(folder, within))).bytes.toString();

inFolder('a file is read where it lies below the folder that it must be in, or is the very file', async (folder) => {
	assert.equal(await read(folder, 'project'), 'shared');
	assert.equal(await read(folder, 'project/data/notes.txt'), 'shared');
	assert.equal((await readWholeFile(join(folder, 'project/data/notes.txt'), signal, undefined, '/')).bytes.toString(), 'shared');
});

inFolder('a folder on the way that became a link to elsewhere leads to nothing', async (folder) => {
	renameSync(join(folder, 'project/data'), join(folder, 'project/before'));
	symlinkSync('../private', join(folder, 'project/data'));
	for (const within of ['project', 'proj', 'project/data', 'project/data/notes.txt'])
		await assert.rejects(read(folder, within), (error) => isNightlogError(error, 'notebook/not-found'), within);
	const memo = createFileMemo(Date.now);
	await assert.rejects(memo.read(join(folder, 'project/data/notes.txt'), 'sha1', signal, join(folder, 'project')), (error) =>
		isNightlogError(error, 'file/changed'),
	);
});

inFolder('a link on the way that stays inside is followed', async (folder) => {
	renameSync(join(folder, 'project/data'), join(folder, 'project/before'));
	symlinkSync('before', join(folder, 'project/data'));
	assert.equal(await read(folder, 'project'), 'shared');
});

inFolder('a file that is replaced again and again, as editors do, is read all the same', async (folder) => {
	const file = join(folder, 'project/data/notes.txt');
	let going = true;
	const replacing = (async () => {
		for (let number = 0; going; number++) {
			writeFileSync(`${file}.new`, `shared ${number}`);
			renameSync(`${file}.new`, file);
			await new Promise((resolve) => setImmediate(resolve));
		}
	})();
	try {
		for (let round = 0; round < 300; round++) assert.match(await read(folder, 'project/data/notes.txt'), /^shared/);
	} finally {
		going = false;
		await replacing;
	}
});
