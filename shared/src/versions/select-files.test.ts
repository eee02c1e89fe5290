import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIgnoreRules } from './ignore-rules.ts';
import { isKeyLikeName } from './key-like-name.ts';
import { type Candidate, isUnsafeFolder, mostBytes, mostFiles, selectFiles, untrackedBelowBytes } from './select-files.ts';

const candidate = (path: string, source: Candidate['source'] = 'untracked', sizeBytes: number | null = 1): Candidate => ({ path, source, sizeBytes });

/** @param reason null where it is taken */
function check(name: string, file: Candidate, reason: string | null, ignored = ''): void {
	test(`a version: ${name}`, () => {
		const { taken, leftOut } = selectFiles([file], createIgnoreRules([{ folder: '', text: ignored }]));
		assert.deepEqual(leftOut, reason === null ? [] : [{ path: file.path, sizeBytes: file.sizeBytes, reason }]);
		assert.deepEqual(taken, reason === null ? [file] : []);
	});
}

check('takes an untracked file', candidate('data/x.csv'), null);
check('takes an untracked file just below 10 MB', candidate('x', 'untracked', untrackedBelowBytes - 1), null);
check('leaves an untracked file of 10 MB', candidate('x', 'untracked', untrackedBelowBytes), 'too-large');
check('takes a tracked file of 10 MB', candidate('x', 'tracked', untrackedBelowBytes), null);
check('leaves what cannot be read', candidate('x', 'untracked', null), 'unreadable');
check('leaves hidden files', candidate('.env'), 'hidden');
check('leaves files in hidden folders', candidate('a/.cache/x'), 'hidden');
check('leaves hidden files that are tracked', candidate('.github/x.yml', 'tracked'), 'hidden');
check('leaves hidden modules', candidate('.lib/x.py', 'module'), 'hidden');
check('takes a module that speaks of tokens', candidate('tokenizer.py', 'module'), null);
check('leaves a file that speaks of tokens', candidate('my_token.txt'), 'key-like');
check('leaves a tracked key', candidate('id_ed25519', 'tracked'), 'key-like');
check('leaves a key that is run as a module', candidate('server.pem', 'module'), 'key-like');
check('takes parameter sets whatever the notebook is called', candidate('tokens.ipynb.parameters.yaml', 'parameters'), null);
check('leaves what is ignored', candidate('big/x.dat'), 'ignored', 'big/\n');
check('leaves modules that are ignored by name', candidate('scratch.py', 'module'), 'ignored', 'scratch.py');
check('leaves bytecode', candidate('a/__pycache__/x.cpython-311.pyc'), 'ignored');
check('leaves a name that Git refuses', candidate('a/git~1/x'), 'unreadable');
for (const name of ['a\udcff', '\ud83da', 'a\udd2d\ud83d', 'a\ufffd']) check('leaves a name that is no text', candidate(name), 'unreadable');
for (const name of ['🔭.csv', 'a🔭', '𝛼/🔭🔭 b.csv']) check('takes a name with characters beyond the first 65,536', candidate(name), null);
check('takes hostile names', candidate('-rf $(id) "\'\n;&'), null);
check('takes a name of 255 bytes', candidate('x'.repeat(255)), null);

for (const name of [
	'a.pem',
	'ID_rsa',
	'github-token',
	'TOKENS.json',
	'x.key',
	'x.p12',
	'prod.env',
	'kubeconfig',
	'kubeconfig.yaml',
	'my-secret.txt',
	'aws_credentials',
	'service-account.json',
	'passwords.csv',
	'secrets/db.txt',
	'api_key.txt',
]) {
	test(`${name} is key-like`, () => assert.equal(isKeyLikeName(name), true));
}
for (const name of [
	'monkey.csv',
	'keys.csv',
	'identity.csv',
	'environment.yml',
	'data/grid.asc',
	'compass.png',
	'tokens/part.csv'.replace('tokens', 'tok'),
]) {
	test(`${name} is not key-like`, () => assert.equal(isKeyLikeName(name), false));
}

test('at most so many files, the first ones, and what is left is said', () => {
	const files = Array.from({ length: mostFiles + 2 }, (_, index) => candidate(`f${index}`));
	const { taken, leftOut } = selectFiles(files, () => false);
	assert.equal(taken.length, mostFiles);
	assert.deepEqual(
		leftOut.map(({ path, reason }) => [path, reason]),
		[
			[`f${mostFiles}`, 'too-many'],
			[`f${mostFiles + 1}`, 'too-many'],
		],
	);
});

test('at most so many bytes, and smaller files still fit behind one that does not', () => {
	const files = [candidate('a', 'tracked', mostBytes - 5), candidate('b', 'tracked', 6), candidate('c', 'tracked', 5)];
	const { taken, leftOut } = selectFiles(files, () => false);
	assert.deepEqual(
		taken.map(({ path }) => path),
		['a', 'c'],
	);
	assert.deepEqual(leftOut, [{ path: 'b', sizeBytes: 6, reason: 'too-many' }]);
});

/** @param rows paths, and whether they are left out */
function rules(name: string, files: Readonly<Record<string, string>>, rows: Readonly<Record<string, boolean>>): void {
	test(`ignore rules: ${name}`, () => {
		const isIgnored = createIgnoreRules(Object.entries(files).map(([folder, text]) => ({ folder, text })));
		assert.deepEqual(Object.fromEntries(Object.keys(rows).map((path) => [path, isIgnored(path)])), rows);
	});
}

rules('comments, blanks and line ends of Windows', { '': '# x\r\n\r\n*.dat\r\n' }, { 'a.dat': true, x: false });
rules('a byte order mark', { '': '\uFEFF*.dat\n' }, { 'a.dat': true });
rules('only at the top', { '': '/x\n' }, { x: true, 'a/x': false });
rules('a folder and all below', { '': 'big/\n' }, { 'big/': true, 'big/a/b': true, 'x/big/a': true, bigger: false });
rules('back again', { '': '*.dat\n!keep.dat\n' }, { 'a.dat': true, 'keep.dat': false });
rules('nothing comes back below a folder that is out', { '': 'big/\n!big/keep\n' }, { 'big/keep': true });
rules('a file further down has the last word', { '': '*.dat\n', a: '!x.dat\n' }, { 'a/x.dat': false, 'x.dat': true });
rules('rules of a folder hold only there', { a: 'x\n' }, { 'a/x': true, x: false, 'ab/x': false });
rules('case counts', { '': 'X\n' }, { x: false, X: true });
rules('two stars', { '': 'a/**/z\n' }, { 'a/z': true, 'a/b/c/z': true, z: false });
rules('hostile names', { '': '*.dat\n' }, { '-x.dat': true, '$(id)\n.dat': true, '..x': false });

const personal = { home: '/srv/homes/vera', temporaryFolder: '/scratch/tmp' };
for (const folder of ['/', '/tmp', '/var/tmp', '/root', '/home', '/home/vera', '/home/vera/', '/Users/vera', '/srv/homes/vera', '/scratch/tmp']) {
	test(`nothing untracked is taken from ${folder}`, () => assert.equal(isUnsafeFolder(folder, personal), true));
}
for (const folder of ['/home/vera/work', '/srv/homes/vera/x', '/tmp/x', '/data']) {
	test(`untracked files are taken from ${folder}`, () => assert.equal(isUnsafeFolder(folder, personal), false));
}
