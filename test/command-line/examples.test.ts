// The three examples on the command line; then each again in an environment that is made anew from its run record alone, with the same text. Then every
// command that the README and the page on the command line name: with the environment there already, none of them takes long.
import assert from 'node:assert/strict';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type Job, PrintedJob } from '@nightlog/shared/jobs/job-schema';
import { assertMatches } from '../support/assert-matches.ts';
import { type Account, makeAccount } from './account.ts';
import { forms, readmeCommands, tableCommands } from './documented-commands.ts';
import { withParameters } from './notebooks.ts';

let account: Account;
before(() => {
	account = makeAccount();
	cpSync(path.join(import.meta.dirname, '..', '..', 'docs', 'examples'), path.join(account.folder, 'docs', 'examples'), { recursive: true });
});
after(() => account.dispose());

const rows: readonly [notebook: string, options: readonly string[], says: string | null, writes: string | null][] = [
	['sunspots.ipynb', ['-p', 'first_year=1850'], '159 years, 1850 to 2008', null],
	['period-uncertainty.ipynb', ['-p', 'seconds=3'], null, null],
	['solar-cycles.ipynb', [], null, 'figures/solar-cycles.png'],
];

for (const [notebook, options, says, writes] of rows) {
	test(`${notebook} runs, and gives the same text in an environment made anew from its record`, { timeout: 15 * 60_000 }, async () => {
		const first = await account.nightlog('submit', `docs/examples/${notebook}`, ...options, '--wait', '--json');
		assert.equal(first.code, 0, first.error);
		const job = first.json<Job>();
		assertMatches(PrintedJob, job);
		const result = await account.nightlog('result', job.id);
		if (says !== null) assert.ok(result.out.includes(says), result.out.slice(0, 2000));
		if (writes !== null) {
			const file = job.result?.files.find((written) => written.path === writes);
			assert.ok(file && existsSync(file.link), `${writes} was not written: ${JSON.stringify(job.result?.files)}`);
		}
		const again = await account.nightlog('rerun', job.id, '--rebuild');
		assert.equal(again.code, 0, again.error);
		const verdicts = [...again.out.matchAll(/^\d+ +\S+ +(same|differs|failed)(?: +(.*))?$/gm)].map(([, verdict, why]) => ({ verdict, why }));
		assert.ok(verdicts.length > 0, again.out);
		// A picture may be drawn another way; a text may not.
		for (const { verdict, why } of verdicts) assert.ok(verdict === 'same' || (verdict === 'differs' && why?.includes('its text is')), again.out);
		// Nightlog's own extension is installed from the checkout's folder, which no registry has and no example imports.
		assert.doesNotMatch(again.error, /can no longer be had: (?!nightlog )/);
	});
}

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
	const after: Readonly<Record<string, (count: number) => string>> = {
		'--parameters': () => 'values.yaml',
		'--notebook': () => 'NOTEBOOK.ipynb',
		'--backend': () => 'local',
		'--state': () => 'succeeded',
		'--gpus': () => '0',
		'--cell': () => '3',
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
	assert.ok(commands.length >= 31, commands.join('\n'));
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
