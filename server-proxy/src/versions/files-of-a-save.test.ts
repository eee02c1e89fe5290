import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommitOid } from '@nightlog/shared/base/ids';
import { openRepository } from '@nightlog/shared/node/git/open-repository';
import { findGitProgram } from '@nightlog/shared/node/git/run-git';
import { createGitEngine } from './git-engine.ts';
import { makeNotebook, openWorld, signal, type TestCell, type TestWorld } from './test-world.test-case.ts';

/** What one save may add below `objects`. */
const mostFiles = 8;

const pictures = (count: number, letters: string): TestCell[] =>
	Array.from({ length: count }, (_, index) => ({ source: `plot(${index})`, image: `${index}${letters}`.repeat(3000), count: index }));

/** Saves of one notebook, each a version of its own. */
interface Saves {
	readonly path: string;
	readonly texts: readonly string[];
}

const rows: Readonly<Record<string, Saves>> = {
	'a small notebook': { path: 'night.ipynb', texts: [makeNotebook(['x = 1']), makeNotebook(['x = 2'])] },
	'in a folder five deep': { path: 'a/b/c/d/e/night.ipynb', texts: [makeNotebook(['x = 1']), makeNotebook(['x = 2'])] },
	'ten changed pictures': { path: 'night.ipynb', texts: [makeNotebook(pictures(10, 'AB')), makeNotebook(pictures(10, 'CD'))] },
	'forty pictures at first': { path: 'a/night.ipynb', texts: [makeNotebook(pictures(40, 'AB')), makeNotebook(['x = 1'])] },
};

function filesBelow(folder: string): string[] {
	return existsSync(folder)
		? readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((each) => (each.isFile() ? [join(each.parentPath, each.name)] : []))
		: [];
}

async function checkSaves(world: TestWorld, { path, texts }: Saves, objects: string, gitDir: string): Promise<void> {
	for (const text of texts) {
		world.now += 60 * 60 * 1000;
		const file = world.write(path, text);
		const before = new Set(filesBelow(objects));
		const { version } = await world.service.keep({ notebook: file, reason: 'save' }, signal);
		assert.equal(version.repository, gitDir);
		const added = filesBelow(objects).filter((name) => !before.has(name));
		assert.ok(added.length > 0 && added.length <= mostFiles, `${added.length} files: ${added.join(', ')}`);
		assert.equal(Buffer.from(await world.service.readNotebook(version.id as CommitOid, file, signal)).toString(), text);
	}
	assert.equal(execFileSync('git', ['--git-dir', gitDir, 'fsck', '--strict', '--no-dangling', '--no-progress'], { encoding: 'utf8' }), '');
}

for (const [name, saves] of Object.entries(rows)) {
	test(`a save writes at most ${mostFiles} files, in a repository: ${name}`, async () => {
		const world = openWorld();
		try {
			await checkSaves(world, saves, join(world.project, '.git/objects'), join(world.project, '.git'));
		} finally {
			await world.dispose();
		}
	});
	test(`a save writes at most ${mostFiles} files, in the store: ${name}`, async () => {
		const world = openWorld(false);
		try {
			const store = join(world.state, 'versions.git');
			await checkSaves(world, saves, join(store, 'objects'), store);
		} finally {
			await world.dispose();
		}
	});
	test(`a save writes at most ${mostFiles} files, by the git program: ${name}`, async () => {
		const git = await findGitProgram(signal);
		const world = openWorld(true, {
			...createGitEngine('/nowhere', Date.now),
			open: async (layout) => await openRepository({ ...layout, engine: 'git', features: ['unknown-extension'] }, { git }),
		});
		try {
			await checkSaves(world, saves, join(world.project, '.git/objects'), join(world.project, '.git'));
		} finally {
			await world.dispose();
		}
	});
}
