import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import { ensurePrivateFolder, makeFolder, stateFolderPath } from './state-folder.ts';

const uid = process.getuid?.() ?? null;

test('the state folder follows the XDG specification', () => {
	const at = (env: Record<string, string>) => stateFolderPath({ env, home: '/home/ann', uid: 1 });
	assert.equal(at({}), '/home/ann/.local/state/nightlog');
	assert.equal(at({ XDG_STATE_HOME: '/var/state' }), '/var/state/nightlog');
	assert.equal(at({ XDG_STATE_HOME: 'relative' }), '/home/ann/.local/state/nightlog');
});

test('the folder is made for its owner only, one that is open is closed, and what is no own folder is refused', async () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-folder-'));
	try {
		const fresh = path.join(root, 'a', 'b');
		await ensurePrivateFolder(fresh, uid);
		assert.equal(statSync(fresh).mode & 0o777, 0o700);
		const open = path.join(root, 'open');
		mkdirSync(open);
		chmodSync(open, 0o777);
		await ensurePrivateFolder(open, uid);
		assert.equal(statSync(open).mode & 0o777, 0o700);
		await assert.rejects(ensurePrivateFolder(open, 4711), (error) => isNightlogError(error, 'state/not-private'));
		symlinkSync(open, path.join(root, 'link'));
		await ensurePrivateFolder(path.join(root, 'link'), uid);
		await assert.rejects(ensurePrivateFolder(path.join(root, 'link'), uid, 'shared'), (error) => isNightlogError(error, 'state/not-private'));
		writeFileSync(path.join(root, 'file'), '');
		await assert.rejects(ensurePrivateFolder(path.join(root, 'file'), uid));
	} finally {
		rmSync(root, { recursive: true, force: true });
	}
});

test('a folder that cannot be made is named, with the reason, and nobody waits', async () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-folder-'));
	try {
		writeFileSync(path.join(root, 'file'), '');
		symlinkSync('nowhere', path.join(root, 'broken'));
		for (const folder of ['/proc/x/nightlog', path.join(root, 'file', 'nightlog'), path.join(root, 'broken', 'nightlog')]) {
			for (const make of [() => makeFolder(folder), () => ensurePrivateFolder(folder, uid)])
				await assert.rejects(make(), (error) => isNightlogError(error, 'state/no-folder') && error.message.includes(folder));
		}
		await assert.rejects(ensurePrivateFolder(path.join(root, 'broken'), uid), { code: 'state/no-folder' });
	} finally {
		rmSync(root, { recursive: true, force: true });
	}
});
