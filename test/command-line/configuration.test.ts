// What `nightlog` says of settings that are not in force, and of places that it cannot use.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { testPython } from '../support/start-server.ts';
import { type Account, makeAccount } from './account.ts';

let account: Account;
before(async () => {
	account = makeAccount();
	const end = await account.nightlog('config', 'check');
	assert.deepEqual([end.code, end.out], [0, 'The configuration is in order.\n'], end.error);
});
after(() => account.dispose());

test('a configuration that the running server does not read is not called in order', async () => {
	for (const named of ['/nowhere/x.yaml', account.write('other.yaml', 'no: such key\n')]) {
		const check = await account.start(['config', 'check'], { NIGHTLOG_CONFIG: named }).end;
		assert.equal(check.code, 2, check.out);
		assert.ok(check.out.includes(named) && check.out.includes('nightlog serve --detach --replace'), check.out);
		const shown = await account.start(['config', 'show'], { NIGHTLOG_CONFIG: named }).end;
		assert.ok(shown.code === 0 && shown.error.includes(named), shown.error);
	}
});

test('once the server was replaced the named one is in force, and what is wrong with it is said', async () => {
	account.write('other.yaml', `backends: {local: {type: local, python: ${testPython}, protectFolder: no}}\n`);
	const environment = { NIGHTLOG_CONFIG: 'other.yaml' };
	const replaced = await account.start(['serve', '--detach', '--replace'], environment).end;
	assert.equal(replaced.code, 0, replaced.error);
	const check = await account.start(['config', 'check', '--json'], environment).end;
	assert.deepEqual(
		check.json<{ code: string; path: string }[]>().map(({ code, path: at }) => [code, at]),
		[['config/invalid', '/backends/local/protectFolder']],
	);
	assert.equal((await account.start(['serve', '--detach', '--replace']).end).code, 0);
});

test('a token for the metrics that is not there, or open to others, is said', async () => {
	const token = account.write('token', 'figures\n');
	const check = async (file: string) => {
		account.configure(`backends: {local: {type: local, python: ${testPython}}}\nmetrics: {port: 1, tokenFile: ${file}}\n`);
		return await account.nightlog('config', 'check');
	};
	chmodSync(token, 0o640);
	const open = await check(token);
	assert.ok(open.code === 2 && open.out.includes(`chmod 600 ${token}`), open.out);
	const missing = await check(`${token}-not`);
	assert.ok(missing.code === 2 && missing.out.includes('is not there'), missing.out);
	chmodSync(token, 0o600);
	assert.equal((await check(token)).code, 0);
});

test('a port is not passed over beside a server that runs without it', async () => {
	const end = await account.nightlog('serve', '--port', '0');
	assert.equal(end.code, 3, end.out);
	assert.match(end.error, /^nightlog: A server runs already .*nightlog serve --replace --port 0\n$/);
	const asJson = await account.nightlog('serve', '--port', '0', '--json');
	assert.deepEqual([asJson.code, asJson.problem().type], [3, 'urn:nightlog:problem:server/already-running']);
});

test('a state folder that cannot be made is named, with the reason', async () => {
	const file = account.write('file', '');
	for (const place of ['/proc/x', file]) {
		for (const words of [['jobs'], ['serve'], ['config', 'check']]) {
			const end = await account.start(words, { XDG_STATE_HOME: place }).end;
			assert.equal(end.code, 3, end.out);
			assert.ok(end.error.includes(`${place}/nightlog cannot be made`) && end.error.includes('XDG_STATE_HOME'), end.error);
		}
	}
});
