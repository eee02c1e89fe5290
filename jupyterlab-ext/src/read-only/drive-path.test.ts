import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDrivePath, resultPath, versionPath } from './drive-path.ts';

const id = 'a1b2'.repeat(10);
const job = '01jd6x0000abcdefghjkmnpqrs';

for (const file of [
	'/home/ana/night/sunspots.ipynb',
	'/a.ipynb',
	'/with space/ümläut (1).ipynb',
	'/a (2026-11-21 10.03).ipynb',
	'C:/Users/Ana/a.ipynb',
	'/x/versions/y/a.ipynb',
]) {
	test(`a version of ${file} is found by its path`, () =>
		assert.deepEqual(readDrivePath(versionPath(id, file, '2026-11-21 10:03')), { kind: 'version', id, file }));
}
test('a tab shows when the version was made, without what a path cannot hold', () =>
	assert.match(versionPath(id, '/night/a.ipynb', '2026-11-21 10:03'), /\/a \(2026-11-21 10\.03\)\.ipynb$/));
test('Windows writes its paths with another slash', () =>
	assert.deepEqual(readDrivePath(versionPath(id, 'C:\\Users\\a.ipynb', 'x')), { kind: 'version', id, file: 'C:/Users/a.ipynb' }));
test('a SHA-256 version is found, too', () => {
	const long = 'a1b2'.repeat(16);
	assert.deepEqual(readDrivePath(versionPath(long, '/a.ipynb', 'x')), { kind: 'version', id: long, file: '/a.ipynb' });
});
test('a result is found by its path', () => assert.deepEqual(readDrivePath(resultPath(job, 'folder/a.ipynb')), { kind: 'result', job }));

for (const path of [
	'',
	'a.ipynb',
	'results/x/a.ipynb',
	`results/${job}/b/a.ipynb`,
	`results/${job}/a.txt`,
	'versions/abc/a (x).ipynb',
	`versions/${id}/a.ipynb`,
]) {
	test(`"${path}" leads nowhere`, () => assert.equal(readDrivePath(path), null));
}
