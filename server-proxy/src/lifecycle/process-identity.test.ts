import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from './fake-host.test-case.ts';
import { findProcess, ownIdentity, parseStartTime, systemProcessTable } from './process-identity.ts';

test('the start time is read behind a name that holds anything', () => {
	const fields = Array.from({ length: 19 }, (_, index) => `f${index}`).join(' ');
	assert.equal(parseStartTime(`7 (node) ${fields} 4711 0 0`), '4711');
	assert.equal(parseStartTime(`7 (a) b ) (c) ${fields} 4711 0 0`), '4711');
	assert.equal(parseStartTime('7 (half'), null);
});

test('a process runs only while number, start time, boot and container are the same', () => {
	const { processes, running } = new FakeHost({ pid: 7 });
	const own = ownIdentity(processes, 7);
	assert.equal(findProcess(own, processes), 'runs');
	assert.equal(findProcess({ ...own, pid: 8 }, processes), 'gone');
	assert.equal(findProcess({ ...own, startTime: '99' }, processes), 'gone');
	assert.equal(findProcess({ ...own, host: 'node2' }, processes), 'elsewhere');
	assert.equal(findProcess({ ...own, bootId: 'boot-0' }, processes), 'elsewhere');
	assert.equal(findProcess({ ...own, pidNamespace: 'pid:[2]' }, processes), 'elsewhere');
	assert.equal(findProcess({ ...own, startTime: null }, processes), 'runs');
	running.delete(7);
	assert.equal(findProcess(own, processes), 'gone');
});

test('this process runs on this machine', () => {
	const table = systemProcessTable();
	assert.equal(findProcess(ownIdentity(table), table), 'runs');
});
