import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { parseGitPerson, readGitPerson } from './git-person.ts';

let home: string;
beforeEach(() => {
	home = mkdtempSync(path.join(tmpdir(), 'nl-git-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('nothing is known of who has no configuration', async () => {
	assert.deepEqual(await readGitPerson(home, {}), { name: null, email: null });
});

test("the file in the home directory wins over XDG's", async () => {
	mkdirSync(path.join(home, '.config', 'git'), { recursive: true });
	writeFileSync(path.join(home, '.config', 'git', 'config'), '[user]\n\tname = Old\n\temail = ann@old.example\n');
	assert.deepEqual(await readGitPerson(home, {}), { name: 'Old', email: 'ann@old.example' });
	writeFileSync(path.join(home, '.gitconfig'), '[USER]\n\tName = "Ann # Author" ; said so\n');
	assert.deepEqual(await readGitPerson(home, {}), { name: 'Ann # Author', email: 'ann@old.example' });
	writeFileSync(path.join(home, 'other'), '[user]\n\temail = \n');
	assert.deepEqual(await readGitPerson(home, { GIT_CONFIG_GLOBAL: path.join(home, 'other') }), { name: null, email: null });
});

test('git itself is asked where files include others', async () => {
	writeFileSync(path.join(home, 'work'), '[user]\n\temail = ann@work.example\n');
	writeFileSync(path.join(home, '.gitconfig'), `[user]\n\tname = Ann\n[include]\n\tpath = ${path.join(home, 'work')}\n`);
	const env = { PATH: process.env.PATH, HOME: home };
	assert.deepEqual(await readGitPerson(home, env), { name: 'Ann', email: 'ann@work.example' });
	assert.deepEqual(await readGitPerson(home, { PATH: home, HOME: home }), { name: null, email: null });
});

test('of several values the last one counts', () => {
	assert.deepEqual(parseGitPerson('user.name\nA\0user.email\na@b\0user.name\nB\nC\0'), { name: 'B\nC', email: 'a@b' });
});
