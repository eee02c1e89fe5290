import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Finding } from '@nightlog/shared/base/finding';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { assertMatches } from '../support/assert-matches.ts';
import { type Account, makeAccount } from './account.ts';
import { notebookText, withParameters } from './notebooks.ts';

let account: Account;
before(() => {
	account = makeAccount();
	account.write('steps.ipynb', withParameters);
	account.write('truncated.ipynb', withParameters.slice(0, 200));
	account.write('text.ipynb', 'no notebook at all');
	writeFileSync(path.join(account.folder, 'latin1.ipynb'), Buffer.from(withParameters.replace('Vega', 'Göttingen'), 'latin1'));
	mkdirSync(path.join(account.folder, 'folder.ipynb'));
});
after(() => account.dispose());

const refused: readonly (readonly [what: string, argv: readonly string[], type: RegExp])[] = [
	['a parameter that the notebook does not have', ['steps.ipynb', '-p', 'step=1'], /job\/check-failed$/],
	['a value of another type', ['steps.ipynb', '-p', 'steps=many'], /job\/check-failed$/],
	['a parameter without a value', ['steps.ipynb', '-p', 'steps'], /command\/invalid-option$/],
	['a file of parameters that is not there', ['steps.ipynb', '--parameters', 'absent.yaml'], /command\/parameters-file$/],
	['memory that is none', ['steps.ipynb', '--memory', 'much'], /command\/invalid-option$/],
	['a time that is none', ['steps.ipynb', '--time', '-1h'], /command\//],
	['more memory than there is', ['steps.ipynb', '--memory', '900T'], /job\/check-failed$/],
	['a cell that is not there', ['steps.ipynb', '--cell', 'absent'], /command\/unknown-cell$/],
	['a cell that does not run', ['steps.ipynb', '--cell', '1'], /command\/unknown-cell$/],
	['a backend that is not there', ['steps.ipynb', '--backend', 'moon'], /job\/unknown-backend$/],
	['a file that is not there', ['absent.ipynb'], /notebook\/not-found$/],
	['a folder', ['folder.ipynb'], /notebook\//],
	['half a notebook', ['truncated.ipynb'], /notebook\/invalid$/],
	['a text', ['text.ipynb'], /notebook\/invalid$/],
	['bytes that are not UTF-8', ['latin1.ipynb'], /notebook\/invalid$/],
];
for (const [what, argv, type] of refused) {
	test(`${what}: exit 2, one problem document, and nothing is stored`, async () => {
		const end = await account.nightlog('submit', '--json', ...argv);
		assert.equal(end.code, 2, end.out);
		assert.equal(end.out, '');
		assert.match(end.problem().type, type);
		assert.deepEqual((await account.nightlog('jobs', '--json')).json<Job[]>(), []);
		assert.deepEqual((await account.nightlog('versions', 'steps.ipynb', '--json')).json<Version[]>(), []);
	});
}

for (const command of ['submit', 'check'] as const) {
	test(`${command}: a module that is not there: exit 2, and neither a version nor a job is stored`, async () => {
		account.write('imports.ipynb', notebookText(['import a_module_that_nobody_has']));
		const end = await account.nightlog(command, 'imports.ipynb', '--json');
		assert.equal(end.code, 2, end.error);
		assert.match(end.out + end.error, /a_module_that_nobody_has/);
		assert.deepEqual((await account.nightlog('jobs', '--json')).json<Job[]>(), []);
		assert.deepEqual((await account.nightlog('versions', 'imports.ipynb', '--json')).json<Version[]>(), []);
	});
}

const found: readonly (readonly [what: string, argv: readonly string[], codes: readonly string[]])[] = [
	['a parameter that the notebook does not have', ['-p', 'step=1'], ['parameter/unknown-name']],
	['a value of another type', ['-p', 'steps=many'], ['parameter/wrong-type']],
	[
		'two values that do not fit, beside one that does',
		['-p', 'steps=many', '-p', 'name=Deneb', '-p', 'scales=1'],
		['parameter/wrong-type', 'parameter/unknown-name'],
	],
	['a value from a file that does not fit', ['--parameters', 'values.json'], ['parameter/wrong-type']],
	['a backend that is not there', ['-p', 'steps=many', '--backend', 'moon'], ['parameter/wrong-type', 'job/unknown-backend']],
];
for (const [what, argv, codes] of found) {
	test(`check: ${what}: exit 2, every finding once, beside what the server finds, as JSON and in words`, async () => {
		account.write('values.json', '{"steps": "many"}');
		account.write('opens.ipynb', withParameters.replace('total = ', 'open(\\"gone.csv\\")\\ntotal = '));
		const end = await account.nightlog('check', 'opens.ipynb', '--json', ...argv);
		assert.deepEqual([end.code, end.error], [2, '']);
		const findings = end.json<Finding[]>();
		for (const finding of findings) assertMatches(Finding, finding);
		assert.deepEqual(findings.map(({ code }) => code).sort(), [...codes, 'job/file-missing'].sort());
		const words = await account.nightlog('check', 'opens.ipynb', ...argv);
		assert.equal(words.code, 2, words.error);
		for (const { severity, message } of findings) assert.ok(words.out.includes(severity) && words.out.includes(message), words.out);
		assert.equal(words.out.trimEnd().split('\n').length, findings.length);
		assert.deepEqual((await account.nightlog('versions', 'opens.ipynb', '--json')).json<Version[]>(), []);
	});
}

test('a check of what is fine stores nothing either', async () => {
	assert.equal((await account.nightlog('check', 'steps.ipynb')).code, 0);
	assert.deepEqual((await account.nightlog('versions', 'steps.ipynb', '--json')).json<Version[]>(), []);
});

test('a misspelt parameter is answered with the nearest name, in words, too', async () => {
	const end = await account.nightlog('submit', 'steps.ipynb', '-p', 'step=1');
	assert.equal(end.code, 2);
	assert.match(end.error, /Did you mean "steps"\?/);
});

const hostileNames = [
	'-rf.ipynb',
	'$(touch pwned) `touch pwned`.ipynb',
	`two\nlines and a "quote" and an 'apostrophe'.ipynb`,
	'#SBATCH --wrap.ipynb',
	'a@b..ipynb',
	`${'ü'.repeat(124)}.ipynb`,
];
for (const name of hostileNames) {
	test(`a notebook named ${JSON.stringify(name.slice(0, 40))} is kept, run, listed and shown like any other`, async () => {
		account.write(name, notebookText(['print(6 * 7)']));
		const submitted = await account.nightlog('submit', '--wait', '--json', '--', name);
		assert.equal(submitted.code, 0, submitted.error);
		const job = submitted.json<Job>();
		assert.equal(job.notebook, name);
		const listed = await account.nightlog('jobs', '--limit', '1');
		assert.equal(listed.out.trimEnd().split('\n').length, 2, 'one line for the heading and one for the job');
		const versions = (await account.nightlog('versions', '--json', '--', name)).json<Version[]>();
		assert.deepEqual(
			versions.map(({ id, notebook }) => ({ id, notebook })),
			[{ id: job.version, notebook: name }],
		);
		const shown = await account.nightlog('show', '--', `${name}@${job.version}`);
		assert.equal(shown.out, account.read(name));
		assert.ok(!readdirSync(account.folder).includes('pwned'));
	});
}

test('a hostile label is kept as it is, and shown without moving the cursor', async () => {
	const label = '../x\x1b[2J "q" $(id)\n#SBATCH';
	const kept = await account.nightlog('keep', 'steps.ipynb', '--label', label, '--json');
	if (kept.code === 2) assert.match(kept.problem().type, /version\//);
	else {
		assert.equal(kept.code, 0, kept.error);
		assert.equal(kept.json<Version>().label, label);
		const listed = await account.nightlog('versions', 'steps.ipynb');
		assert.ok(!listed.out.includes('\x1b'));
	}
});

test('where no server can start: exit 3, and why', async () => {
	const blocked = path.join(account.home, 'blocked');
	writeFileSync(blocked, 'a file where a folder has to be');
	const end = await account.start(['jobs', '--json'], { XDG_STATE_HOME: blocked }).end;
	assert.equal(end.code, 3);
	assert.equal(end.out, '');
	assert.equal(end.problem().status >= 500, true);
});

test('a configuration that is wrong is told key by key', async () => {
	const other = makeAccount();
	try {
		other.configure('backends:\n  local: {type: lokal}\n');
		const end = await other.nightlog('config', 'check', '--json');
		assert.equal(end.code, 2, end.error);
		assert.match(end.out, /lokal|type/);
	} finally {
		await other.dispose();
	}
});
