import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RepositoryLayout, TrackedFiles } from '../../versions/repository.ts';
import { inspectRepository } from './inspect-repository.ts';
import { openRepository } from './open-repository.ts';
import { makeCleanRepository, makePlace, makeWorkingRepository, type TestPlace } from './real-repositories.test-case.ts';
import { findGitProgram } from './run-git.ts';
import { parseStatus, trackedFilesByGit } from './tracked-files.ts';

const { signal } = new AbortController();
const git = await findGitProgram(signal);

interface Expected {
	readonly changed?: readonly string[];
	readonly deleted?: readonly string[];
	readonly untracked?: readonly string[];
	/** The folder whose untracked files are asked for. */
	readonly below?: string;
}

/** The same answer from the person's git and, without one, from the index. The repository is clean before `prepare`. */
function row(name: string, prepare: (place: TestPlace, folder: string) => void, expected: Expected): void {
	for (const withGit of [true, false]) {
		test(`${name}, ${withGit ? 'with' : 'without'} a git program`, async () => {
			const place = makePlace();
			try {
				const folder = makeCleanRepository(place, 'tree');
				prepare(place, folder);
				const layout = (await inspectRepository(folder, signal)) as RepositoryLayout;
				const repository = await openRepository(layout, { git: withGit ? git : null });
				// Asked for at the same time as the rest, or afterwards.
				for (const untrackedIn of [undefined, expected.below ?? '']) {
					const tracked = await repository.trackedFiles(signal, untrackedIn);
					assert.deepEqual([tracked.changed, tracked.deleted], [expected.changed ?? [], expected.deleted ?? []]);
					assert.deepEqual(await tracked.untracked(expected.below ?? ''), expected.untracked ?? []);
				}
			} finally {
				place.dispose();
			}
		});
	}
}

row('a clean tree', () => {}, {});
row('a changed file', (_place, folder) => writeFileSync(join(folder, 'lib/tools.py'), 'x'), { changed: ['lib/tools.py'] });
row('a file that was written again with the same content', (_place, folder) => utimesSync(join(folder, 'lib/tools.py'), 1, 1), {});
row(
	'a file of the same size and time as in the index, changed in its very moment',
	(place, folder) => {
		place.write(join(folder, 'racy.txt'), 'aaaa\n');
		place.git(folder, 'add', 'racy.txt');
		place.git(folder, 'commit', '-qm', 'racy');
		writeFileSync(join(folder, 'racy.txt'), 'bbbb\n');
	},
	{ changed: ['racy.txt'] },
);
row(
	'a staged file',
	(place, folder) => {
		place.write(join(folder, 'added.txt'), 'x');
		place.git(folder, 'add', 'added.txt');
	},
	{ changed: ['added.txt'] },
);
row('a deleted file', (_place, folder) => rmSync(join(folder, 'lib/tools.py')), { deleted: ['lib/tools.py'] });
row('a file whose deletion is staged', (place, folder) => place.git(folder, 'rm', '-q', 'lib/tools.py'), { deleted: ['lib/tools.py'] });
row('a file that is tracked no more but is there', (place, folder) => place.git(folder, 'rm', '-q', '--cached', 'lib/tools.py'), {
	changed: ['lib/tools.py'],
	untracked: ['lib/tools.py'],
});
row('a renamed file', (_place, folder) => renameSync(join(folder, 'lib/tools.py'), join(folder, 'lib/renamed.py')), {
	deleted: ['lib/tools.py'],
	untracked: ['lib/renamed.py'],
});
row('a file that became executable', (_place, folder) => chmodSync(join(folder, 'lib/tools.py'), 0o755), { changed: ['lib/tools.py'] });
row(
	'a file that became a link',
	(_place, folder) => {
		rmSync(join(folder, 'lib/tools.py'));
		symlinkSync('more.py', join(folder, 'lib/tools.py'));
	},
	{ changed: ['lib/tools.py'] },
);
row(
	'a link that is as it was',
	(place, folder) => {
		symlinkSync('nowhere', join(folder, 'link'));
		place.git(folder, 'add', 'link');
		place.git(folder, 'commit', '-qm', 'link');
		rmSync(join(folder, 'link'));
		symlinkSync('nowhere', join(folder, 'link'));
	},
	{},
);
row(
	'an unfinished merge',
	(place, folder) => {
		place.git(folder, 'checkout', '-q', '-b', 'theirs');
		place.write(join(folder, 'lib/tools.py'), 'theirs\n');
		place.git(folder, 'commit', '-qam', 'theirs');
		place.git(folder, 'checkout', '-q', 'main');
		place.write(join(folder, 'lib/tools.py'), 'mine\n');
		place.git(folder, 'commit', '-qam', 'mine');
		assert.throws(() => place.git(folder, 'merge', '-q', 'theirs'));
	},
	{ changed: ['lib/tools.py'] },
);
row(
	'names with quotes, newlines, blanks and leading dashes',
	(place, folder) => {
		for (const name of ['-rf', 'a "b"\n$(touch x)', ' blank ', 'ünï']) {
			place.write(join(folder, `t${name}`), 'x');
			place.write(join(folder, `u/${name}`), 'x');
			place.git(folder, 'add', '--', `t${name}`);
		}
	},
	{
		changed: ['t blank ', 't-rf', 'ta "b"\n$(touch x)', 'tünï'],
		untracked: ['u/ blank ', 'u/-rf', 'u/a "b"\n$(touch x)', 'u/ünï'],
	},
);
row(
	'untracked files of one folder, taken by its name and not as a pattern',
	(place, folder) => {
		for (const name of ['a*/in', 'ab/out', ':(top)x/in2', 'a*/deep/in']) place.write(join(folder, name), 'x');
	},
	{ below: 'a*/', untracked: ['a*/deep/in', 'a*/in'] },
);
row('untracked files of a folder that is not there', () => {}, { below: 'none', untracked: [] });
row(
	'what is ignored, at the top, below, and for this repository alone',
	(place, folder) => {
		appendFileSync(join(folder, '.git/info/exclude'), 'private.txt\n');
		place.write(join(folder, 'lib/.gitignore'), '*.tmp\n!keep.tmp\n.gitignore\n');
		for (const name of ['a.log', 'private.txt', 'lib/a.tmp', 'lib/keep.tmp', 'a.tmp']) place.write(join(folder, name), 'x');
	},
	{ untracked: ['a.tmp', 'lib/keep.tmp'] },
);
row(
	'another repository inside is left alone',
	(place, folder) => {
		mkdirSync(join(folder, 'inner'));
		makeWorkingRepository(place, 'tree/inner');
		place.write(join(folder, 'beside.txt'), 'x');
	},
	{ untracked: ['beside.txt'] },
);

test("the person's own ignore rules count, where there is a git program", async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'tree');
		place.write(join(place.folder, 'my-ignores'), 'new file*\n');
		appendFileSync(join(place.folder, 'global-config'), `[core]\n\texcludesFile = ${join(place.folder, 'my-ignores')}\n`);
		const layout = (await inspectRepository(folder, signal)) as RepositoryLayout;
		const ask = async (withGit: boolean): Promise<TrackedFiles> =>
			await (await openRepository(layout, { git: withGit ? git : null })).trackedFiles(signal);
		assert.deepEqual(await (await ask(true)).untracked(''), []);
		const without = await ask(false);
		assert.deepEqual(await without.untracked(''), ['new file "x".txt']);
		assert.match(without.note ?? '', /core\.excludesFile/, 'and where there is none, that is said');
	} finally {
		place.dispose();
	}
});

test('where git cannot tell, that is said and no list is made up', async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'tree');
		writeFileSync(join(folder, '.git/index'), 'not an index');
		const layout = (await inspectRepository(folder, signal)) as RepositoryLayout;
		const tracked = await (await openRepository(layout, { git })).trackedFiles(signal);
		assert.deepEqual(tracked.changed, []);
		assert.match(tracked.note ?? '', /could not be found/);
	} finally {
		place.dispose();
	}
});

test('status lines are read, those of submodules passed over', () => {
	const oid = 'a'.repeat(40);
	const lines = [
		`1 .M N... 100644 100644 100644 ${oid} ${oid} a b`,
		`1 D. N... 100644 000000 000000 ${oid} ${'0'.repeat(40)} gone`,
		`1 .M S.M. 160000 160000 160000 ${oid} ${oid} module`,
		`u UU N... 100644 100644 100644 100644 ${oid} ${oid} ${oid} both`,
		'? untracked',
		'# branch.oid x',
		'',
	];
	assert.deepEqual(parseStatus(lines), [
		{ path: 'a b', mayBeGone: false },
		{ path: 'gone', mayBeGone: true },
		{ path: 'both', mayBeGone: true },
	]);
});

test('a status that takes too long is an error that says what helps: without it, committed files would be taken for those on disk', async () => {
	const place = makePlace();
	try {
		const folder = makeCleanRepository(place, 'tree');
		const layout = (await inspectRepository(folder, signal)) as RepositoryLayout;
		const path = join(place.folder, 'slow');
		writeFileSync(path, '#!/bin/sh\ncase "$*" in *" status "*) exec tail -f /dev/null ;; *) printf "new.txt\\0" ;; esac\n', { mode: 0o755 });
		const ask = { git: { path, version: [2, 40, 0] }, layout, head: Promise.resolve(null), findFilters: async () => [], statusTimeoutMs: 1 } as const;
		await assert.rejects(trackedFilesByGit(ask, signal, ''), {
			code: 'repository/git-too-slow',
			message: `Changed files could not be found: git status did not do its work: it took too long. Run git status once in ${folder}: it notes down what it found, and is quick from then on. Then try again.`,
		});
	} finally {
		place.dispose();
	}
});
