// Repositories of every layout, each with a program behind everything that its configuration can name, under the shipped server: versions are kept in place or
// where it is said, come back to the byte and run as jobs, no program runs, and of what is not ours not a byte changes.
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { inspectRepository } from '../../shared/src/node/git/inspect-repository.ts';
import {
	assertSound,
	assertUndisturbed,
	dirtyWorkingTree,
	foldersOf,
	foreignRefs,
	giveAway,
	makePlace,
	makeWorkingRepository,
	snapshot,
	type TestPlace,
} from '../../shared/src/node/git/real-repositories.test-case.ts';
import { makeNotebook } from '../bench/notebooks.ts';
import { startServer, type TestServer } from '../support/start-server.ts';
import { untilEnded } from './until-ended.ts';

const counted = { repositories: 0, lost: 0, doubled: 0, stuck: 0, disturbed: 0, planted: 0, 'programs run': 0 };
const { signal } = new AbortController();
let place: TestPlace;
let server: TestServer;

before(async () => {
	place = makePlace();
	server = await startServer({ environment: { GIT_CONFIG_GLOBAL: path.join(place.folder, 'global-config') } });
});
after(async () => {
	await server?.dispose();
	place.dispose();
	const { repositories, planted, ...rest } = counted;
	process.stdout.write(
		`repositories of ${repositories} layouts, ${planted} programs planted: lost: ${rest.lost}, doubled: ${rest.doubled}, stuck: ${rest.stuck}, disturbed: ${rest.disturbed}, ran: ${rest['programs run']}\n`,
	);
	assert.deepEqual(rest, { lost: 0, doubled: 0, stuck: 0, disturbed: 0, 'programs run': 0 });
});

interface Row {
	/** Makes it below the place's folder; returns the folder of the notebook. */
	readonly make: (place: TestPlace) => string;
	/** Matches why versions are kept elsewhere; null where they are kept in place. */
	readonly elsewhere?: RegExp;
	/** What else is done once the programs are planted, such as giving it all to somebody else. */
	readonly last?: (place: TestPlace, folder: string) => void;
	/** A line of the notebook that says what its job must find there. */
	readonly cell?: string;
}

const clone = (from: TestPlace, name: string, ...options: string[]): string => {
	const origin = makeWorkingRepository(from, 'origin');
	from.git(origin, 'config', 'uploadpack.allowFilter', 'true');
	from.git(from.folder, 'clone', '--quiet', ...options, options.includes('--shared') ? origin : `file://${origin}`, name);
	dirtyWorkingTree(from, path.join(from.folder, name));
	return path.join(from.folder, name);
};

const layouts: Readonly<Record<string, Row>> = {
	'a plain repository': { make: (at) => makeWorkingRepository(at, 'plain') },
	'a linked worktree': {
		make(at) {
			at.git(makeWorkingRepository(at, 'main'), 'worktree', 'add', '-q', '-b', 'side', path.join(at.folder, 'side'));
			dirtyWorkingTree(at, path.join(at.folder, 'side'));
			return path.join(at.folder, 'side');
		},
	},
	'a submodule': {
		make(at) {
			const outer = makeWorkingRepository(at, 'outer');
			at.git(outer, 'submodule', '--quiet', 'add', makeWorkingRepository(at, 'inner'), 'parts/inner');
			dirtyWorkingTree(at, path.join(outer, 'parts/inner'));
			return path.join(outer, 'parts/inner');
		},
	},
	'SHA-256': { make: (at) => makeWorkingRepository(at, 'sha256', ['--object-format=sha256']) },
	'a reftable': {
		make: (at) => makeWorkingRepository(at, 'reftable'),
		last: (_, folder) =>
			appendFileSync(path.join(folder, '.git/config'), '[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefstorage = reftable\n'),
		elsewhere: /reftable/,
	},
	alternates: { make: (at) => clone(at, 'borrower', '--shared') },
	'a partial clone': {
		make: (at) => clone(at, 'partial', '--filter=blob:none'),
		// What is missing could only be fetched by a program.
		last: (at, folder) => void at.git(folder, 'config', 'remote.origin.url', 'ssh://nobody@localhost/nothing'),
	},
	'a shallow clone': { make: (at) => clone(at, 'shallow', '--depth=1') },
	'an index of version 4': {
		make(at) {
			const folder = makeWorkingRepository(at, 'index');
			at.git(folder, 'update-index', '--index-version', '4');
			return folder;
		},
	},
	'a split index': {
		make(at) {
			const folder = makeWorkingRepository(at, 'split');
			at.git(folder, 'update-index', '--split-index');
			at.write(path.join(folder, 'data/staged.txt'), 'third\n');
			at.git(folder, 'add', 'data/staged.txt');
			return folder;
		},
	},
	'a sparse checkout with a sparse index': {
		make(at) {
			const folder = makeWorkingRepository(at, 'sparse');
			at.git(folder, 'stash', '--quiet');
			at.git(folder, 'sparse-checkout', 'set', '--cone', '--sparse-index', 'lib');
			at.write(path.join(folder, 'lib/tools.py'), 'changed = 1\n');
			return folder;
		},
	},
	'large files by LFS': {
		make(at) {
			const folder = makeWorkingRepository(at, 'lfs');
			at.write(path.join(folder, '.gitattributes'), '*.bin filter=lfs diff=lfs merge=lfs -text\n');
			at.write(path.join(folder, 'big.bin'), `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 14\n`);
			at.git(folder, 'add', '.gitattributes', 'big.bin');
			at.git(folder, 'commit', '-qm', 'pointer', '--', '.gitattributes', 'big.bin');
			at.write(path.join(folder, 'big.bin'), 'large content\n');
			return folder;
		},
		cell: "assert open('big.bin').read() == 'large content\\n'",
	},
	'core.sharedRepository': { make: (at) => makeWorkingRepository(at, 'shared', ['--shared=group']) },
	"somebody else's repository": {
		make: (at) => makeWorkingRepository(at, 'theirs'),
		last: (_, folder) => giveAway(folder),
		elsewhere: /belongs to somebody else/,
	},
	"somebody else's repository that the person trusts": {
		make: (at) => makeWorkingRepository(at, 'trusted'),
		last(at, folder) {
			giveAway(folder);
			at.git(at.folder, 'config', '--global', '--add', 'safe.directory', folder);
		},
	},
	'no commit yet': {
		make(at) {
			const folder = path.join(at.folder, 'unborn');
			at.git(at.folder, 'init', '--quiet', folder);
			at.write(path.join(folder, 'data/staged.txt'), 'staged\n');
			at.git(folder, 'add', '-A');
			return folder;
		},
	},
	'packed refs and objects': {
		make(at) {
			const folder = makeWorkingRepository(at, 'packed');
			at.git(folder, 'gc', '-q');
			at.git(folder, 'pack-refs', '--all', '--prune');
			return folder;
		},
	},
};

const hooks = ['reference-transaction', 'post-index-change', 'pre-auto-gc', 'pre-commit', 'post-commit', 'post-checkout', 'fsmonitor-watchman'];

/** Puts a program behind hooks, filters, textconv, fsmonitor, ssh and the credential helper. @returns the file in which those that ran leave their names */
function plant(at: TestPlace, commonDir: string): string {
	const ran = path.join(at.folder, 'ran');
	const program = (name: string): string => {
		const file = path.join(at.folder, `canary-${name}`);
		writeFileSync(file, `#!/bin/sh\necho '${name}' >> '${ran}'\nexec cat\n`);
		chmodSync(file, 0o755);
		counted.planted += 1;
		return file;
	};
	mkdirSync(path.join(commonDir, 'hooks'), { recursive: true });
	for (const hook of hooks) {
		writeFileSync(path.join(commonDir, 'hooks', hook), readFileSync(program(`hook-${hook}`)));
		chmodSync(path.join(commonDir, 'hooks', hook), 0o755);
	}
	mkdirSync(path.join(commonDir, 'info'), { recursive: true });
	appendFileSync(
		path.join(commonDir, 'info', 'attributes'),
		'*.py filter=evil diff=evil\n*.ipynb filter=evil diff=evil\n*.txt filter=process diff=evil\n',
	);
	appendFileSync(
		path.join(commonDir, 'config'),
		`[core]
	fsmonitor = ${program('fsmonitor')}
	sshCommand = ${program('ssh')}
	askPass = ${program('askpass')}
[credential]
	helper = ${program('credential')}
[filter "evil"]
	clean = ${program('clean')}
	smudge = ${program('smudge')}
	required = true
[filter "process"]
	process = ${program('process')}
	required = true
[filter "lfs"]
	process = ${program('lfs')}
	clean = ${program('lfs-clean')}
	required = true
[diff "evil"]
	textconv = ${program('textconv')}
	command = ${program('diff-command')}
[diff]
	external = ${program('external-diff')}
[uploadpack]
	packObjectsHook = ${program('pack-objects')}
[gpg]
	program = ${program('gpg')}
[commit]
	gpgSign = true
`,
	);
	return ran;
}

/** Everything that lies there. Objects that are needed again are touched, as Git does, so that no packing drops them: their times may change, and nothing else. */
function look(folders: readonly string[]): ReadonlyMap<string, string> {
	return new Map([...snapshot(folders)].map(([file, facts]) => [file, /\/objects\//.test(file) ? facts.replace(/ \d{15,} /, ' ') : facts]));
}

async function answered<T>(what: string, answer: Promise<{ status: number; body: T }>): Promise<T> {
	const { status, body } = await answer;
	assert.ok(status >= 200 && status < 300, `${what}: ${status} ${JSON.stringify(body)}`);
	return body;
}

/** All that a person does with a notebook, but writing it. */
async function useAll(notebook: string, onDisk: string, onScreen: string): Promise<{ readonly submitted: string; readonly note: string | null }> {
	const query = `notebook=${encodeURIComponent(notebook)}`;
	const { note } = await answered('open', server.post<{ note: string | null }>('/v1/notebooks/open', { notebook, client: 'window' }));
	const keep = (body: object) => answered('keep', server.post<Version>('/v1/versions', { notebook, ...body }));
	const saved = await keep({ reason: 'save' });
	const submitted = await keep({ reason: 'submit', content: onScreen });
	const labelled = await keep({ reason: 'label', label: 'a name', content: onScreen });
	const posted = await answered(
		'job',
		server.post<Job>(
			'/v1/jobs',
			{ notebook, version: submitted.id },
			{ 'idempotency-key': `of ${notebook}`.replace(/[^\x21-\x7e]/g, '_').slice(-120) },
		),
	);
	const job = await untilEnded(server, posted.id, ({ state, result }) => state === 'failed' || result?.version != null);
	if (job === null) counted.stuck += 1;
	assert.equal(job?.state, 'succeeded', JSON.stringify(job));
	const listed = (await server.call(`/v1/versions?${query}&results=true`)).json<{ versions: Version[] }>().versions.map(({ id }) => id);
	const made = [saved.id, submitted.id, labelled.id, job.result!.version!];
	counted.lost += made.filter((id) => !listed.includes(id)).length;
	counted.doubled += listed.length - new Set(listed).size;
	assert.deepEqual([...listed].sort(), [...new Set(made)].sort());
	for (const [id, text] of [
		[saved.id, onDisk],
		[submitted.id, onScreen],
		[labelled.id, onScreen],
	] as const) {
		const read = await server.call(`/v1/versions/${id}/notebook?${query}`);
		if (read.bytes.toString() !== text) counted.lost += 1;
		assert.equal(read.bytes.toString(), text);
	}
	const to = path.join(server.home, `restored-${counted.repositories}.ipynb`);
	await answered('restore', server.post(`/v1/versions/${saved.id}/restore?${query}`, { to }));
	assert.equal(readFileSync(to, 'utf8'), onDisk);
	await answered('check', server.post('/v1/jobs/check', { notebook, version: submitted.id }));
	await answered('parameters', server.post('/v1/parameters', { notebook }));
	await answered('close', server.post('/v1/notebooks/open', { notebook, client: 'window', closed: true }));
	return { submitted: submitted.id, note };
}

describe('versions and jobs in a repository with', () => {
	for (const [name, row] of Object.entries(layouts)) {
		test(`${name}: ${row.elsewhere === undefined ? 'kept in place' : 'kept elsewhere, which is said'}, and nothing else is touched`, async () => {
			counted.repositories += 1;
			const at: TestPlace = { ...place, folder: path.join(place.folder, String(counted.repositories)) };
			mkdirSync(at.folder);
			const folder = row.make(at);
			const notebook = path.join(folder, 'night.ipynb');
			const onDisk = makeNotebook([{ source: 'import helper_module' }]);
			const onScreen = makeNotebook([{ source: `import helper_module\n${row.cell ?? 'pass'}\nprint(helper_module.x)`, imageCharacters: 6000 }]);
			writeFileSync(notebook, onDisk);
			writeFileSync(path.join(folder, 'helper_module.py'), 'x = 1\n');
			const made = await inspectRepository(folder, signal);
			assert.ok(made !== null);
			const ran = plant(at, made.commonDir);
			row.last?.(at, folder);
			const inPlace = row.elsewhere === undefined;
			const folders = foldersOf(made);
			const refs = inPlace ? foreignRefs(at, folder) : '';
			rmSync(ran, { force: true });
			const seen = look(folders);

			const { submitted, note } = await useAll(notebook, onDisk, onScreen);

			const programs = existsSync(ran) ? [...new Set(readFileSync(ran, 'utf8').trim().split('\n'))] : [];
			counted['programs run'] += programs.length;
			assert.deepEqual(programs, []);
			try {
				assertUndisturbed(seen, look(folders), inPlace ? made.commonDir : '/none');
				if (inPlace) assert.equal(foreignRefs(at, folder), refs);
			} catch (error) {
				counted.disturbed += 1;
				throw error;
			}
			if (inPlace) {
				assert.match(note ?? '', /in its Git repository below refs\/nightlog/);
				assertSound(at, folder);
				assert.match(at.git(folder, 'ls-tree', '-r', '--name-only', submitted), /^night\.ipynb$/m, 'it is a commit of the repository');
			} else assert.match(note ?? '', row.elsewhere);
		});
	}

	test('the programs are alive: a plain git runs them', () => {
		const at: TestPlace = { ...place, folder: path.join(place.folder, 'alive') };
		mkdirSync(at.folder);
		const folder = makeWorkingRepository(at, 'plain');
		const ran = plant(at, path.join(folder, '.git'));
		at.write(path.join(folder, 'data/staged.txt'), 'a third time\n');
		// One file at a time, and each changed in length: which files Git reads again otherwise depends on the clock, and the first filter that fails ends it.
		const add = ['-c', 'core.fsmonitor=false', 'add', '--'];
		for (const words of [['status'], [...add, 'lib/tools.py'], [...add, 'data/staged.txt'], ['update-ref', 'refs/heads/x', 'HEAD']]) {
			try {
				at.git(folder, ...words);
			} catch {
				// A filter that is no filter ends git; that it was begun is what counts.
			}
		}
		const programs = readFileSync(ran, 'utf8').split('\n');
		for (const program of ['fsmonitor', 'clean', 'process', 'hook-reference-transaction'])
			assert.ok(programs.includes(program), `${program} is not among ${programs}`);
	});
});
