import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { patientCalls } from '@nightlog/shared/node/git/file-calls';
import { createIgnoreRules } from '@nightlog/shared/versions/ignore-rules';
import { createProjectFiles, type FolderMemo } from './project-files.ts';
import { walkFolder } from './walk-folder.ts';

const signal = new AbortController().signal;

/** Seen from a time at which every file of the test is old. */
const later = () => Date.now() + 3_600_000;

function inProject(name: string, run: (project: string, open: () => ReturnType<typeof createProjectFiles>) => Promise<void>): void {
	test(`files of a project: ${name}`, async () => {
		const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nightlog-files-')));
		const project = join(folder, 'project');
		const memo: FolderMemo = new Map();
		mkdirSync(join(project, 'a'), { recursive: true });
		try {
			await run(project, () => createProjectFiles(project, memo, later, patientCalls));
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
}

inProject('kinds, also behind links that stay inside', async (project, open) => {
	writeFileSync(join(project, 'a/file'), '');
	symlinkSync('a/file', join(project, 'link'));
	symlinkSync('a', join(project, 'folder-link'));
	symlinkSync('/etc/passwd', join(project, 'out'));
	symlinkSync('..', join(project, 'up'));
	symlinkSync('nowhere', join(project, 'broken'));
	const files = open();
	const kinds = await Promise.all(
		['', 'a', 'a/file', 'link', 'folder-link', 'folder-link/file', 'out', 'up', 'up/project', 'broken', 'none', 'a/file/x'].map((path) =>
			files.kindOf(path),
		),
	);
	assert.deepEqual(kinds, ['folder', 'folder', 'file', 'file', 'folder', 'file', null, null, null, null, null, null]);
	assert.deepEqual([await files.leadsTo('link'), await files.leadsTo('out'), await files.leadsTo('broken')], ['a/file', null, null]);
});

inProject('a folder that changed is seen anew, one of many names too', async (project, open) => {
	for (let index = 0; index < 5002; index++) writeFileSync(join(project, `a/f${index}`), '');
	assert.equal(await open().kindOf('a/f7'), 'file');
	unlinkSync(join(project, 'a/f7'));
	writeFileSync(join(project, 'a/new'), '');
	mkdirSync(join(project, 'a/folder'));
	const files = open();
	assert.deepEqual(await Promise.all(['a/f7', 'a/new', 'a/folder', 'a/f8'].map((path) => files.kindOf(path))), [null, 'file', 'folder', 'file']);
	assert.equal((await files.list('a')).size, 5003);
});

inProject('what is no file has no facts', async (project, open) => {
	writeFileSync(join(project, 'file'), 'x');
	chmodSync(join(project, 'file'), 0o755);
	const files = open();
	assert.equal((await files.factsOf('file'))?.size, 1n);
	assert.equal(await files.factsOf('a'), null);
	assert.equal(await files.factsOf('none'), null);
});

inProject('ignore files on the way to a path', async (project, open) => {
	mkdirSync(join(project, 'a/b/c'), { recursive: true });
	for (const folder of ['', 'a/', 'a/b/c/']) writeFileSync(join(project, `${folder}.nightlogignore`), folder);
	const found = await open().ignoreFiles('a/b/c/file', ['.gitignore', '.nightlogignore']);
	assert.deepEqual(found, [
		{ folder: '', text: '' },
		{ folder: 'a', text: 'a/' },
		{ folder: 'a/b/c', text: 'a/b/c/' },
	]);
});

inProject('an ignore file of more than can be looked through leaves all out', async (project, open) => {
	for (const [folder, text] of [
		['bytes', 'x'.repeat(1_000_001)],
		['lines', 'x\n'.repeat(10_001)],
		['many', 'x\n'.repeat(9_000)],
	] as const) {
		mkdirSync(join(project, folder));
		writeFileSync(join(project, folder, '.gitignore'), text);
	}
	const read = await Promise.all(['bytes', 'lines', 'many'].map((folder) => open().ignoreFiles(`${folder}/file`, ['.gitignore'])));
	assert.deepEqual(
		read.map(([file]) => [createIgnoreRules(file === undefined ? [] : [file])(`${file?.folder}/file`), file?.text.length]),
		[
			[true, 1],
			[true, 1],
			[false, 18_000],
		],
	);
});

inProject('a walk leaves out hidden and ignored folders and other repositories', async (project, open) => {
	for (const folder of ['a/.hidden', 'a/build', 'a/other/.git', 'a/deep/er', 'a/__pycache__']) mkdirSync(join(project, folder), { recursive: true });
	for (const file of ['a/x', 'a/.env', 'a/.hidden/y', 'a/build/y', 'a/other/y', 'a/deep/er/y', 'a/deep/z.dat', 'outside'])
		writeFileSync(join(project, file), '');
	writeFileSync(join(project, '.gitignore'), 'build/\n');
	symlinkSync('/', join(project, 'a/root'));
	const { files, leftOut } = await walkFolder(open(), 'a', signal);
	assert.deepEqual(files, ['a/.env', 'a/deep/er/y', 'a/deep/z.dat', 'a/root', 'a/x']);
	assert.deepEqual(
		leftOut.map(({ path, reason }) => [path, reason]),
		[
			['a/.hidden/', 'hidden'],
			['a/__pycache__/', 'ignored'],
			['a/build/', 'ignored'],
			['a/other/', 'ignored'],
		],
	);
});
