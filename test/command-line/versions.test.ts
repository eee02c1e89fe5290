import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Finding } from '@nightlog/shared/base/finding';
import { Parameter } from '@nightlog/shared/parameters/parameter-schema';
import { Version } from '@nightlog/shared/versions/version-schema';
import { assertMatches } from '../support/assert-matches.ts';
import { testPython } from '../support/start-server.ts';
import { type Account, makeAccount } from './account.ts';
import { notebookText, withParameters } from './notebooks.ts';

let account: Account;
const first = withParameters;
const second = notebookText(['print("second")']).replaceAll('\n', '\r\n');
before(() => {
	account = makeAccount();
	account.write('steps.ipynb', first);
});
after(() => account.dispose());

test('keep, list, show and restore give back the bytes that were kept', async () => {
	const kept = await account.nightlog('keep', 'steps.ipynb', '--label', 'best fit', '--json');
	assert.equal(kept.code, 0, kept.error);
	const one = kept.json<Version>();
	assertMatches(Version, one);
	assert.equal(one.label, 'best fit');
	assert.equal(one.author.email, 'ann@example.org');
	account.write('steps.ipynb', second);
	const two = (await account.nightlog('keep', 'steps.ipynb', '--json')).json<Version>();

	const versions = (await account.nightlog('versions', 'steps.ipynb', '--json')).json<Version[]>();
	for (const version of versions) assertMatches(Version, version);
	assert.deepEqual(
		versions.map(({ id }) => id),
		[two.id, one.id],
	);

	for (const name of [one.id, one.id.slice(0, 8), 'best fit']) {
		assert.equal((await account.nightlog('show', `steps.ipynb@${name}`)).out, first, name);
	}
	assert.equal((await account.nightlog('show', `steps.ipynb@${two.id}`, '-o', 'copy.ipynb')).code, 0);
	assert.equal(account.read('copy.ipynb'), second);
	assert.equal((await account.nightlog('show', 'steps.ipynb@best fit', '-o', 'copy.ipynb')).code, 2);
	assert.equal(account.read('copy.ipynb'), second);

	account.write('steps.ipynb', 'not even a notebook');
	const third = notebookText(['print("third")']);
	account.write('steps.ipynb', third);
	const restored = await account.nightlog('restore', 'steps.ipynb@best fit', '--json');
	assert.equal(restored.code, 0, restored.error);
	assert.equal(account.read('steps.ipynb'), first);
	const { before: kept3 } = restored.json<{ before: Version }>();
	assert.equal((await account.nightlog('show', `steps.ipynb@${kept3.id}`)).out, third, 'what was there is kept');
});

test('label names a version that was kept, moves a name only when told to, and takes one away', async () => {
	const label = (...argv: readonly string[]) => account.nightlog('label', ...argv, '--json');
	const labels = async () => (await account.nightlog('versions', 'named.ipynb', '--json')).json<Version[]>().map((version) => version.label);
	account.write('named.ipynb', first);
	const one = (await account.nightlog('keep', 'named.ipynb', '--json')).json<Version>();
	account.write('named.ipynb', second);
	const two = (await account.nightlog('keep', 'named.ipynb', '--json')).json<Version>();
	const named = await label(`named.ipynb@${one.id.slice(0, 8)}`, 'for ana@obs');
	assert.equal(named.code, 0, named.error);
	assertMatches(Version, named.json());
	assert.deepEqual(named.json<Version>(), { ...one, label: 'for ana@obs' });
	assert.deepEqual(await labels(), [null, 'for ana@obs']);

	const taken = await label(`named.ipynb@${two.id}`, 'for ana@obs');
	assert.deepEqual([taken.code, taken.out], [2, '']);
	assert.match(taken.problem().type, /version\/label-taken$/);
	assert.equal(taken.problem().data?.version, one.id);
	assert.equal((await label(`named.ipynb@${two.id}`, 'for ana@obs', '--move')).code, 0);
	assert.deepEqual(await labels(), ['for ana@obs', null]);

	assert.equal((await account.nightlog('label', 'named.ipynb@for ana@obs', 'final')).out, `${two.id}  is named final\n`);
	assert.deepEqual(await labels(), ['final', null]);
	assert.equal((await account.nightlog('label', 'named.ipynb@final', '--remove')).out, `${two.id}  has no name now\n`);
	assert.deepEqual(await labels(), [null, null]);
	assert.match((await label('named.ipynb@final', 'other')).problem().type, /version\/not-found$/);
});

test('names of folders, notebooks and versions may hold an @', async () => {
	const folder = path.join(account.folder, 'ana@obs', 'old.ipynb@home');
	mkdirSync(folder, { recursive: true });
	const name = 'ana@obs/old.ipynb@home/a@b.ipynb';
	account.write(name, first);
	const kept = await account.nightlog('keep', name, '--label', 'for ana@obs', '--json');
	assert.equal(kept.code, 0, kept.error);
	const { id } = kept.json<Version>();
	for (const version of ['for ana@obs', id, id.slice(0, 8)]) {
		const shown = await account.nightlog('show', `${name}@${version}`);
		assert.equal(shown.out, first, shown.error);
		const inFolder = await account.startIn(folder, ['show', `a@b.ipynb@${version}`]).end;
		assert.equal(inFolder.out, first, inFolder.error);
	}
	account.write(name, second);
	assert.equal((await account.nightlog('restore', `${name}@for ana@obs`)).code, 0);
	assert.equal(account.read(name), first);
	rmSync(path.join(folder, 'a@b.ipynb'));
	const gone = await account.nightlog('restore', `${name}@for ana@obs`);
	assert.equal(gone.code, 0, gone.error);
	assert.equal(account.read(name), first);
	assert.match((await account.nightlog('show', name, '--json')).problem().type, /command\/no-version$/);
});

test('versions from before the folder was a repository are offered to move in, and move-in takes the offer', async () => {
	const outside = makeAccount();
	try {
		outside.write('night.ipynb', first);
		const kept = (await outside.nightlog('keep', 'night.ipynb', '--json')).json<Version>();
		assert.doesNotMatch((await outside.nightlog('versions', 'night.ipynb')).error, /move-in/);
		const git = (...args: string[]) => execFileSync('git', args, { cwd: outside.folder, encoding: 'utf8' });
		git('init', '-q');
		for (const command of ['versions', 'keep']) {
			const end = await outside.nightlog(command, 'night.ipynb');
			assert.equal(end.code, 0, end.error);
			assert.match(end.error, /To move it into .*\.git: nightlog move-in night\.ipynb$/m);
		}
		const moved = (await outside.nightlog('move-in', 'night.ipynb', '--json')).json<Record<string, unknown>>();
		const notebook = path.join(outside.folder, 'night.ipynb');
		assert.deepEqual(moved, { repository: path.join(outside.folder, '.git'), inProject: true, notebooks: [{ notebook, versions: 1 }] });
		const after = await outside.nightlog('versions', 'night.ipynb', '--json');
		assert.deepEqual(after.json<Version[]>(), [kept]);
		assert.equal(git('cat-file', '-t', kept.id), 'commit\n');
		assert.match((await outside.nightlog('move-in', 'night.ipynb')).out, /^Nothing was to be moved/);
	} finally {
		await outside.dispose();
	}
});

test('versions that cannot be read are told of on standard error, and a list without any does not say that there are none yet', async () => {
	const damaged = makeAccount();
	try {
		damaged.write('night.ipynb', first);
		execFileSync('git', ['init', '-q'], { cwd: damaged.folder });
		const { id } = (await damaged.nightlog('keep', 'night.ipynb', '--json')).json<Version>();
		assert.equal((await damaged.nightlog('versions', 'night.ipynb')).error, '');
		// A server that runs remembers what it wrote.
		await damaged.end();
		rmSync(path.join(damaged.folder, '.git/objects', id.slice(0, 2), id.slice(2)));
		for (const [options, out] of [
			[[], ''],
			[['--json'], '[]\n'],
		] as const) {
			const end = await damaged.nightlog('versions', 'night.ipynb', ...options);
			assert.equal(end.code, 0, end.error);
			assert.equal(end.out, out);
			assert.match(end.error, new RegExp(`Version ${id} cannot be read.*git fsck`));
		}
	} finally {
		await damaged.dispose();
	}
});

test('restore --to writes beside it, and never over a file', async () => {
	assert.equal((await account.nightlog('restore', 'steps.ipynb@best fit', '--to', 'beside.ipynb')).code, 0);
	assert.equal(account.read('beside.ipynb'), first);
	account.write('beside.ipynb', second);
	const again = await account.nightlog('restore', 'steps.ipynb@best fit', '--to', 'beside.ipynb', '--json');
	assert.equal(again.code, 2);
	assert.equal(account.read('beside.ipynb'), second);
});

test('a version that is not there: exit 2', async () => {
	for (const name of ['never', 'f'.repeat(40), '0123abcd']) {
		const end = await account.nightlog('show', `steps.ipynb@${name}`, '--json');
		assert.equal(end.code, 2, name);
		assert.match(end.problem().type, /version\/not-found$/);
	}
});

test('parameters with type, default and help', async () => {
	account.write('parameters.ipynb', withParameters);
	const end = await account.nightlog('parameters', 'parameters.ipynb', '--json');
	assert.equal(end.code, 0, end.error);
	const parameters = end.json<Parameter[]>();
	for (const parameter of parameters) assertMatches(Parameter, parameter);
	assert.deepEqual(
		parameters.map(({ name, type, default: value, help, line }) => [name, type, value, help, line]),
		[
			['steps', 'integer', 3, 'how many steps', 1],
			['name', 'string', 'Vega', null, 2],
			['scale', 'number', 1.5, null, 3],
			['verbose', 'boolean', false, null, 4],
			['limits', 'list', [0, 1], null, 5],
		],
	);
	assert.match((await account.nightlog('parameters', 'parameters.ipynb')).out, /^steps +integer +3 +how many steps$/m);
});

test('config show has the configuration in force, with the file of each value', async () => {
	assert.equal((await account.nightlog('config', 'check')).code, 0);
	const shown = await account.nightlog('config', 'show', '--origin');
	assert.equal(shown.code, 0, shown.error);
	assert.match(shown.out, /^backends\.local\.slots: 2 {2}# .*config\.yaml/m);
	const json = (await account.nightlog('config', 'show', '--json')).json<{ backends: { local: { slots: number } } }>();
	assert.equal(json.backends.local.slots, 2);
});

test('diagnose answers in findings, and in plain sentences', async () => {
	const end = await account.nightlog('diagnose', '--json');
	assert.equal(end.code, 0, end.out);
	const findings = end.json<Finding[]>();
	for (const finding of findings) assertMatches(Finding, finding);
	const codes = findings.map(({ code }) => code);
	for (const code of ['program', 'server', 'state-folder', 'backend', 'git', 'kernels', 'disk']) assert.ok(codes.includes(`diagnose/${code}`), code);
	assert.match((await account.nightlog('diagnose')).out, /The server 0\.1\.0 runs on .* as process \d+/);
});

test('diagnose tells of the Python that a job gets, and what that one lacks', async () => {
	const other = makeAccount();
	try {
		const told = async (environment: Record<string, string> = {}) => {
			const findings = (await other.start(['diagnose', '--json'], environment).end).json<Finding[]>();
			return findings.filter(({ code }) => code === 'diagnose/kernels').map(({ severity, message }) => `${severity}: ${message}`);
		};
		const prefix = path.dirname(path.dirname(testPython));
		const [configured, ...more] = await told({ VIRTUAL_ENV: '/nowhere', PATH: '/usr/bin:/bin' });
		assert.deepEqual(more, []);
		assert.ok(configured?.startsWith(`information: Jobs on local run with ${testPython}, which the configuration names; it has`), configured);
		await other.end();

		other.configure('backends:\n  night: {type: local, python: /nowhere/python}\n');
		assert.match((await told()).join(), /^warning: Jobs on night run with \/nowhere\/python, .*\/nowhere\/python could not be started/);
		await other.end();

		other.configure('backends:\n  local: {type: local}\n');
		const elsewhere = await other.start(['serve', '--detach', '--json'], { VIRTUAL_ENV: prefix }).end;
		assert.equal(elsewhere.code, 0, elsewhere.error);
		assert.match(
			(await told({ PATH: '/usr/bin:/bin' })).join(),
			/^information: Jobs on local run with .*, whose environment the server runs in; .*python3/,
		);
		assert.match((await told({ VIRTUAL_ENV: prefix })).join(), /^information: .*, which is this shell's; /);
	} finally {
		await other.dispose();
	}
});
