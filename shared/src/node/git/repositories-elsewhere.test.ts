import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdirSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isNightlogError } from '../../base/nightlog-error.ts';
import type { RepositoryLayout } from '../../versions/repository.ts';
import { inspectRepository } from './inspect-repository.ts';
import { openForReading } from './open-for-reading.ts';
import { openRepository } from './open-repository.ts';
import {
	assertSound,
	assertUndisturbed,
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
const ref = 'refs/nightlog/0123456789ab/01hzzzzzzzzzzzzzzzzzzzzzzz/versions';

/** A repository where versions cannot be kept: it says why, and not a byte of it changes. */
function keptElsewhere(name: string, make: (place: TestPlace) => string, note: RegExp): void {
	test(`${name}: kept elsewhere, which is said, and nothing touched`, async () => {
		const place = makePlace();
		try {
			const folder = make(place);
			const before = snapshot([folder]);
			const layout = await inspectRepository(folder, signal);
			assert.equal(layout?.engine, 'elsewhere');
			assert.match(layout.note ?? '', note);
			await assert.rejects(openRepository(layout, { git }), (error) => isNightlogError(error, 'repository/not-here'));
			assertUndisturbed(before, snapshot([folder]), '/none');
		} finally {
			place.dispose();
		}
	});
}

keptElsewhere(
	'a repository of reftable under a git that does not know it',
	(place) => {
		const folder = makeWorkingRepository(place, 'reftable');
		appendFileSync(join(folder, '.git/config'), '[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefstorage = reftable\n');
		return folder;
	},
	/refs have the format reftable that your git program does not know/,
);
keptElsewhere(
	'a repository with an unknown extension',
	(place) => {
		const folder = makeWorkingRepository(place, 'extended');
		appendFileSync(join(folder, '.git/config'), '[core]\n\trepositoryformatversion = 1\n[extensions]\n\tfutureThing = yes\n');
		return folder;
	},
	/futurething/,
);
keptElsewhere(
	'a repository of a newer format',
	(place) => {
		const folder = makeWorkingRepository(place, 'newer');
		appendFileSync(join(folder, '.git/config'), '[core]\n\trepositoryformatversion = 7\n');
		return folder;
	},
	/format 7/,
);
keptElsewhere(
	'a repository whose configuration cannot be read',
	(place) => {
		const folder = makeWorkingRepository(place, 'broken');
		appendFileSync(join(folder, '.git/config'), '[broken\n');
		return folder;
	},
	/config cannot be read from line \d+/,
);
keptElsewhere(
	'a .git file that leads nowhere',
	(place) => {
		place.write(join(place.folder, 'lost/.git'), 'gitdir: ../gone/.git\n');
		return join(place.folder, 'lost');
	},
	/does not lead to a repository/,
);
keptElsewhere(
	'a repository that names another folder as its working tree',
	(place) => {
		const folder = makeWorkingRepository(place, 'hostile');
		place.git(folder, 'config', 'core.worktree', place.folder);
		return folder;
	},
	/core\.worktree/,
);

keptElsewhere(
	"somebody else's repository",
	(place) => {
		const folder = makeWorkingRepository(place, 'theirs');
		giveAway(folder);
		return folder;
	},
	/belongs to somebody else/,
);

for (const [name, change] of [
	['somebody else has now', (folder: string) => giveAway(folder)],
	['whose configuration cannot be read', (folder: string) => appendFileSync(join(folder, '.git/config'), '[broken\n')],
] as const) {
	test(`a repository ${name}: what was kept there can be read, and nothing of it changed`, async () => {
		const place = makePlace();
		try {
			const folder = makeWorkingRepository(place, 'before');
			const repository = await openRepository((await inspectRepository(folder, signal)) as RepositoryLayout, { git });
			const kept = await keepVersion(repository, ref, 'x');
			change(folder);
			const before = snapshot([folder]);
			const layout = (await inspectRepository(folder, signal)) as RepositoryLayout;
			assert.equal(layout.engine, 'elsewhere');
			const reading = await openForReading(layout);
			assert.equal(await reading?.readRef(ref), kept);
			assert.deepEqual(await reading?.readCommit(kept), await repository.readCommit(kept));
			assert.deepEqual(await reading?.listRefs('refs/nightlog/'), [{ ref, oid: kept }]);
			await reading?.maintain(signal);
			assert.throws(() => reading?.begin(), { code: 'repository/not-here' });
			for (const write of [() => reading?.changeRefs([{ ref, from: kept, to: null }]), () => reading?.trackedFiles(signal)])
				await assert.rejects(async () => await write(), { code: 'repository/not-here' });
			assertUndisturbed(before, snapshot([folder]), '/none');
		} finally {
			place.dispose();
		}
	});
}

test('a repository whose refs only another program knows is not opened for reading', async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'reftable');
		appendFileSync(join(folder, '.git/config'), '[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefstorage = reftable\n');
		assert.equal(await openForReading((await inspectRepository(folder, signal)) as RepositoryLayout), null);
	} finally {
		place.dispose();
	}
});

test('no repository: null, also in a home that is one', async () => {
	const place = makePlace();
	try {
		mkdirSync(join(place.folder, 'nothing'));
		assert.equal(await inspectRepository(join(place.folder, 'nothing'), signal), null);
		const home = makeWorkingRepository(place, 'home');
		assert.equal(await inspectRepository(join(home, 'lib'), signal, { home }), null);
		assert.notEqual(await inspectRepository(join(home, 'lib'), signal, { home: join(home, 'lib') }), null);
	} finally {
		place.dispose();
	}
});

test('a folder that is not there yet is looked for from its nearest parent', async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'plain');
		assert.equal((await inspectRepository(join(folder, 'not/yet/there'), signal))?.workTree, folder);
	} finally {
		place.dispose();
	}
});

test('a link planted below our refs does not lead our writes out of the repository', async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'hostile');
		mkdirSync(join(place.folder, 'outside'));
		mkdirSync(join(folder, '.git/refs/nightlog'));
		symlinkSync(join(place.folder, 'outside'), join(folder, '.git/refs/nightlog/0123456789ab'));
		const layout = await inspectRepository(folder, signal);
		const repository = await openRepository(layout as RepositoryLayout, { git });
		await assert.rejects(keepVersion(repository, ref, 'x'), (error) => isNightlogError(error, 'repository/bad-ref'));
		assert.deepEqual(readdirSync(join(place.folder, 'outside')), []);
	} finally {
		place.dispose();
	}
});

test("a link in place of our own folder does not lead our writes, nor what clears up, to the person's files", async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'hostile');
		const theirs = join(place.folder, 'outside', 'packing-list');
		mkdirSync(theirs, { recursive: true });
		symlinkSync(join(place.folder, 'outside'), join(folder, '.git/nightlog'));
		const layout = await inspectRepository(folder, signal);
		const repository = await openRepository(layout as RepositoryLayout, { git, now: () => Date.now() + 2 * 60 * 60 * 1000 });
		for (const use of [() => keepVersion(repository, ref, 'x'), () => repository.maintain(signal)])
			await assert.rejects(use, (error) => isNightlogError(error, 'repository/bad-ref'));
		assert.deepEqual(readdirSync(join(place.folder, 'outside')), ['packing-list']);
		assert.equal(await repository.readRef(ref), null);
	} finally {
		place.dispose();
	}
});

for (const path of ['objects', 'objects/pack', 'refs']) {
	test(`a repository whose ${path} is a link, as some people share it, is used in place`, async () => {
		const place = makePlace();
		try {
			const folder = makeWorkingRepository(place, 'linked');
			const elsewhere = join(place.folder, 'elsewhere');
			renameSync(join(folder, '.git', path), elsewhere);
			symlinkSync(elsewhere, join(folder, '.git', path));
			const layout = await inspectRepository(folder, signal);
			const repository = await openRepository(layout as RepositoryLayout, { git });
			const kept = await keepVersion(repository, ref, 'x');
			assert.equal(await repository.readRef(ref), kept);
			await repository.maintain(signal);
			assert.equal(place.git(folder, 'fsck', '--strict', '--no-dangling', '--no-progress'), '');
		} finally {
			place.dispose();
		}
	});
}

test('a repository that cannot be written is kept elsewhere', async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'readonly');
		const layout = await inspectAsNobody(place, folder);
		assert.equal(layout.engine, 'elsewhere');
		assert.match(layout.note ?? '', /read it but not write/);
	} finally {
		place.dispose();
	}
});

for (const [inner, isFile] of [
	['nightlog', false],
	['nightlog/objects', true],
	['refs/nightlog', false],
	['objects/pack', false],
] as const) {
	test(`a repository whose ${inner} somebody else made is kept elsewhere`, async () => {
		const place = makePlace();
		try {
			const folder = makeWorkingRepository(place, 'group');
			const path = join(folder, '.git', inner);
			mkdirSync(isFile ? join(path, '..') : path, { recursive: true });
			if (isFile) writeFileSync(path, '');
			giveAway(folder);
			assert.equal((await inspectAsNobody(place, folder)).engine, 'own');
			chownSync(path, 0, 0);
			const layout = await inspectAsNobody(place, folder);
			assert.equal(layout.engine, 'elsewhere');
			assert.ok(layout.note?.includes(`you may not write to ${path} in it`), String(layout.note));
		} finally {
			place.dispose();
		}
	});
}

test("where folders of loose objects are somebody else's, a version is kept as a pack", async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'sudo');
		place.git(place.folder, 'config', '--global', '--add', 'safe.directory', '*');
		giveAway(folder);
		for (let first = 0; first < 256; first++) {
			const path = join(folder, '.git/objects', first.toString(16).padStart(2, '0'));
			mkdirSync(path, { recursive: true });
			chownSync(path, 0, 0);
		}
		const kept = await asNobody(
			place,
			`const { openRepository } = await import(${JSON.stringify(join(import.meta.dirname, 'open-repository.ts'))});
			const { keepVersion } = await import(${JSON.stringify(join(import.meta.dirname, 'real-repositories.test-case.ts'))});
			const layout = await inspectRepository(${JSON.stringify(folder)}, new AbortController().signal);
			const kept = await keepVersion(await openRepository(layout, { git: null }), ${JSON.stringify(ref)}, 'x');`,
		);
		assert.equal(place.git(folder, 'rev-parse', ref).trim(), kept);
		assert.equal(readdirSync(join(folder, '.git/objects/pack')).filter((name) => name.endsWith('.pack')).length, 1);
		assertSound(place, folder);
	} finally {
		place.dispose();
	}
});

async function inspectAsNobody(place: TestPlace, folder: string): Promise<RepositoryLayout> {
	return (await asNobody(
		place,
		`const kept = await inspectRepository(${JSON.stringify(folder)}, new AbortController().signal);`,
	)) as RepositoryLayout;
}

/** Root may write anywhere: this is done as another user, in a process of its own. Answers what the script calls `kept`. */
async function asNobody(place: TestPlace, what: string): Promise<unknown> {
	chmodSync(place.folder, 0o755);
	if (process.getuid?.() !== 0) throw new Error('this test asks as another user, which only root may: run it as root, as the README says');
	const script = `import { inspectRepository } from ${JSON.stringify(join(import.meta.dirname, 'inspect-repository.ts'))};
		process.setgroups([]); process.setgid(65534); process.setuid(65534);
		${what}
		process.stdout.write(JSON.stringify(kept));`;
	const result = spawnSync(process.execPath, ['--conditions=source', '--input-type=module', '--eval', script], { encoding: 'utf8' });
	assert.equal(result.status, 0, result.stderr);
	return JSON.parse(result.stdout);
}

test('what is read of a repository is bounded: a pipe in place of a ref is not waited for', async () => {
	const place = makePlace();
	try {
		const folder = makeWorkingRepository(place, 'pipes');
		mkdirSync(join(folder, '.git', ref, '..'), { recursive: true });
		execFileSync('mkfifo', [join(folder, '.git', ref)]);
		const layout = await inspectRepository(folder, signal);
		const repository = await openRepository(layout as RepositoryLayout, { git });
		assert.equal(await repository.readRef(ref), null);
		assert.equal(statSync(join(folder, '.git', ref)).isFIFO(), true);
	} finally {
		place.dispose();
	}
});
