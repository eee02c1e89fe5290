import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { copyExamples } from './copy-examples.mjs';

/** A folder of examples and where its copy goes, with files by name. */
function withFolders(check) {
	const folder = mkdtempSync(path.join(tmpdir(), 'nightlog-examples-'));
	const source = path.join(folder, 'source');
	const target = path.join(folder, 'data', 'examples');
	mkdirSync(path.join(source, 'data'), { recursive: true });
	mkdirSync(path.join(source, '__pycache__'));
	writeFileSync(path.join(source, '__pycache__', 'a.pyc'), 'built');
	writeFileSync(path.join(source, 'a.ipynb'), 'first');
	writeFileSync(path.join(source, 'data', 'b.csv'), '1,2');
	try {
		check({
			copy: () => copyExamples(source, target),
			change: (name, text) => writeFileSync(path.join(source, name), text),
			edit: (name, text) => writeFileSync(path.join(target, name), text),
			remove: (name) => rmSync(path.join(target, name)),
			read: (name) => readFileSync(path.join(target, name), 'utf8'),
			names: () => readdirSync(target, { recursive: true }).sort(),
		});
	} finally {
		rmSync(folder, { recursive: true });
	}
}

test('copies everything that is no leftover of running', () => {
	withFolders(({ copy, read, names }) => {
		copy();
		assert.deepEqual(names(), ['a.ipynb', 'data', path.join('data', 'b.csv')]);
		assert.equal(read('a.ipynb'), 'first');
	});
});

test('a newer example replaces an unchanged copy, and what was removed comes back', () => {
	withFolders(({ copy, change, remove, read }) => {
		copy();
		change('a.ipynb', 'second');
		remove(path.join('data', 'b.csv'));
		copy();
		assert.equal(read('a.ipynb'), 'second');
		assert.equal(read(path.join('data', 'b.csv')), '1,2');
	});
});

test('what a person changed stays, however often the example changes', () => {
	withFolders(({ copy, change, edit, read }) => {
		copy();
		edit('a.ipynb', 'mine');
		for (const text of ['second', 'third']) {
			change('a.ipynb', text);
			copy();
			assert.equal(read('a.ipynb'), 'mine');
		}
	});
});

test('a file that was there before the first copy is nobody else’s', () => {
	withFolders(({ copy, change, edit, read, remove }) => {
		copy();
		remove('a.ipynb');
		edit('c.ipynb', 'mine');
		change('c.ipynb', 'example');
		copy();
		assert.equal(read('c.ipynb'), 'mine');
	});
});
