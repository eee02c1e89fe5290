import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { FileSystemKind } from './file-system-kind.ts';
import { fileSystemKind } from './file-system-kind.ts';
import { type Migrations, openStore } from './open-store.ts';

const first: Migrations = [['CREATE TABLE things (name TEXT) STRICT']];
const second: Migrations = [
	...first,
	['ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 7', 'CREATE INDEX things_by_size ON things (size)'],
];

let folder: string;
let file: string;
beforeEach(() => {
	folder = mkdtempSync(path.join(tmpdir(), 'nl-store-'));
	file = path.join(folder, 'store.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (migrations: Migrations = first, fileSystem: FileSystemKind = 'local', check = false) =>
	openStore({ file, migrations, fileSystem, check, now: () => new Date('2026-11-21T09:00:00Z') });
const pragma = (database: DatabaseSync, name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];

for (const [fileSystem, journal] of [
	['local', 'wal'],
	['network', 'truncate'],
] as const) {
	test(`on a ${fileSystem} file system: journal mode ${journal}, synchronous, the lock kept`, () => {
		const { database, setAside } = open(first, fileSystem);
		assert.equal(setAside, null);
		assert.equal(pragma(database, 'journal_mode'), journal);
		assert.equal(pragma(database, 'synchronous'), 2);
		assert.equal(pragma(database, 'locking_mode'), 'exclusive');
		assert.equal(pragma(database, 'foreign_keys'), 1);
		assert.throws(
			() => open(first, fileSystem),
			(error) => isNightlogError(error, 'store/locked') && error.retryable,
		);
		database.prepare('INSERT INTO things VALUES (?)').run('kept');
		database.close();
		const again = open(first, fileSystem);
		assert.equal(again.database.prepare('SELECT name FROM things').get()?.name, 'kept');
		again.database.close();
	});
}

test('a store moves between kinds of file systems', () => {
	const local = open(first, 'local');
	local.database.prepare('INSERT INTO things VALUES (?)').run('kept');
	local.database.close();
	const network = open(first, 'network');
	assert.equal(pragma(network.database, 'journal_mode'), 'truncate');
	assert.equal(network.database.prepare('SELECT name FROM things').get()?.name, 'kept');
	network.database.close();
});

test('newer code migrates, and keeps what was there before it', () => {
	const before = open(first);
	before.database.prepare('INSERT INTO things VALUES (?)').run('kept');
	before.database.close();
	const after = open(second);
	assert.deepEqual({ ...after.database.prepare('SELECT name, size FROM things').get() }, { name: 'kept', size: 7 });
	assert.equal(pragma(after.database, 'user_version'), 2);
	after.database.close();
	const copy = new DatabaseSync(`${file}.format-1`, { readOnly: true });
	assert.equal(pragma(copy, 'user_version'), 1);
	assert.equal(copy.prepare('SELECT name FROM things').get()?.name, 'kept');
	copy.close();
});

test('a migration that fails changes nothing', () => {
	open(first).database.close();
	assert.throws(() => open([...first, ['ALTER TABLE things ADD COLUMN size INTEGER', 'NONSENSE']]));
	const again = open(first);
	assert.deepEqual(
		again.database
			.prepare('PRAGMA table_info(things)')
			.all()
			.map((column) => column.name),
		['name'],
	);
	again.database.close();
});

test('older code says that the store is newer, and leaves it alone', () => {
	open(second).database.close();
	const before = readFileSync(file);
	assert.throws(
		() => open(first),
		(error) => isNightlogError(error, 'store/newer') && /Update Nightlog/.test(error.message) && error.data.format === 2,
	);
	assert.deepEqual(readFileSync(file), before);
	assert.deepEqual(readdirSync(folder), ['store.db']);
});

test('what is no database is set aside and never removed', () => {
	writeFileSync(file, 'this is a letter to my mother, and no database'.repeat(100));
	const { database, setAside } = open(first);
	assert.ok(setAside !== null);
	assert.match(readFileSync(setAside, 'utf8'), /^this is a letter/);
	assert.equal(database.prepare('SELECT count(*) AS count FROM things').get()?.count, 0);
	database.close();
});

test('a store with a damaged page is found when it is looked for, and set aside', () => {
	const { database } = open(first);
	const insert = database.prepare('INSERT INTO things VALUES (?)');
	for (let index = 0; index < 2_000; index++) insert.run(`thing ${index} ${'x'.repeat(100)}`);
	database.close();
	const bytes = readFileSync(file);
	bytes.fill(0xaa, 4096 * 5, 4096 * 8);
	writeFileSync(file, bytes);
	const { database: fresh, setAside } = open(first, 'local', true);
	assert.ok(setAside !== null && existsSync(setAside));
	assert.equal(statSync(setAside).size, bytes.length);
	fresh.close();
});

test('only its owner can read it', () => {
	open(first).database.close();
	assert.equal(statSync(file).mode & 0o077, 0);
});

const kinds: [string, number, FileSystemKind][] = [
	['ext4', 0xef53, 'local'],
	['xfs', 0x58465342, 'local'],
	['btrfs', 0x9123683e, 'local'],
	['overlayfs', 0x794c7630, 'local'],
	['tmpfs', 0x01021994, 'local'],
	['NFS', 0x6969, 'network'],
	['Lustre', 0x0bd00bd0, 'network'],
	['GPFS', 0x47504653, 'network'],
	['BeeGFS', 0x19830326, 'network'],
	['CIFS', 0xff534d42, 'network'],
	['CIFS where the number has a sign', 0xff534d42 | 0, 'network'],
	['SMB2', 0xfe534d42, 'network'],
	['FUSE', 0x65735546, 'network'],
];
for (const [name, type, kind] of kinds) test(`${name} is ${kind}`, () => assert.equal(fileSystemKind(type), kind));
