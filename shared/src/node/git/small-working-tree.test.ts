// Our own reading of small working trees beside Git's: wherever ours answers, it says what Git says; and where contents or rules have corners, it leaves the answer to Git.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RepositoryLayout, TrackedFiles } from '../../versions/repository.ts';
import { smallTree } from './choose-engine.ts';
import { quickCalls } from './file-calls.ts';
import { inspectRepository } from './inspect-repository.ts';
import { openRepository } from './open-repository.ts';
import { createPersonConfigReader } from './person-config.ts';
import { makeCleanRepository, makePlace, type TestPlace } from './real-repositories.test-case.ts';
import { findGitProgram, type GitProgram } from './run-git.ts';
import { readSmallWorkingTree } from './small-working-tree.ts';
import { trackedFilesByGit } from './tracked-files.ts';

const { signal } = new AbortController();
const git = (await findGitProgram(signal)) as GitProgram;

interface Answer {
	readonly changed: readonly string[];
	readonly deleted: readonly string[];
	readonly untracked: readonly string[];
}

async function answerOf(tracked: TrackedFiles, below: string): Promise<Answer> {
	return { changed: tracked.changed, deleted: tracked.deleted, untracked: await tracked.untracked(below) };
}

/** What ours says, null where it leaves it to Git, and what Git says. */
async function both(folder: string, below = ''): Promise<{ readonly own: Answer | null; readonly gits: Answer }> {
	const { own, layout, commit } = await oursOf(folder, below);
	const gits = await trackedFilesByGit({ git, layout, head: Promise.resolve(commit) }, signal, below);
	return { own, gits: await answerOf(gits, below) };
}

async function oursOf(folder: string, below: string) {
	const layout = (await inspectRepository(folder, signal)) as RepositoryLayout;
	const repository = await openRepository(layout, { git });
	const commit = await repository.headCommit();
	const headTree = Promise.resolve(commit === null ? null : (await repository.readCommit(commit)).tree);
	const person = createPersonConfigReader(git, Date.now)();
	const askGit = async (): Promise<never> => assert.fail('git was asked');
	const own = await readSmallWorkingTree({ layout, calls: quickCalls, headTree, person, askGit }, signal, below);
	return { own: own === null ? null : await answerOf(own, below), layout, commit };
}

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

const names = ['a', 'b.py', 'c.pyc', 'keep', 'build', 'data.csv', 'x y', 'Ü', '.hidden', 'core'];
const rules = [
	...['*.pyc', '*.py[cod]', 'build/', '/build', 'build', '!keep', 'keep', '*', '!*/', '!*.py', 'a/', 'a/*', '!a/keep', '/a/b.py', '**/core', 'a/**'],
	...['a/**/core', '.hidden', '.*', '!.gitignore', 'x y', 'x*', '# a comment', '', 'data.csv   ', '/*', '*/build', '!build/', 'core', 'b.py/'],
];

test('in trees and with rules by chance it says what Git says', async () => {
	const place = makePlace();
	const random = randomFrom(20_261_127);
	const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
	const chance = (share: number): boolean => random() < share;
	let answered = 0;
	const rounds = 40;
	try {
		for (let round = 0; round < rounds; round++) {
			const folder = join(place.folder, `r${round}`);
			place.git(place.folder, 'init', '--quiet', folder);
			const somePath = (): string => Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(names)).join('/');
			const put = (path: string): void => {
				try {
					place.write(join(folder, path), `${pick(['one', 'two', 'three'])}\n`);
				} catch {
					// A file stands where a folder is needed, or the reverse.
				}
			};
			for (let count = 0; count < 12; count++) put(somePath());
			place.git(folder, 'add', '-A', '-f');
			place.git(folder, 'commit', '-q', '--allow-empty', '-m', 'one');
			const tracked = place.git(folder, 'ls-files', '-z').split('\0').filter(Boolean);
			for (const path of tracked) {
				const file = join(folder, path);
				pick([
					() => writeFileSync(file, pick(['one\n', 'two\n', 'other\n'])),
					() => rmSync(file),
					() => chmodSync(file, 0o755),
					() => utimesSync(file, 1, 1),
					() => {
						rmSync(file);
						symlinkSync(pick(['a', 'nowhere']), file);
					},
					...Array.from({ length: 6 }, () => () => {}),
				])();
			}
			for (let count = 0; count < 8; count++) put(somePath());
			const written: string[] = [];
			const ruleFile = (): string => {
				written.push(`${Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(rules)).join('\n')}\n`);
				return written.at(-1) ?? '';
			};
			if (chance(0.7)) writeFileSync(join(folder, '.gitignore'), ruleFile());
			if (chance(0.3)) appendFileSync(join(folder, '.git/info/exclude'), ruleFile());
			if (chance(0.4)) {
				mkdirSync(join(folder, 'sub', 'deep'), { recursive: true });
				writeFileSync(join(folder, 'sub', '.gitignore'), ruleFile());
				for (const name of names) writeFileSync(join(folder, 'sub', 'deep', name), 'x');
			}
			for (const below of ['', 'sub', 'sub/deep', 'a']) {
				const { own, gits } = await both(folder, below);
				if (own === null) continue;
				answered += 1;
				assert.deepEqual(own, gits, `round ${round}, below '${below}', with the rules ${JSON.stringify(written)}`);
			}
		}
	} finally {
		place.dispose();
	}
	assert.ok(answered > rounds * 2, `ours answered ${answered} of ${rounds * 4} times`);
});

/** The bytes of an index that were changed, with the checksum that they need. */
function withChecksum(bytes: Buffer): Buffer {
	const content = bytes.subarray(0, -20);
	return Buffer.concat([content, createHash('sha1').update(content).digest()]);
}

/** A repository, clean, in which a row makes something. */
function row(name: string, prepare: (place: TestPlace, folder: string) => void, expected: Partial<Answer> | null, below = ''): void {
	test(`${name}: ${expected === null ? 'is left to Git' : 'is answered'}`, async () => {
		const place = makePlace();
		try {
			const folder = makeCleanRepository(place, 'tree');
			prepare(place, folder);
			const { own, gits } = await both(folder, below);
			if (expected === null) assert.equal(own, null);
			else {
				assert.deepEqual(own, { changed: [], deleted: [], untracked: [], ...expected });
				assert.deepEqual(own, gits);
			}
		} finally {
			place.dispose();
		}
	});
}

const change = (_place: TestPlace, folder: string): void => writeFileSync(join(folder, 'lib/tools.py'), 'x\r\n');
row('a clean tree', () => {}, {});
row('a changed file', change, { changed: ['lib/tools.py'] });
row('a folder that is gone', (_place, folder) => rmSync(join(folder, 'lib'), { recursive: true }), { deleted: ['lib/more.py', 'lib/tools.py'] });
row(
	'a folder of the tree that became a link',
	(place, folder) => {
		place.write(join(folder, 'other/tools.py'), 'def one():\n    return 1\n');
		rmSync(join(folder, 'lib'), { recursive: true });
		symlinkSync('other', join(folder, 'lib'));
	},
	null,
);
row(
	'a changed file under attributes',
	(place, folder) => {
		change(place, folder);
		place.write(join(folder, '.gitattributes'), '*.py text\n');
	},
	null,
);
row(
	'a clean tree under attributes',
	(place, folder) => {
		place.write(join(folder, '.git/info/attributes'), '*.py text\n');
		// Written so long after the files that none can have changed in its moment.
		const later = Date.now() / 1000 + 100;
		utimesSync(join(folder, '.git/index'), later, later);
	},
	{},
);
row(
	'a changed file under attributes of this repository alone',
	(place, folder) => {
		change(place, folder);
		place.write(join(folder, '.git/info/attributes'), '*.py text\n');
	},
	null,
);
row('line ends that the repository converts', (place, folder) => place.git(folder, 'config', 'core.autocrlf', 'input'), null);
row('line ends that the person converts', (place) => appendFileSync(join(place.folder, 'global-config'), '[core]\n\tautocrlf = true\n'), null);
row(
	'a file that is staged',
	(place, folder) => {
		place.write(join(folder, 'added.txt'), 'x');
		place.git(folder, 'add', 'added.txt');
	},
	null,
);
row('a file that is said not to change', (place, folder) => place.git(folder, 'update-index', '--assume-unchanged', 'lib/tools.py'), null);
row('a file that is said not to be there', (place, folder) => place.git(folder, 'update-index', '--skip-worktree', 'lib/tools.py'), null);
row(
	'an ignore file that is a link',
	(place, folder) => {
		place.write(join(place.folder, 'rules'), '*.txt\n');
		rmSync(join(folder, '.gitignore'));
		symlinkSync(join(place.folder, 'rules'), join(folder, '.gitignore'));
	},
	null,
);
row('an ignore rule with corners', (place, folder) => place.write(join(folder, '.gitignore'), 'a\\ b\n'), null);
row(
	'an ignore rule of two stars beside a letter',
	(place, folder) => {
		place.write(join(folder, '.gitignore'), 'data**/*\n');
		place.write(join(folder, 'data_secret.csv'), 'x');
	},
	null,
);
row('more ignore rules than a name is held against', (place, folder) => place.write(join(folder, '.gitignore'), 'a*b\n'.repeat(500)), null);
row(
	'an empty file whose entry says that its content is to be read',
	(place, folder) => {
		// All of it within the index's own second, so that Git notes a size of 0 for what it did not look at again.
		const at = Math.floor(Date.now() / 1000) - 100;
		place.write(join(folder, 'smudged.txt'), 'abc');
		place.git(folder, 'add', 'smudged.txt');
		place.git(folder, 'commit', '-qm', 'smudged');
		const index = join(folder, '.git/index');
		const bytes = readFileSync(index);
		const entry = bytes.indexOf('smudged.txt') - 62;
		bytes.writeUInt32BE(0, entry + 36);
		writeFileSync(index, withChecksum(bytes));
		writeFileSync(join(folder, 'smudged.txt'), '');
		const { ctimeMs } = statSync(join(folder, 'smudged.txt'));
		const again = readFileSync(index);
		again.writeUInt32BE(at, entry + 8);
		again.writeUInt32BE(Math.floor(ctimeMs / 1000), entry);
		utimesSync(join(folder, 'smudged.txt'), at, at);
		writeFileSync(index, withChecksum(again));
		const later = Date.now() / 1000 + 100;
		utimesSync(index, later, later);
	},
	{ changed: ['smudged.txt'] },
);
row(
	'attributes that are gone from the disk',
	(place, folder) => {
		place.write(join(folder, '.gitattributes'), '*.py text\n');
		place.git(folder, 'add', '.gitattributes');
		place.git(folder, 'commit', '-qm', 'attributes');
		rmSync(join(folder, '.gitattributes'));
		change(place, folder);
	},
	null,
);
row(
	'an index with a path that no file system has',
	(place, folder) => {
		const deep = `${'a/'.repeat(20_000)}f`;
		const oid = place.git(folder, 'hash-object', '-w', 'lib/tools.py').trim();
		execFileSync('git', ['update-index', '--index-info'], { cwd: folder, input: `100644 ${oid}\t${deep}\n` });
		const tree = place.git(folder, 'write-tree').trim();
		place.git(folder, 'update-ref', 'HEAD', place.git(folder, 'commit-tree', '-m', 'deep', tree).trim());
	},
	null,
);
row('an ignore rule that counts bytes', (place, folder) => place.write(join(folder, '.gitignore'), '?\n'), null);
row('an ignore file that is too long', (place, folder) => place.write(join(folder, '.gitignore'), `${'a\n'.repeat(smallTree.ruleBytes)}`), null);
row(
	"the person's own rules, at the place that the configuration names in a file that it includes",
	(place, folder) => {
		place.write(join(place.folder, 'my-ignores'), '*.tmp\n');
		place.write(join(place.folder, 'included'), `[core]\n\texcludesFile = ${join(place.folder, 'my-ignores')}\n`);
		appendFileSync(join(place.folder, 'global-config'), `[include]\n\tpath = ${join(place.folder, 'included')}\n`);
		for (const name of ['a.tmp', 'b.txt']) place.write(join(folder, name), 'x');
	},
	{ untracked: ['b.txt'] },
);
row(
	'untracked files of a folder that is a link',
	(place, folder) => {
		place.write(join(place.folder, 'elsewhere/secret'), 'x');
		symlinkSync(join(place.folder, 'elsewhere'), join(folder, 'link'));
	},
	{},
	'link',
);
row(
	'untracked files behind a folder that is a link',
	(place, folder) => {
		place.write(join(place.folder, 'elsewhere/below/secret'), 'x');
		symlinkSync(join(place.folder, 'elsewhere'), join(folder, 'link'));
	},
	null,
	'link/below',
);
row(
	'more names than are listed',
	(place, folder) => {
		for (let count = 0; count <= smallTree.listed; count++) place.write(join(folder, `many/${count}`), '');
	},
	null,
);
row('a name that is no UTF-8', (_place, folder) => writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.of(0xff)]), 'x'), null);

test('a pipe in place of rules has none: Git would wait for what is written to it', async () => {
	const place = makePlace();
	try {
		const folder = makeCleanRepository(place, 'tree');
		mkdirSync(join(folder, 'piped'));
		for (const file of ['.gitignore', 'piped/.gitignore']) {
			rmSync(join(folder, file), { force: true });
			execFileSync('mkfifo', [join(folder, file)]);
		}
		writeFileSync(join(folder, 'piped/new'), '');
		assert.deepEqual((await oursOf(folder, 'piped')).own?.untracked, ['piped/new']);
	} finally {
		place.dispose();
	}
});

test('a change of the configuration is seen at the next look', async () => {
	const place = makePlace();
	try {
		const file = join(place.folder, 'global-config');
		let nowMs = Date.now() + 10_000;
		const read = createPersonConfigReader(git, () => nowMs);
		const first = await read();
		assert.equal(await read(), first, 'it is not read again without need');
		appendFileSync(file, '[filter "mine"]\n\tclean = sed\n[core]\n\teol = lf\n[http]\n\textraHeader = secret\n');
		const second = await read();
		assert.deepEqual(second.filters, ['mine']);
		assert.deepEqual(
			second.core.entries.map(({ key, value }) => [key, value]),
			[['eol', 'lf']],
			'what may be secret is not kept',
		);
		nowMs = statSync(file).ctimeMs + 1;
		assert.notEqual(await read(), await read(), 'what was written just now is read again');
	} finally {
		place.dispose();
	}
});
