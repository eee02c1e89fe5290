import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { claimCancelled, readProcessFile } from './process-file.ts';
import { awakeSeconds, readStat } from './process-identity.ts';
import { begunBefore, startProcess } from './start-process.ts';

describe('starting a process', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-start-'));
	after(() => rmSync(root, { recursive: true }));
	let made = 0;
	const folderOf = (name = `job ${made++}`) => {
		const folder = path.join(root, name);
		mkdirSync(folder, { recursive: true });
		return folder;
	};
	const start = (folder: string, command: readonly [string, ...string[]], groupFiles: readonly string[] = []) =>
		startProcess({ folder, command, environment: { PATH: process.env.PATH ?? '', NAME: 'a b' }, groupFiles });
	const ended = (child: ReturnType<typeof startProcess>) =>
		new Promise<number | null>((resolve) => {
			child.ref();
			child.on('exit', resolve);
		});
	const log = (folder: string) => readFileSync(path.join(folder, 'log.txt'), 'utf8');

	test('says who it is before it begins, with the number and start time that it keeps', async () => {
		const folder = folderOf();
		const before = awakeSeconds();
		const child = start(folder, ['cat', 'process', '/proc/self/stat']);
		assert.equal(await ended(child), 0);
		const file = readProcessFile(folder);
		assert.ok(file.kind === 'begun');
		assert.equal(file.identity.pid, child.pid);
		const begun = file.begunAwakeSeconds ?? 0;
		assert.ok(before <= begun && begun <= awakeSeconds(), `${begun}`);
		assert.ok(log(folder).includes(`\n${child.pid} (cat)`), 'the program is the very process that said so');
	});

	test('begins once however often it is started', async () => {
		const folder = folderOf();
		const codes = await Promise.all(Array.from({ length: 8 }, () => ended(start(folder, ['echo', 'begun']))));
		assert.deepEqual(codes.toSorted(), [0, ...Array(7).fill(begunBefore)].toSorted());
		assert.equal(log(folder), 'begun\n');
	});

	test('does not begin what was cancelled', async () => {
		const folder = folderOf();
		claimCancelled(folder);
		assert.equal(await ended(start(folder, ['echo', 'begun'])), begunBefore);
		assert.equal(log(folder), '');
	});

	test('is in a session of its own', async () => {
		const folder = folderOf();
		const child = start(folder, ['sleep', '60']);
		const stat = readStat(child.pid ?? 0);
		assert.deepEqual([stat?.session, stat?.group], [child.pid, child.pid]);
		const end = ended(child);
		child.kill('SIGKILL');
		await end;
	});

	for (const hostile of ['$(touch pwned)', '`id`', '-n', '"; exit 1; "', "it's", 'a\nb', '*', '~']) {
		test(`hands on ${JSON.stringify(hostile)} as it is, in arguments and in the folder's name`, async () => {
			const folder = folderOf(hostile.replaceAll('/', ''));
			assert.equal(await ended(start(folder, ['printf', '%s', hostile])), 0);
			assert.equal(log(folder), hostile);
		});
	}

	test('enters its groups, and begins where one cannot be entered', async () => {
		const folder = folderOf();
		const group = path.join(folder, 'cgroup.procs');
		writeFileSync(group, '');
		const child = start(folder, ['echo', 'begun'], [group, path.join(folder, 'gone', 'cgroup.procs')]);
		assert.equal(await ended(child), 0);
		assert.equal(readFileSync(group, 'utf8'), `${child.pid}\n`);
		assert.match(log(folder), /begun/);
	});

	test('says in the log what could not be started', async () => {
		const folder = folderOf();
		assert.equal(await ended(start(folder, ['/nonexistent/python'])), 127);
		assert.match(log(folder), /not found/);
	});
});
