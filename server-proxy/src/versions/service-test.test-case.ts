import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommitOid } from '@nightlog/shared/base/ids';
import { openWorld, signal, type TestWorld } from './test-world.test-case.ts';

/** One behaviour in a world of its own. After each, Git finds nothing wrong, and nothing of the person's has changed. */
export function inWorld(name: string, run: (world: TestWorld) => Promise<void>, git = true): void {
	test(`versions: ${name}`, async () => {
		const world = openWorld(git);
		try {
			await run(world);
			if (git) assert.equal(world.git('fsck', '--strict', '--no-dangling', '--no-progress'), '');
		} finally {
			await world.dispose();
		}
	});
}

export const save = (world: TestWorld, notebook: string) => world.service.keep({ notebook, reason: 'save' }, signal);
export const idOf = (kept: { version: { id: string } }) => kept.version.id as CommitOid;
export const list = async (world: TestWorld, notebook: string, results = false) =>
	(await world.service.list({ notebook, results, limit: 100 }, signal)).versions;
export const refsOf = (world: TestWorld, kind: string) =>
	world
		.git('for-each-ref', '--format=%(refname)')
		.split('\n')
		.filter((ref) => ref.includes(`/${kind}/`));
export const image = (letter: string) => letter.repeat(8000);
