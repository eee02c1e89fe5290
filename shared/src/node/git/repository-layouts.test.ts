import assert from 'node:assert/strict';
import { appendFileSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RepositoryLayout } from '../../versions/repository.ts';
import { inspectRepository } from './inspect-repository.ts';
import { openRepository } from './open-repository.ts';
import {
	assertSound,
	assertUndisturbed,
	dirtyWorkingTree,
	fillRepository,
	foldersOf,
	foreignRefs,
	giveAway,
	keepVersion,
	makePlace,
	makeWorkingRepository,
	snapshot,
	type TestPlace,
} from './real-repositories.test-case.ts';
import { findGitProgram } from './run-git.ts';

const { signal } = new AbortController();
const git = await findGitProgram(signal);
if (git === null) throw new Error('these tests need a git program');
const ref = 'refs/nightlog/0123456789ab/01hzzzzzzzzzzzzzzzzzzzzzzz/versions';

interface Row {
	/** Makes it and returns the folder of the notebook. */
	readonly make: (place: TestPlace) => string;
	readonly features: RepositoryLayout['features'];
	readonly objectFormat?: 'sha256';
	/** What `trackedFiles` says; what `dirtyWorkingTree` made where nothing else is said. */
	readonly changed?: readonly string[];
	readonly untracked?: readonly string[];
	/** Under which we write; the usual one where nothing is said. */
	readonly umask?: number;
	/** Looks at what only this layout promises. */
	readonly also?: (place: TestPlace, layout: RepositoryLayout) => void;
}

/** A repository kept in place: whatever it is, versions work in it, `git fsck --strict` is clean, and nothing that is not ours differs by a byte. */
function keepsInPlace(name: string, row: Row): void {
	for (const withGit of [true, false]) {
		test(`${name}, ${withGit ? 'with' : 'without'} a git program: kept in place, sound, and nothing else touched`, async () => {
			const place = makePlace();
			try {
				const folder = row.make(place);
				const layout = await inspectRepository(folder, signal);
				assert.ok(layout !== null);
				assert.deepEqual([layout.engine, layout.note], ['own', null]);
				assert.deepEqual(layout.features, row.features);
				assert.equal(layout.objectFormat, row.objectFormat ?? 'sha1');
				const folders = foldersOf(layout);
				const refsBefore = foreignRefs(place, folder);
				const before = snapshot(folders);
				const umask = process.umask(row.umask ?? 0o022);
				const repository = await openRepository(layout, { git: withGit ? git : null });
				const head = await repository.headCommit();
				const first = await keepVersion(repository, ref, 'first');
				const second = await keepVersion(repository, ref, 'second '.repeat(5000));
				await repository.changeRefs([{ ref: ref.replace('versions', 'labels/a%20label'), from: null, to: first }]);
				await repository.changeRefs([{ ref: ref.replace('versions', 'labels/a%20label'), from: first, to: null }]);
				const tracked = await repository.trackedFiles(signal);
				const untracked = await tracked.untracked('');
				await repository.maintain(signal);
				process.umask(umask);
				assertUndisturbed(before, snapshot(folders), layout.commonDir);
				assert.equal(foreignRefs(place, folder), refsBefore);
				assertSound(place, folder);
				assert.equal(place.git(folder, 'rev-parse', ref).trim(), second);
				assert.equal(place.git(folder, 'log', '--format=%H', ref).trim(), `${second}\n${first}`);
				assert.equal(place.git(folder, 'cat-file', '-p', `${ref}:analysis.ipynb`), 'second '.repeat(5000));
				assert.equal(head, layout.workTree === null || head !== null ? place.git(folder, 'rev-parse', 'HEAD').trim() : null);
				const inTree = layout.workTree === null ? [] : ['data/staged.txt', 'lib/tools.py'];
				const isSplit = !withGit && layout.features.includes('split-index');
				assert.deepEqual(tracked.changed, isSplit ? [] : (row.changed ?? inTree));
				assert.deepEqual(untracked, isSplit ? [] : (row.untracked ?? (layout.workTree === null ? [] : ['new file "x".txt'])));
				assert.equal(tracked.note === null, withGit || layout.workTree === null);
				row.also?.(place, layout);
			} finally {
				place.dispose();
			}
		});
	}
}

keepsInPlace('a plain repository', { make: (place) => makeWorkingRepository(place, 'plain'), features: [] });

keepsInPlace('a folder deep inside a repository', {
	make(place) {
		const folder = makeWorkingRepository(place, 'plain');
		return join(folder, 'lib');
	},
	features: [],
});

keepsInPlace('a repository that was packed, refs too', {
	make(place) {
		const folder = makeWorkingRepository(place, 'packed');
		place.git(folder, 'gc', '-q');
		place.git(folder, 'pack-refs', '--all', '--prune');
		return folder;
	},
	features: [],
});

keepsInPlace('a bare repository', {
	make(place) {
		place.git(place.folder, 'clone', '--quiet', '--bare', makeWorkingRepository(place, 'origin'), 'bare.git');
		return join(place.folder, 'bare.git');
	},
	features: [],
});

keepsInPlace('a linked worktree', {
	make(place) {
		const folder = makeWorkingRepository(place, 'main');
		place.git(folder, 'worktree', 'add', '-q', '-b', 'side', join(place.folder, 'side'));
		dirtyWorkingTree(place, join(place.folder, 'side'));
		return join(place.folder, 'side');
	},
	features: ['worktree'],
	also(place) {
		assert.match(place.git(join(place.folder, 'main'), 'for-each-ref', ref), /versions/, 'the main working tree sees the versions, too');
	},
});

keepsInPlace('a linked worktree with its own configuration', {
	make(place) {
		const folder = makeWorkingRepository(place, 'main');
		place.git(folder, 'config', 'extensions.worktreeConfig', 'true');
		place.git(folder, 'worktree', 'add', '-q', '--detach', join(place.folder, 'side'));
		dirtyWorkingTree(place, join(place.folder, 'side'));
		place.git(join(place.folder, 'side'), 'config', '--worktree', 'core.sparseCheckout', 'false');
		return join(place.folder, 'side');
	},
	features: ['worktree'],
});

keepsInPlace('a submodule', {
	make(place) {
		const outer = makeWorkingRepository(place, 'outer');
		place.git(outer, 'submodule', '--quiet', 'add', makeWorkingRepository(place, 'inner'), 'parts/inner');
		dirtyWorkingTree(place, join(outer, 'parts/inner'));
		return join(outer, 'parts/inner');
	},
	features: ['submodule'],
});

keepsInPlace('a repository that has a submodule', {
	make(place) {
		const outer = makeWorkingRepository(place, 'outer');
		place.git(outer, 'submodule', '--quiet', 'add', makeWorkingRepository(place, 'inner'), 'parts/inner');
		place.git(outer, 'commit', '-qm', 'with a submodule');
		place.write(join(outer, 'data/staged.txt'), 'third\n');
		place.write(join(outer, 'parts/inner/lib/tools.py'), 'changed inside\n');
		return outer;
	},
	features: [],
});

keepsInPlace('a repository whose Git directory lies elsewhere', {
	make: (place) => makeWorkingRepository(place, 'apart', [`--separate-git-dir=${join(place.folder, 'apart.git')}`]),
	features: [],
});

keepsInPlace('a repository of SHA-256', {
	make: (place) => makeWorkingRepository(place, 'sha256', ['--object-format=sha256']),
	features: [],
	objectFormat: 'sha256',
});

keepsInPlace('a packed repository of SHA-256', {
	make(place) {
		const folder = makeWorkingRepository(place, 'sha256', ['--object-format=sha256']);
		place.git(folder, 'gc', '-q');
		return folder;
	},
	features: [],
	objectFormat: 'sha256',
});

keepsInPlace('a clone that borrows objects', {
	make(place) {
		place.git(place.folder, 'clone', '--quiet', '--shared', makeWorkingRepository(place, 'origin'), 'borrower');
		dirtyWorkingTree(place, join(place.folder, 'borrower'));
		return join(place.folder, 'borrower');
	},
	features: ['alternates'],
});

keepsInPlace('a clone that borrows objects by a relative path', {
	make(place) {
		place.git(place.folder, 'clone', '--quiet', '--shared', makeWorkingRepository(place, 'origin'), 'borrower');
		writeFileSync(join(place.folder, 'borrower/.git/objects/info/alternates'), '# a comment\n../../../origin/.git/objects\n');
		dirtyWorkingTree(place, join(place.folder, 'borrower'));
		return join(place.folder, 'borrower');
	},
	features: ['alternates'],
});

keepsInPlace('a partial clone without its blobs', {
	make(place) {
		const origin = makeWorkingRepository(place, 'origin');
		place.git(origin, 'config', 'uploadpack.allowFilter', 'true');
		place.git(place.folder, 'clone', '--quiet', '--filter=blob:none', `file://${origin}`, 'partial');
		dirtyWorkingTree(place, join(place.folder, 'partial'));
		return join(place.folder, 'partial');
	},
	features: ['partial-clone'],
});

keepsInPlace('a shallow clone', {
	make(place) {
		place.git(place.folder, 'clone', '--quiet', '--depth=1', `file://${makeWorkingRepository(place, 'origin')}`, 'shallow');
		dirtyWorkingTree(place, join(place.folder, 'shallow'));
		return join(place.folder, 'shallow');
	},
	features: ['shallow'],
});

for (const version of ['3', '4']) {
	keepsInPlace(`an index of version ${version}`, {
		make(place) {
			const folder = makeWorkingRepository(place, 'index');
			// Version 3 is written only where an entry needs it.
			place.write(join(folder, 'planned.txt'), 'planned\n');
			place.git(folder, 'add', '--intent-to-add', 'planned.txt');
			place.git(folder, 'update-index', '--index-version', version);
			return folder;
		},
		features: version === '4' ? ['index-v4'] : [],
		changed: ['data/staged.txt', 'lib/tools.py', 'planned.txt'],
	});
}

keepsInPlace('a split index', {
	make(place) {
		const folder = makeWorkingRepository(place, 'split');
		place.git(folder, 'update-index', '--split-index');
		place.write(join(folder, 'data/staged.txt'), 'third\n');
		place.git(folder, 'add', 'data/staged.txt');
		return folder;
	},
	features: ['split-index'],
});

for (const sparseIndex of [false, true]) {
	keepsInPlace(`a sparse checkout${sparseIndex ? ' with a sparse index' : ''}`, {
		make(place) {
			const folder = makeWorkingRepository(place, 'sparse');
			place.git(folder, 'stash', '--quiet');
			place.git(folder, 'sparse-checkout', 'set', '--cone', ...(sparseIndex ? ['--sparse-index'] : []), 'lib');
			place.write(join(folder, 'lib/tools.py'), 'changed\n');
			return folder;
		},
		features: ['sparse'],
		changed: ['lib/tools.py'],
		also: (place) =>
			assert.deepEqual(readdirSync(join(place.folder, 'sparse')).sort(), [
				'.git',
				'.gitignore',
				'analysis.ipynb',
				'lib',
				'new file "x".txt',
				'noise.log',
			]),
	});
}

keepsInPlace('files that go through a filter', {
	make(place) {
		const folder = makeWorkingRepository(place, 'filtered');
		place.write(join(folder, '.gitattributes'), '*.bin filter=large\n');
		place.git(folder, 'config', 'filter.large.clean', 'sha256sum');
		place.git(folder, 'config', 'filter.large.smudge', 'cat');
		place.git(folder, 'config', 'filter.large.required', 'true');
		place.write(join(folder, 'big.bin'), 'large content\n');
		place.git(folder, 'add', '.gitattributes', 'big.bin');
		place.git(folder, 'commit', '-qm', 'filtered', '--', '.gitattributes', 'big.bin');
		place.write(join(folder, 'big.bin'), 'other content\n');
		return folder;
	},
	features: [],
	changed: ['big.bin', 'data/staged.txt', 'lib/tools.py'],
});

for (const value of ['group', 'all', '0640']) {
	for (const umask of [0o022, 0o077]) {
		keepsInPlace(`a repository shared with ${value} under the umask ${umask.toString(8)}`, {
			make(place) {
				const before = process.umask(umask);
				try {
					const folder = makeWorkingRepository(place, 'shared', [`--shared=${value}`]);
					place.git(folder, 'update-ref', 'refs/other/deep/ref', 'HEAD');
					return folder;
				} finally {
					process.umask(before);
				}
			},
			umask,
			features: ['shared'],
			also(place, layout) {
				const mode = (path: string) => lstatSync(join(layout.commonDir, path)).mode.toString(8);
				const theirs = place.git(layout.commonDir, 'rev-parse', 'other').trim();
				const ours = place.git(layout.commonDir, 'rev-parse', ref).trim();
				assert.equal(
					mode(`objects/${ours.slice(0, 2)}/${ours.slice(2)}`),
					mode(`objects/${theirs.slice(0, 2)}/${theirs.slice(2)}`),
					'an object has the mode that git gives',
				);
				assert.equal(mode(`objects/${ours.slice(0, 2)}`), mode(`objects/${theirs.slice(0, 2)}`), 'and so has its folder');
				assert.equal(mode(ref), mode('refs/other/deep/ref'), 'and a ref');
				assert.equal(mode(`${ref}/..`), mode('refs/other/deep'), 'and its folder');
			},
		});
	}
}

keepsInPlace('a branch without a commit', {
	make(place) {
		const folder = join(place.folder, 'unborn');
		place.git(place.folder, 'init', '--quiet', folder);
		place.write(join(folder, 'data/staged.txt'), 'staged\n');
		place.git(folder, 'add', '-A');
		place.write(join(folder, 'lib/tools.py'), 'untracked\n');
		return folder;
	},
	features: [],
	changed: ['data/staged.txt'],
	untracked: ['lib/tools.py'],
});

keepsInPlace('a repository whose objects are precious', {
	make(place) {
		const folder = makeWorkingRepository(place, 'precious');
		place.git(folder, 'config', 'core.repositoryFormatVersion', '1');
		place.git(folder, 'config', 'extensions.preciousObjects', 'true');
		return folder;
	},
	features: [],
});

keepsInPlace('a folder with a newline and quotes in its name', {
	make: (place) => makeWorkingRepository(place, 'a "b"\n$(touch x) c'),
	features: [],
});

keepsInPlace("somebody else's repository that the person told git to trust", {
	make(place) {
		const folder = makeWorkingRepository(place, 'theirs');
		giveAway(folder);
		appendFileSync(join(place.folder, 'global-config'), `[safe]\n\tdirectory = ${folder}\n`);
		return folder;
	},
	features: [],
});

test('a fresh fill of a repository is what the rows above expect', () => {
	const place = makePlace();
	try {
		const folder = join(place.folder, 'fill');
		place.git(place.folder, 'init', '--quiet', folder);
		fillRepository(place, folder);
		assert.equal(place.git(folder, 'status', '--porcelain').trim(), 'M  data/staged.txt\n M lib/tools.py\n?? "new file \\"x\\".txt"');
		assert.equal(readFileSync(join(folder, '.git/HEAD'), 'utf8'), 'ref: refs/heads/main\n');
	} finally {
		place.dispose();
	}
});

test('what a repository no longer borrows is written to it', async () => {
	const place = makePlace();
	try {
		const origin = makeWorkingRepository(place, 'origin');
		place.git(place.folder, 'clone', '--quiet', '--shared', origin, 'borrower');
		const folder = join(place.folder, 'borrower');
		const open = async (at: string) => await openRepository((await inspectRepository(at, signal)) as RepositoryLayout, { git: null });
		await keepVersion(await open(origin), ref, 'borrowed');
		const repository = await open(folder);
		const notebook = repository.begin();
		const oid = notebook.blob(Buffer.from('borrowed'));
		assert.deepEqual(await notebook.finish(), { newObjects: 0, newBytes: 0 });
		place.git(folder, 'repack', '-adq');
		rmSync(join(folder, '.git/objects/info/alternates'));
		await keepVersion(repository, ref, 'borrowed');
		assert.equal(place.git(folder, 'cat-file', 'blob', oid), 'borrowed');
		assertSound(place, folder);
	} finally {
		place.dispose();
	}
});
