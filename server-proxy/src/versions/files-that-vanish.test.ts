// A file beside the notebook that goes away between the look at it and its reading: `git checkout`, or an editor that saves by renaming.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommitOid } from '@nightlog/shared/base/ids';
import { createFileMemo } from './file-memo.ts';
import { createGitEngine } from './git-engine.ts';
import type { RepositoryEngine } from './repository-engine.ts';
import { makeNotebook, openWorld, signal } from './test-world.test-case.ts';

/** Repositories that say when something begins to be written: the files of the version were looked at by then, and are not read. */
function tellingEngine(onBegin: () => void): RepositoryEngine {
	const engine = createGitEngine('/nowhere', Date.now);
	return {
		...engine,
		async open(layout) {
			const repository = await engine.open(layout);
			return {
				...repository,
				begin() {
					onBegin();
					return repository.begin();
				},
			};
		},
	};
}

test('a save during which a module goes away is kept a moment later', { timeout: 60_000 }, async (context) => {
	context.mock.timers.enable({ apis: ['setInterval'] });
	let vanish: () => void = () => {};
	const vanished = new Promise<void>((resolve) => {
		vanish = resolve;
	});
	let isArmed = false;
	const world = openWorld(
		true,
		tellingEngine(() => {
			if (isArmed) rmSync(join(world.project, 'tools.py'));
			if (isArmed) vanish();
			isArmed = false;
		}),
	);
	try {
		world.write('tools.py', 'one = 1\n');
		const path = world.write('night.ipynb', makeNotebook(['import tools']));
		await world.service.keep({ notebook: path, reason: 'save' }, signal);
		const text = makeNotebook(['import tools', 'tools.one']);
		world.write('night.ipynb', text);
		isArmed = true;
		const told = new Promise<CommitOid>((resolve) => world.service.onDidChange(({ version }) => resolve(version.id as CommitOid)));
		await world.service.open({ notebook: path, client: 'one' }, signal);
		await vanished;
		world.now += 60_000;
		context.mock.timers.tick(2000);
		assert.equal(Buffer.from(await world.service.readNotebook(await told, path, signal)).toString(), text);
	} finally {
		await world.dispose();
	}
});

test('a submission during which a module goes away says so, and that trying again can help', async () => {
	const world = openWorld(
		true,
		tellingEngine(() => rmSync(join(world.project, 'tools.py'), { force: true })),
	);
	try {
		world.write('tools.py', 'one = 1\n');
		const path = world.write('night.ipynb', makeNotebook(['import tools']));
		const submit = () => world.service.keep({ notebook: path, reason: 'submit' }, signal);
		await assert.rejects(submit, { code: 'file/changed', status: 409, retryable: true });
		assert.equal((await submit()).created, true);
	} finally {
		await world.dispose();
	}
});

test('a module that went away since it was looked at is no missing notebook', async () => {
	const world = openWorld(false);
	try {
		const memo = createFileMemo(Date.now);
		const facts = { size: 7n } as Parameters<typeof memo.imports>[1];
		const module = join(world.project, 'tools.py');
		await assert.rejects(memo.imports(module, facts, 'sha1', signal), { code: 'file/changed', retryable: true });
		await assert.rejects(memo.read(module, 'sha1', signal, world.project), { code: 'file/changed', retryable: true });
	} finally {
		await world.dispose();
	}
});
