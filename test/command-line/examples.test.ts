// The three examples on the command line; then each again in an account that has the store and nothing else, in an environment that is made anew from the
// run record alone, with the same text. Then every command that the README and the page on the command line name: with the environment there already, none
// of them takes long.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type Job, PrintedJob } from '@nightlog/shared/jobs/job-schema';
import { assertMatches } from '../support/assert-matches.ts';
import { accountEnvironment } from '../support/start-server.ts';
import { type Account, makeAccount, makeAccountWithStore } from './account.ts';
import { forms, readmeCommands, tableCommands } from './documented-commands.ts';
import { withParameters } from './notebooks.ts';

let account: Account;
let fresh: Account | undefined;
before(() => {
	account = makeAccount();
	placeExamples(account.folder);
});
after(async () => {
	await account.dispose();
	await fresh?.dispose();
});

function placeExamples(folder: string): void {
	cpSync(path.join(import.meta.dirname, '..', '..', 'docs', 'examples'), path.join(folder, 'docs', 'examples'), { recursive: true });
}

interface Example {
	readonly notebook: string;
	readonly options: readonly string[];
	/** Text of its result. */
	readonly says: string | null;
	/** A file that it writes. */
	readonly writes: string | null;
	/** Whether its folder is a repository, which then has the versions. */
	readonly inRepository: boolean;
}

const figure = 'figures/solar-cycles.png';
const examples: readonly Example[] = [
	{ notebook: 'sunspots.ipynb', options: ['-p', 'first_year=1850'], says: '159 years, 1850 to 2008', writes: null, inRepository: false },
	{ notebook: 'period-uncertainty.ipynb', options: ['-p', 'seconds=3'], says: null, writes: null, inRepository: false },
	{ notebook: 'solar-cycles.ipynb', options: [], says: null, writes: figure, inRepository: false },
	{ notebook: 'solar-cycles.ipynb', options: [], says: null, writes: figure, inRepository: true },
];

async function runExample(author: Account, folder: string, { notebook, options, says, writes }: Example): Promise<Job> {
	const end = await author.startIn(folder, ['submit', `docs/examples/${notebook}`, ...options, '--wait', '--json']).end;
	assert.equal(end.code, 0, end.error);
	const job = end.json<Job>();
	assertMatches(PrintedJob, job);
	const result = await author.nightlog('result', job.id);
	if (says !== null) assert.ok(result.out.includes(says), result.out.slice(0, 2000));
	if (writes !== null) {
		const file = job.result?.files.find((written) => written.path === writes);
		assert.ok(file && existsSync(file.link), `${writes} was not written: ${JSON.stringify(job.result?.files)}`);
	}
	return job;
}

async function rebuildExample(reader: Account, job: Job): Promise<void> {
	const again = await reader.nightlog('rerun', job.id, '--rebuild');
	assert.equal(again.code, 0, again.error);
	const verdicts = [...again.out.matchAll(/^\d+ +\S+ +(same|differs|failed)(?: +(.*))?$/gm)].map(([, verdict, why]) => ({ verdict, why }));
	assert.ok(verdicts.length > 0, again.out);
	// A picture may be drawn another way; a text may not.
	for (const { verdict, why } of verdicts) assert.ok(verdict === 'same' || (verdict === 'differs' && why?.includes('its text is')), again.out);
	// Nightlog's own extension is installed from the checkout's folder, which no registry has and no example imports.
	assert.doesNotMatch(again.error, /could not be had: (?!nightlog )/);
}

/** A folder outside of any account whose files are committed. */
function makeRepository(author: Account): string {
	const repository = mkdtempSync(path.join(tmpdir(), 'nightlog-repository-'));
	placeExamples(repository);
	const git = (...argv: string[]) => execFileSync('git', argv, { cwd: repository, env: accountEnvironment(author.home) });
	git('init', '--quiet');
	git('add', '--all');
	git('commit', '--quiet', '--message', 'examples');
	return repository;
}

function removeWorkingTree(repository: string): void {
	for (const name of readdirSync(repository)) if (name !== '.git') rmSync(path.join(repository, name), { recursive: true });
}

test('the examples run, and give the same text where there is the store and nothing else', { timeout: 30 * 60_000 }, async (t) => {
	const author = makeAccount();
	const repository = makeRepository(author);
	t.after(() => rmSync(repository, { recursive: true, force: true }));
	t.after(() => author.dispose());
	placeExamples(author.folder);
	// The folder that the versions are of is not the notebook's own.
	author.write('.nightlog.yaml', '');
	const jobs: { readonly name: string; readonly job: Job }[] = [];
	for (const example of examples) {
		const name = `${example.notebook} ${example.inRepository ? 'in a repository' : 'in a plain folder'}`;
		await t.test(`${name} runs`, async () => {
			jobs.push({ name, job: await runExample(author, example.inRepository ? repository : author.folder, example) });
		});
	}
	assert.equal(jobs.length, examples.length);

	await author.end();
	fresh = makeAccountWithStore(author.stateFolder);
	await author.dispose();
	removeWorkingTree(repository);
	for (const { name, job } of jobs) await t.test(`${name} gives the same text`, () => rebuildExample(fresh ?? author, job));
	symlinkSync(path.join(fresh.home, 'cache'), path.join(account.home, 'cache'));
});

/** The first column of the first line under a table's heading. */
async function firstOf(...argv: string[]): Promise<string> {
	const [, line = ''] = (await account.nightlog(...argv)).out.split('\n');
	return line.split(' ')[0] ?? '';
}

test('the commands of the README do what it says, one after the other', { timeout: 15 * 60_000 }, async () => {
	const commands = readmeCommands();
	assert.ok(commands.length >= 8, commands.join('\n'));
	for (const command of commands) {
		const argv = [];
		for (const word of command.split(' ')) {
			if (word === 'ID') argv.push(await firstOf('jobs'));
			else if (word.endsWith('@VERSION')) argv.push(word.replace('VERSION', await firstOf('versions', word.slice(0, -'@VERSION'.length))));
			else argv.push(word);
		}
		const end = await account.nightlog(...argv);
		assert.equal(end.code, 0, `${command}: ${end.error}`);
	}
	assert.ok(existsSync(path.join(account.folder, 'sunspots-1850.ipynb')));
});

test('every command of the page on the command line is one, with what may be left out and without', { timeout: 15 * 60_000 }, async () => {
	account.write('NOTEBOOK.ipynb', withParameters);
	account.write('values.yaml', 'steps: 4\n');
	const job = (await account.nightlog('submit', 'NOTEBOOK.ipynb', '--wait', '--json')).json<Job>();
	assert.equal(job.state, 'succeeded');
	const spare = (await account.nightlog('submit', 'NOTEBOOK.ipynb', '--wait', '--json')).json<Job>();
	const after: Readonly<Record<string, (count: number) => string>> = {
		'--parameters': () => 'values.yaml',
		'--notebook': () => 'NOTEBOOK.ipynb',
		'--backend': () => 'local',
		'--state': () => 'succeeded',
		'--gpus': () => '0',
		'--cell': () => '3',
		'--label': () => 'kept again',
		// It deletes one that no other command is about.
		delete: () => spare.id,
		'-o': (count) => `written-${count}.ipynb`,
		'--to': (count) => `restored-${count}.ipynb`,
	};
	const values: Readonly<Record<string, string>> = {
		NOTEBOOK: 'NOTEBOOK.ipynb',
		'NOTEBOOK@VERSION': `NOTEBOOK.ipynb@${job.version}`,
		ID: job.id,
		'NAME=VALUE': 'steps=4',
		N: '1',
		TEXT: 'steps',
	};
	const commands = tableCommands().flatMap(forms);
	assert.ok(commands.length >= 35, commands.join('\n'));
	const known = (await account.nightlog('--help')).out;
	const named = new Set(commands.map((command) => command.split(' ')[0]));
	for (const [, name] of known.matchAll(/^ {2}([a-z-]+) /gm))
		assert.ok(named.has(name) || name === 'serve' || name === 'help', `${name} is not on the page`);
	for (const [count, command] of commands.entries()) {
		const words = command.split(' ');
		const argv = words.map((word, index) => after[words[index - 1] ?? '']?.(count) ?? values[word] ?? word);
		const end = await account.nightlog(...argv);
		assert.equal(end.code, 0, `${argv.join(' ')}: ${end.error}`);
	}
});
