import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { readNamedFile } from './read-named-file.ts';

describe('a file that somebody named', () => {
	const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'nl-named-')));
	after(() => rmSync(root, { recursive: true }));
	const at = (...names: string[]) => path.join(root, ...names);
	mkdirSync(at('project', 'folder'), { recursive: true });
	for (const name of ['outside', 'project/file', 'project/folder/inside']) writeFileSync(at(name), 'content');
	writeFileSync(at('project/empty'), '');
	execFileSync('mkfifo', [at('project/pipe')]);
	for (const [name, target] of [
		['out', '../outside'],
		['in', 'folder/inside'],
		['zero', '/dev/zero'],
		['to-pipe', 'pipe'],
		['never-ends', '/proc/self/mounts'],
	] as const)
		symlinkSync(target, at('project', name));

	async function check(name: string, within: string | null, expected: string | RegExp): Promise<void> {
		const read = await readNamedFile(at('project', name), { mostBytes: 7, within });
		if (typeof expected === 'string') assert.equal(read.toString(), expected);
		else assert.match(typeof read === 'string' ? read : 'it was read', expected);
	}

	for (const within of [null, at('project')]) {
		test(`is read, ${within === null ? 'wherever it lies' : 'where it lies in its project'}`, async () => {
			await check('file', within, 'content');
			await check('empty', within, '');
			await check('in', within, 'content');
			await check('folder', within, /^it is a folder$/);
			await check('pipe', within, /^it is a pipe or a device/);
			await check('to-pipe', within, /^it is a pipe or a device/);
			await check('zero', within, /^it is a pipe or a device/);
			await assert.rejects(readNamedFile(at('project', 'gone'), { mostBytes: 7, within }), { code: 'ENOENT' });
		});
	}

	test('leads out of a project only where it is nobody’s project', async () => {
		await check('out', null, 'content');
		await check('out', at('project'), /^it is a link that leads out of .*project$/);
	});

	test('is not read beyond its limit, even where its size says nothing of it', async () => {
		assert.match(String(await readNamedFile(at('project', 'file'), { mostBytes: 6, within: null })), /^it is larger than 0\.006 kB$/);
		await check('never-ends', null, /^it is larger than/);
	});
});
