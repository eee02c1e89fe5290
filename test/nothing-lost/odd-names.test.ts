// Quotes, newlines, `$(…)`, leading dashes, 255 bytes and what else a name can hold: for folders, notebooks, modules, data files, files that a job writes,
// labels, jobs and values, through the command line to the shipped server and back, in a repository and outside of one.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Parameter } from '@nightlog/shared/parameters/parameter-schema';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { type Account, type CommandEnd, makeAccount } from '../command-line/account.ts';
import { notebookText } from '../command-line/notebooks.ts';
import { accountEnvironment, callSocket } from '../support/start-server.ts';

const counted = { names: 0, lost: 0, doubled: 0, stuck: 0, 'programs run by a name': 0 };
let account: Account;
let project: string;
let plain: string;

before(() => {
	account = makeAccount();
	project = path.join(account.home, 'repository');
	plain = path.join(account.home, 'no repository');
	for (const folder of [project, plain]) mkdirSync(folder);
	git('init', '-q');
	git('commit', '-q', '--allow-empty', '-m', 'begin');
});
after(async () => {
	const canaries = readdirSync(account.home, { recursive: true, encoding: 'utf8' }).filter((name) => path.basename(name) === canary);
	counted['programs run by a name'] += canaries.length;
	await account.dispose();
	process.stdout.write(
		`odd names, ${counted.names}: lost: ${counted.lost}, doubled: ${counted.doubled}, stuck: ${counted.stuck}, programs run: ${counted['programs run by a name']}\n`,
	);
	assert.deepEqual(canaries, [], 'a name was run by a shell');
	assert.deepEqual([counted.lost, counted.doubled, counted.stuck], [0, 0, 0]);
});

/** A file of this name is there when a shell has run a name. */
const canary = 'canary-of-a-name';

const names: readonly (readonly [string, string])[] = [
	['quotes', `it's "so" \`called\``],
	['a newline', 'two\nlines'],
	['a command', `$(touch ${canary}); touch ${canary} & \`touch ${canary}\``],
	['a leading dash', `-rf --json`],
	['255 bytes', 'ß'.repeat(200)],
	['backslashes and a tab', 'a\\n\\b\tc\\'],
	['what shells and globs know', '* ?[a-z]{x,y} ~ ! # % & | < > $HOME'],
	['control characters', 'bell\u0007 escape\u001b[31m return\r'],
	['an address in it', 'me@example.org@{0} %2e%2e%2f ?a=b#c'],
	['blanks around', ' both ends '],
	['characters beyond, and two forms of one', '日本語 🔭 e\u0301é \u202egnp'],
	['what another system forbids', 'C:con.aux|nul'],
];

/** As much of a name as a file system takes, with an ending. */
function fit(name: string, ending: string): string {
	let bytes = Buffer.byteLength(ending);
	let fitted = '';
	for (const character of name) {
		bytes += Buffer.byteLength(character);
		if (bytes > 255) break;
		fitted += character;
	}
	// 'ß' has two bytes: the last one may be left over.
	return (bytes >= 255 && Buffer.byteLength(fitted + ending) === 254 ? `${fitted}x` : fitted) + ending;
}

function git(...words: string[]): string {
	return execFileSync('git', words, { cwd: project, env: accountEnvironment(account.home), encoding: 'utf8', maxBuffer: 2 ** 28 });
}

function good(end: CommandEnd): CommandEnd {
	assert.equal(end.code, 0, `${end.out}\n${end.error}`);
	return end;
}

/** A command in a folder, whose operands may begin with a dash. */
async function inFolder(folder: string, options: readonly string[], ...operands: string[]): Promise<CommandEnd> {
	const [command = '', ...rest] = options;
	return account.startIn(folder, [command, ...rest, '--', ...operands]).end;
}

function notebookOf(name: string): string {
	const data = JSON.stringify(fit(name, '.csv'));
	const module = JSON.stringify(fit(name, '.py'));
	return notebookText([
		{ tags: ['parameters'], source: "text = ''\nλέξη_ünïcode = 1\n" },
		[
			'from importlib.machinery import SourceFileLoader',
			`print(open(${data}, newline='').read())`,
			`print(SourceFileLoader('odd', ${module}).load_module().value)`,
			'print(ascii(text), λέξη_ünïcode)',
			`open(${JSON.stringify(fit(name, '.out'))}, 'w').write('left')`,
		].join('\n'),
	]);
}

function printed(bytes: string): string {
	const { cells } = JSON.parse(bytes) as { cells: { outputs?: { text?: string | string[] }[] }[] };
	return cells.flatMap(({ outputs = [] }) => outputs.map(({ text = '' }) => [text].flat().join(''))).join('');
}

describe('a name with', () => {
	for (const [what, name] of names) {
		test(`${what}: kept, listed, named, run with, read back and restored`, async () => {
			counted.names += 1;
			const folder = path.join(project, fit(name, ''));
			mkdirSync(folder);
			const notebook = fit(name, '.ipynb');
			if (what === '255 bytes')
				assert.deepEqual(
					[folder, notebook].map((file) => Buffer.byteLength(path.basename(file))),
					[255, 255],
				);
			const file = path.join(folder, notebook);
			const text = notebookOf(name);
			writeFileSync(file, text);
			writeFileSync(path.join(folder, fit(name, '.csv')), `data of ${name}`);
			writeFileSync(path.join(folder, fit(name, '.py')), `value = ${JSON.stringify(`module ${what}`)}\n`);
			const status = git('status', '--porcelain', '-z', '-uall');

			const label = name.slice(0, 200);
			const labelled = good(await inFolder(folder, ['keep', '--json', `--label=${label}`], notebook)).json<Version>();
			assert.equal(labelled.label, label);
			const submitted = good(
				await inFolder(folder, ['submit', '--wait', '--json', `--name=${label}`, `-ptext=${name}`, '-p', 'λέξη_ünïcode=2'], notebook),
			).json<Job>();
			assert.equal(submitted.state, 'succeeded', JSON.stringify(submitted));
			assert.equal(submitted.name, label);
			assert.deepEqual(submitted.parameters, { text: name, λέξη_ünïcode: 2 });
			assert.equal(path.join(submitted.project, submitted.notebook), file);
			assert.deepEqual(
				submitted.result?.files.map((each) => each.path),
				[fit(name, '.out')],
			);
			assert.equal(readFileSync(submitted.result.files[0]!.link, 'utf8'), 'left', 'the file that it wrote is where it says');

			const answer = await callSocket(
				path.join(account.stateFolder, 'server.sock'),
				`/v1/jobs/${submitted.id}/files/${encodeURIComponent(fit(name, '.out'))}`,
			);
			assert.deepEqual([answer.status, answer.bytes.toString()], [200, 'left']);

			const copy = fit(`copy ${name}`, '.ipynb');
			good(await inFolder(folder, ['result', `--output=${copy}`], submitted.id));
			assert.equal(printed(readFileSync(path.join(folder, copy), 'utf8')), expectedOutput(what, name));
			rmSync(path.join(folder, copy));

			const listed = good(await inFolder(folder, ['versions', '--json'], notebook)).json<Version[]>();
			if (!listed.some(({ id }) => id === labelled.id) || !listed.some(({ id }) => id === submitted.version)) counted.lost += 1;
			if (new Set(listed.map(({ id }) => id)).size !== listed.length) counted.doubled += 1;
			assert.deepEqual(new Set(listed.map(({ id }) => id)), new Set([labelled.id, submitted.version]));
			const jobs = good(await inFolder(folder, ['jobs', '--json', `--notebook=${notebook}`])).json<Job[]>();
			assert.deepEqual(
				jobs.map(({ id }) => id),
				[submitted.id],
			);

			writeFileSync(file, notebookText(['changed = True']));
			// What follows the last "@" is the version.
			const version = label.includes('@') ? labelled.id : label;
			good(await inFolder(folder, ['restore', '--json'], `${notebook}@${version}`));
			if (readFileSync(file, 'utf8') !== text) counted.lost += 1;
			assert.equal(readFileSync(file, 'utf8'), text);
			// What people read is one line for each, whatever stands in a name.
			const table = good(await inFolder(folder, ['versions'], notebook)).out;
			assert.ok(!/\p{Cc}/u.test(table.replaceAll('\n', '')), JSON.stringify(table));
			assert.equal(table.trimEnd().split('\n').length, 5, table);

			assert.equal(git('status', '--porcelain', '-z', '-uall'), status, 'nothing but what was there lies in the project');
			const tree = git('ls-tree', '-r', '-z', '--name-only', submitted.version).split('\0');
			for (const ending of ['.ipynb', '.csv', '.py']) {
				const kept = `${fit(name, '')}/${fit(name, ending)}`;
				assert.ok(tree.includes(kept), `${JSON.stringify(kept)} is not among ${JSON.stringify(tree)}`);
			}
		});

		test(`${what}: the same outside of a repository`, async () => {
			const folder = path.join(plain, fit(name, ''));
			mkdirSync(folder);
			const notebook = path.join(folder, fit(name, '.ipynb'));
			const text = notebookOf(name);
			writeFileSync(notebook, text);
			const socket = path.join(account.stateFolder, 'server.sock');
			const query = `notebook=${encodeURIComponent(notebook)}`;
			const kept = await callSocket(socket, '/v1/versions', {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ notebook, reason: 'label', label: name.slice(0, 200) }),
			});
			assert.equal(kept.status, 201, kept.bytes.toString());
			const { id, label } = kept.json<Version>();
			assert.equal(label, name.slice(0, 200));
			assert.deepEqual(
				(await callSocket(socket, `/v1/versions?${query}`)).json<{ versions: Version[] }>().versions.map((version) => [version.id, version.label]),
				[[id, label]],
			);
			const read = await callSocket(socket, `/v1/versions/${id}/notebook?${query}`);
			if (read.bytes.toString() !== text) counted.lost += 1;
			assert.equal(read.bytes.toString(), text);
		});
	}

	test('all of them: both repositories are sound', () => {
		git('fsck', '--strict', '--full', '--no-dangling');
		const own = spawnSync('git', ['--git-dir', path.join(account.stateFolder, 'versions.git'), 'fsck', '--strict', '--full', '--no-dangling'], {
			env: accountEnvironment(account.home),
			encoding: 'utf8',
		});
		assert.deepEqual([own.status, own.stdout], [0, ''], own.stderr);
	});
});

function expectedOutput(what: string, name: string): string {
	const ascii = spawnSync('/usr/bin/python3', ['-c', 'import sys; print(ascii(sys.argv[1]))', name], { encoding: 'utf8' }).stdout.trimEnd();
	return `data of ${name}\nmodule ${what}\n${ascii} 2\n`;
}

describe('names that stand for nothing', () => {
	test('parameters that no notebook can have are refused in words, and nothing is stored', async () => {
		const folder = path.join(project, 'parameters');
		mkdirSync(folder);
		writeFileSync(path.join(folder, 'p.ipynb'), notebookOf('p'));
		for (const given of [
			`$(touch ${canary})=1`,
			'-rf=1',
			"it's=1",
			'two\nlines=1',
			`${'x'.repeat(255)}=1`,
			'text.__class__=1',
			'__proto__=1',
			'=1',
			'text',
		]) {
			const end = await inFolder(folder, ['submit', '--json', `-p${given}`], 'p.ipynb');
			assert.equal(end.code, 2, `${given}: ${end.out}${end.error}`);
			assert.match(end.problem().type, /(job\/check-failed|command\/invalid-option)$/);
		}
		const known = good(await inFolder(folder, ['parameters', '--json'], 'p.ipynb')).json<Parameter[]>();
		assert.deepEqual(
			known.map(({ name }) => name),
			['text', 'λέξη_ünïcode'],
		);
		assert.deepEqual(good(await inFolder(folder, ['versions', '--json'], 'p.ipynb')).json<Version[]>(), []);
	});

	test('notebooks that cannot be there are refused in words, and nothing is made', async () => {
		const before = readdirSync(project);
		for (const name of ['x'.repeat(256), `${'x'.repeat(250)}.ipynb`, 'no/such/../folder.ipynb', 'folder.ipynb/', '\ufffd.ipynb']) {
			for (const command of ['keep', 'submit', 'parameters', 'check']) {
				const end = await inFolder(project, [command, '--json'], name);
				assert.equal(end.code, 2, `${command} ${name}: ${end.out}${end.error}`);
				assert.ok(end.problem().title.length > 10);
			}
		}
		assert.deepEqual(readdirSync(project), before);
		assert.ok(!existsSync(path.join(project, canary)));
	});
});
