// Rules of the house that no other tool knows: where folders may lie, how long a file may be, what a lock file may hold.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { checkout } from '../checkout.mjs';
import { runCommand } from '../run-command.mjs';

const topFolders = new Set(['jupyterlab-ext', 'vscode-ext', 'shared', 'server-proxy', 'test', 'docs']);
const mostLines = 500;
/** What lets a test be left out, be run again until it passes, or keeps a runner to some of them. */
const secondChance =
	/\bskip(?:Test|If|Unless)?\(|@(?:unittest\.|pytest\.mark\.)(?:skip|xfail|expectedFailure|flaky)|\b(?:skip|todo|retries|reruns|flaky): |--(?:test-rerun-failures|reruns|retries|test-only|test-skip-pattern|test-name-pattern)\b/;
const secondChances = [
	"test('x', { skip: true }, () => {})",
	'context.skip()',
	'self.skipTest("no cluster")',
	'@unittest.skipIf(x, "y")',
	'@pytest.mark.flaky(reruns=3)',
	'retries: 2,',
	'node --test --test-rerun-failures=state.json',
	'pytest --reruns 3',
];
const isSource = (file) => /\.(ts|tsx|mjs|js|py|css)$/.test(file) && !file.includes('/__fixtures__/');

const checks = [
	{
		name: 'folders at the top',
		find: (file) =>
			file.includes('/') && !file.startsWith('.') && !topFolders.has(file.split('/')[0]) ? 'is in a folder that the house does not know' : null,
	},
	{
		name: 'names',
		find: (file) => (/(^|\/)(utils|helpers|common|misc)(\.|\/)/.test(file) ? 'has a name that says nothing; name it for what it does' : null),
	},
	{
		name: 'barrels',
		find: (file) =>
			/^(shared|server-proxy)\/src\/(.*\/)?index\.tsx?$/.test(file) ? 'is a barrel; import from the file that defines what you need' : null,
	},
	{
		name: 'length',
		applies: isSource,
		read: (text) => (text.split('\n').length - 1 > mostLines ? `has more than ${mostLines} lines; find the seam` : null),
	},
	{
		name: 'unfinished',
		applies: (file) => isSource(file) && !file.startsWith('test/setup/check/'),
		read: (text) => {
			const word = text.match(/\b(TODO|FIXME|HACK|XXX)\b|\b(?:test|it|describe|suite)\.(?:skip|only|todo)\(|@ts-(?:ignore|nocheck)/);
			return word === null ? null : `holds "${word[0]}"`;
		},
	},
	{
		name: 'tests have one chance',
		applies: (file) => /\.test\.[a-z]+$|(^|\/)test_\w+\.py$|^test\/|(^|\/)package\.json$|^\.ci\//.test(file) && !file.startsWith('test/setup/check/'),
		read: (text) => (secondChance.test(text) ? `holds "${secondChance.exec(text)[0]}": every test is run, once` : null),
	},
	{
		name: 'lock file',
		applies: (file) => file === 'package-lock.json',
		read: (text) => (text.includes('"resolved": "http') ? 'names the registry that one machine used; see .npmrc' : null),
	},
];

const files = (await runCommand('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])).split('\0').filter((file) => file !== '');
const problems = secondChances.filter((text) => !secondChance.test(text)).map((text) => `The rule that tests have one chance passes over: ${text}`);
for (const file of files) {
	for (const check of checks) {
		if (check.applies !== undefined && !check.applies(file)) continue;
		const problem = check.find !== undefined ? check.find(file) : check.read(readText(file));
		if (problem !== null) problems.push(`${file} ${problem}`);
	}
}

/** A file that git lists but somebody has just deleted reads as empty. */
function readText(file) {
	try {
		return readFileSync(path.join(checkout, file), 'utf8');
	} catch (error) {
		if (error.code === 'ENOENT') return '';
		throw error;
	}
}

console.log(`${files.length} files, ${checks.length} rules`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
