import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isNightlogError } from '../../base/nightlog-error.ts';
import type { RepositoryLayout } from '../../versions/repository.ts';
import { inspectRepository } from './inspect-repository.ts';
import { openRepository } from './open-repository.ts';
import { assertSound, keepVersion, makePlace, makeWorkingRepository, testAuthor } from './real-repositories.test-case.ts';

const ref = 'refs/nightlog/0123456789ab/01hzzzzzzzzzzzzzzzzzzzzzzz/versions';
/** How many versions each process keeps; 1000 in the long run (`npm run soak`). */
const count = Number(process.env.NIGHTLOG_RACE_COUNT ?? 100);
const { signal } = new AbortController();

async function open(folder: string) {
	const layout = (await inspectRepository(folder, signal, { git: null })) as RepositoryLayout;
	return await openRepository(layout, { git: null });
}

if (process.argv[2] === 'keep') {
	const [, , , folder = '', name = '', wanted = '0'] = process.argv;
	await keepMany(folder, name, Number(wanted));
} else {
	test(`two processes keep ${count} versions each of one notebook, while git packs refs: none is lost`, async () => {
		const place = makePlace();
		try {
			const folder = makeWorkingRepository(place, 'race');
			const writers = ['one', 'two'].map((name) => startWriter(folder, name, count));
			let isDone = false;
			const packing = (async () => {
				while (!isDone) {
					try {
						place.git(folder, 'pack-refs', '--all', '--prune');
					} catch {
						// It met our lock; it, too, may come again.
					}
					await new Promise((resolve) => setTimeout(resolve, 100));
				}
			})();
			const codes = await Promise.all(writers.map(ended));
			isDone = true;
			await packing;
			assert.deepEqual(codes, [0, 0]);
			const messages = place.git(folder, 'log', '--format=%s', ref).trim().split('\n');
			const expected = ['one', 'two'].flatMap((name) => Array.from({ length: count }, (_, index) => `${name} ${index}`));
			const lost = expected.filter((message) => !messages.includes(message)).length;
			assert.deepEqual({ lost, doubled: messages.length - new Set(messages).size, kept: messages.length }, { lost: 0, doubled: 0, kept: 2 * count });
			assertSound(place, folder);
			assert.deepEqual(readdirSync(join(folder, '.git/nightlog')), ['objects'], 'no lock and no claim is left');
		} finally {
			place.dispose();
		}
	});

	test('a process killed at any moment leaves a sound repository, and the next one goes on', async () => {
		const place = makePlace();
		try {
			const folder = makeWorkingRepository(place, 'killed');
			let kept = 0;
			for (let round = 0; round < 12; round++) {
				const writer = startWriter(folder, `round${round}`, 1_000_000);
				const end = ended(writer);
				await firstWord(writer);
				await new Promise((resolve) => setTimeout(resolve, round * 7));
				writer.kill('SIGKILL');
				await end;
				assertSound(place, folder);
				// Were the lock of the killed process waited for, this would end in `repository/busy`.
				await keepVersion(await open(folder), ref, `after ${round}`);
				const length = place.git(folder, 'rev-list', '--count', '--first-parent', ref).trim();
				assert.ok(Number(length) > kept, `${length} after ${kept}`);
				kept = Number(length);
			}
		} finally {
			place.dispose();
		}
	});
}

async function keepMany(folder: string, name: string, wanted: number): Promise<void> {
	const repository = await open(folder);
	for (let made = 0; made < wanted; ) {
		const tip = (await repository.readRef(ref)) as Parameters<typeof repository.readCommit>[0] | null;
		const session = repository.begin();
		const tree = session.tree([{ name: 'analysis.ipynb', mode: '100644', oid: session.blob(Buffer.from(`${name} ${made}`)) }]);
		const oid = session.commit({ tree, parents: tip === null ? [] : [tip], author: testAuthor, committer: testAuthor, message: `${name} ${made}` });
		await session.finish();
		try {
			await repository.changeRefs([{ ref, from: tip, to: oid }]);
			made += 1;
			if (made === 1) process.stdout.write('first\n');
		} catch (error) {
			if (!isNightlogError(error) || !error.retryable) throw error;
		}
	}
}

function startWriter(folder: string, name: string, wanted: number): ChildProcess {
	return spawn(process.execPath, ['--conditions=source', import.meta.filename, 'keep', folder, name, String(wanted)], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
}

async function ended(child: ChildProcess): Promise<number | null> {
	return await new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

async function firstWord(child: ChildProcess): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		child.stdout?.once('data', () => resolve());
		child.once('exit', () => reject(new Error('the writer ended before it wrote')));
	});
}
