import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { FakeHost } from './fake-host.test-case.ts';
import { findServer } from './find-server.ts';
import { ownIdentity } from './process-identity.ts';
import { guestServerFile, serverFile, writeServerFile } from './server-file.ts';
import type { ServerHost } from './server-host.ts';
import { stateFolderPath } from './state-folder.ts';

const uid = process.getuid?.() ?? null;
/** Nobody here has this number: to them all that we make is another person's. */
const someoneElse = 471_147;

let root: string;
let server: Server;
let asked: number;
beforeEach(async () => {
	root = mkdtempSync(path.join(tmpdir(), 'nl-find-'));
	asked = 0;
	server = createServer((_, response) => {
		asked += 1;
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({ status: 'ready', pid: process.pid }));
	});
	await new Promise<void>((resolve) => server.listen(path.join(root, 'any.sock'), resolve));
});
afterEach(async () => {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
	rmSync(root, { recursive: true, force: true });
});

function hostOf(person: number | null): ServerHost {
	const env = { XDG_STATE_HOME: path.join(root, 'state'), XDG_RUNTIME_DIR: path.join(root, 'run') };
	const host = new FakeHost({ env, home: root });
	return Object.assign(host, { surroundings: { ...host.surroundings, uid: person } });
}

/** Leaves word of the server in a folder: the person's own, or the one that is theirs in a place that is everybody's. */
async function leaveWord(host: ServerHost, where: 'own' | 'shared'): Promise<string> {
	const stateFolder = stateFolderPath(host.surroundings);
	const folder = where === 'own' ? stateFolder : path.join(root, 'run', 'nightlog');
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	await writeServerFile(where === 'own' ? serverFile(stateFolder) : guestServerFile(stateFolder, folder), {
		format: 1,
		...ownIdentity(host.processes),
		version: '1.0.0',
		socket: path.join(root, 'any.sock'),
		port: null,
		token: null,
		startedAt: '2026-11-21T09:00:00Z',
		stateFolder,
		ownsStore: where === 'own',
	});
	return folder;
}

for (const where of ['own', 'shared'] as const) {
	describe(`word of a server in a folder that is ${where === 'own' ? "the person's own" : 'in a place of everybody'}`, () => {
		const find = async (person: number | null, change: (folder: string) => void = () => undefined) => {
			const host = hostOf(person);
			change(await leaveWord(host, where));
			return findServer(stateFolderPath(host.surroundings), host);
		};

		test('leads to it', async () => {
			assert.equal((await find(uid))?.pid, process.pid);
			assert.equal(asked, 1);
		});
		test('that belongs to somebody else is not believed, and nobody is asked', async () => {
			assert.equal(await find(someoneElse), null);
			assert.equal(asked, 0);
		});
		test('that others can write to is not believed', async () => {
			for (const mode of [0o777, 0o720, 0o702]) assert.equal(await find(uid, (folder) => chmodSync(folder, mode)), null, mode.toString(8));
			assert.equal(asked, 0);
		});
		test(`behind a link is ${where === 'own' ? 'believed' : 'not believed'}`, async () => {
			const found = await find(uid, (folder) => {
				renameSync(folder, `${folder}-elsewhere`);
				symlinkSync(`${folder}-elsewhere`, folder);
			});
			assert.equal(found?.pid ?? null, where === 'own' ? process.pid : null);
		});
	});
}
