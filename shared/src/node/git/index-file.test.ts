import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isNightlogError } from '../../base/nightlog-error.ts';
import { readIndexEntries, readIndexFeatures } from './index-file.ts';
import { makePlace, makeWorkingRepository, type TestPlace } from './real-repositories.test-case.ts';

/** What `git ls-files` says of the index that a row makes, against what we read. */
function row(
	name: string,
	version: number,
	extension: string | null,
	prepare: (place: TestPlace, folder: string) => void,
	format: 'sha1' | 'sha256' = 'sha1',
): void {
	test(`${name}: read as git reads it`, () => {
		const place = makePlace();
		try {
			const folder = makeWorkingRepository(place, 'index', [`--object-format=${format}`]);
			prepare(place, folder);
			const bytes = readFileSync(join(folder, '.git/index'));
			const idBytes = format === 'sha1' ? 20 : 32;
			const features = readIndexFeatures(bytes, idBytes);
			const entries = readIndexEntries(bytes, idBytes);
			assert.equal(features.version, version);
			assert.equal(features.entryCount, entries.length);
			if (extension !== null) assert.ok(features.extensions.includes(extension), `${extension} among ${features.extensions.join(', ')}`);
			const expected = place.git(folder, 'ls-files', '-z', '--stage', '--sparse').split('\0').slice(0, -1);
			assert.deepEqual(
				entries.map(({ mode, oid, stage, path }) => `${mode.toString(8).padStart(6, '0')} ${oid} ${stage}\t${path}`),
				expected,
			);
		} finally {
			place.dispose();
		}
	});
}

row('version 2', 2, 'TREE', () => {});
row('version 2 of SHA-256', 2, 'TREE', () => {}, 'sha256');
row('version 3, with a file that is only planned', 3, null, (place, folder) => {
	place.write(join(folder, 'planned'), '');
	place.git(folder, 'add', '-N', 'planned');
});
row('version 4', 4, null, (place, folder) => place.git(folder, 'update-index', '--index-version', '4'));
row('version 4 of many files with long common paths', 4, null, (place, folder) => {
	for (let index = 0; index < 300; index++) place.write(join(folder, `a/${'long/'.repeat(20)}${index % 7}/f${index}`), `${index}`);
	place.git(folder, 'add', '-A');
	place.git(folder, 'update-index', '--index-version', '4');
});
row('a path of more than 4095 bytes', 2, null, (place, folder) => {
	const oid = place.git(folder, 'hash-object', '-w', 'analysis.ipynb').trim();
	place.git(folder, 'update-index', '--add', '--cacheinfo', `100644,${oid},${'x/'.repeat(2100)}f`);
});
row('an unfinished merge', 2, null, (place, folder) => {
	place.git(folder, 'commit', '-qam', 'mine');
	place.git(folder, 'checkout', '-q', '-b', 'theirs', 'HEAD~1');
	place.write(join(folder, 'lib/tools.py'), 'theirs\n');
	place.git(folder, 'commit', '-qam', 'theirs');
	assert.throws(() => place.git(folder, 'merge', '-q', 'main'));
});
row('with the mark where its entries end', 2, 'EOIE', (place, folder) => {
	place.git(folder, '-c', 'index.threads=2', '-c', 'index.recordEndOfIndexEntries=true', 'update-index', '--force-write-index');
});
row('a sparse index', 3, 'sdir', (place, folder) => {
	place.git(folder, 'stash', '-q');
	place.git(folder, 'sparse-checkout', 'set', '--cone', '--sparse-index', 'lib');
});

for (const [name, bytes, code] of [
	['nothing', Buffer.alloc(0), 'repository/corrupt'],
	['something else', Buffer.alloc(100), 'repository/corrupt'],
	['a version to come', Buffer.concat([Buffer.from('DIRC\0\0\0\x05\0\0\0\0'), Buffer.alloc(20)]), 'repository/unknown-index'],
	['fewer entries than it says', Buffer.concat([Buffer.from('DIRC\0\0\0\x02\0\0\0\x09'), Buffer.alloc(20)]), 'repository/corrupt'],
] as const) {
	test(`an index that is ${name} is refused`, () => {
		assert.throws(
			() => readIndexEntries(bytes, 20),
			(error) => isNightlogError(error, code),
		);
	});
}
