import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { recoverResult } from './recover-result.ts';

const never = new AbortController().signal;

describe('completing the result of a runner that was killed', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-recover-'));
	after(() => rmSync(root, { recursive: true }));
	let made = 0;
	/** A folder with changes, and a runner that is this shell script. */
	const start = (script: string, changes = true) => {
		const folder = path.join(root, String(made++));
		mkdirSync(path.join(folder, '.runner'), { recursive: true });
		if (changes) writeFileSync(path.join(folder, '.runner', 'changes'), '{}');
		const runner = path.join(folder, 'runner');
		writeFileSync(runner, script);
		return { python: '/bin/sh', runner, folder, environment: { NAME: 'value' } };
	};

	test('asks the runner to', async () => {
		const asked = start('printf "%s|" "$@" "$NAME" >asked');
		assert.equal(await recoverResult(asked, never), null);
		assert.equal(readFileSync(path.join(asked.folder, 'asked'), 'utf8'), `--recover|${asked.folder}|value|`);
	});
	test('does nothing where nothing is to be put in', async () => {
		assert.equal(await recoverResult(start('exit 1', false), never), null);
	});
	test('asks nobody where a job put something else', async () => {
		const asked = start('exit 1', false);
		execFileSync('mkfifo', [path.join(asked.folder, '.runner', 'changes')]);
		assert.equal(await recoverResult(asked, never), null);
	});
	test('says what is in the way', async () => {
		assert.equal(await recoverResult(start('echo no good >&2; exit 2'), never), 'no good');
		assert.match((await recoverResult({ ...start(''), python: '/nonexistent/python' }, never)) ?? '', /ENOENT/);
	});
	test('is done later where the disk is full', async () => {
		await assert.rejects(recoverResult(start('echo full >&2; exit 4'), never), { code: 'ENOSPC', message: 'full' });
	});
	test('ends with its signal', async () => {
		const abort = new AbortController();
		const ended = recoverResult(start('sleep 60'), abort.signal);
		abort.abort();
		await assert.rejects(ended, { name: 'AbortError' });
	});
});
