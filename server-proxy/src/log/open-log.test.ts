import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { errorFields, openLog } from './open-log.ts';

let folder: string;
let file: string;
beforeEach(() => {
	folder = mkdtempSync(path.join(tmpdir(), 'nl-log-'));
	file = path.join(folder, 'server.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const now = () => new Date('2026-11-21T09:00:00Z');
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('a line of JSON for each, readable by its owner only', async () => {
	const log = openLog({ file, now });
	log.write('info', 'request', { requestId: 'r', path: 'a\nb' });
	log.write('error', 'failed', errorFields(Object.assign(new Error('no'), { code: 'ENOSPC', cause: new Error('disk') })));
	await turn();
	const lines = readFileSync(file, 'utf8')
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as Record<string, unknown>);
	assert.deepEqual(lines[0], { time: '2026-11-21T09:00:00.000Z', level: 'info', message: 'request', requestId: 'r', path: 'a\nb' });
	assert.equal(lines[1]?.code, 'ENOSPC');
	assert.equal(lines[1]?.cause, 'disk');
	assert.equal(statSync(file).mode & 0o077, 0);
	log.close();
});

test('what was written just before the end is there, and nothing after it', async () => {
	const log = openLog({ file, now });
	log.write('info', 'last');
	log.close();
	log.write('info', 'too late');
	log.close();
	await turn();
	assert.match(readFileSync(file, 'utf8'), /^\{.*"last"\}\n$/);
});

test('a long log goes on in a new file, and the oldest is dropped', async () => {
	for (let round = 0; round < 6; round++) {
		const log = openLog({ file, now, mostBytes: 300, keptFiles: 3 });
		for (let index = 0; index < 3; index++) {
			log.write('info', `${round}-${index} ${'x'.repeat(150)}`);
			await turn();
		}
		log.close();
	}
	assert.deepEqual(readdirSync(folder).sort(), ['server.log', 'server.log.1', 'server.log.2']);
	const all = ['server.log.2', 'server.log.1', 'server.log'].map((name) => readFileSync(path.join(folder, name), 'utf8')).join('');
	assert.deepEqual(
		[...all.matchAll(/"(\d-\d) /g)].map((match) => match[1]),
		['5-0', '5-1', '5-2'],
	);
});
