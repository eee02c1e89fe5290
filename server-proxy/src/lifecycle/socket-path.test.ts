import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketCandidates as placesOf, stateFolderDigest } from './socket-path.ts';

const socketCandidates = (...given: Parameters<typeof placesOf>) => placesOf(...given).map((place) => place.path);
const at = (env: Record<string, string> = {}) => ({ env, home: '/home/ann', uid: 1000 });
const state = '/home/ann/.local/state/nightlog';
const name = `${stateFolderDigest(state)}.sock`;

test('the socket is in the state folder, else on the machine itself', () => {
	assert.deepEqual(socketCandidates(state, at({ XDG_RUNTIME_DIR: '/run/user/1000' }), true), [
		`${state}/server.sock`,
		`/run/user/1000/nightlog/${name}`,
		`/tmp/nightlog-1000/${name}`,
	]);
});

test('a path that does not fit into an address is passed over, counted in bytes', () => {
	const long = `/home/${'é'.repeat(45)}/nightlog`;
	assert.ok(long.length < 80);
	assert.deepEqual(socketCandidates(long, at(), true), [`/tmp/nightlog-1000/${stateFolderDigest(long)}.sock`]);
	const just = `/${'x'.repeat(107 - 1 - '/server.sock'.length)}`;
	assert.equal(socketCandidates(just, at(), true)[0], `${just}/server.sock`);
	assert.notEqual(socketCandidates(`${just}x`, at(), true)[0], `${just}x/server.sock`);
});

test('a server without the store never listens in the shared folder', () => {
	assert.deepEqual(socketCandidates(state, at({ XDG_RUNTIME_DIR: 'relative' }), false), [`/tmp/nightlog-1000/${name}`]);
});
