import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { changedOriginals, type LinkPlan, linkTree, mostHiddenLinks, mostLinks, mostOutsideLinks } from './link-tree.ts';

describe('the links of a job’s tree', () => {
	let root: string;
	let project: string;
	const at = (...parts: readonly string[]) => path.join(root, 'tree', path.relative('/', project), ...parts);
	const put = (name: string, text = name) => {
		const file = path.join(project, name);
		mkdirSync(path.dirname(file), { recursive: true });
		writeFileSync(file, text);
		return file;
	};
	const link = (change: Partial<LinkPlan> = {}) => {
		mkdirSync(at('nb'), { recursive: true });
		return linkTree({
			project,
			notebookFolder: path.join(project, 'nb'),
			placed: [path.join(project, 'nb/a.ipynb')],
			outside: [],
			stateFolder: path.join(root, 'state'),
			isHome: false,
			place: (file) => path.join(root, 'tree', path.relative('/', file)),
			...change,
		});
	};
	const kind = (name: string) => {
		const found = lstatSync(at(name), { throwIfNoEntry: false });
		return found === undefined ? 'none' : found.isSymbolicLink() ? 'link' : found.isDirectory() ? 'folder' : 'file';
	};
	beforeEach(() => {
		root = mkdtempSync(path.join(tmpdir(), 'nl-link-'));
		project = path.join(root, 'home', 'p');
		put('nb/a.ipynb');
	});
	afterEach(() => rmSync(root, { recursive: true }));

	test('lead to files, in folders that are real', async () => {
		put('nb/data/x.csv');
		put('other/y.csv');
		await link();
		assert.deepEqual(['nb', 'nb/data', 'nb/data/x.csv', 'other', 'other/y.csv'].map(kind), ['folder', 'folder', 'link', 'folder', 'link']);
		assert.equal(readFileSync(at('nb/data/x.csv'), 'utf8'), 'nb/data/x.csv');
	});
	test('leave out what the version placed, the history, and what programs write beside their sources', async () => {
		for (const name of ['.git/HEAD', '.nightlog/x', 'nb/__pycache__/m.pyc', 'nb/.ipynb_checkpoints/a.ipynb']) put(name);
		await link();
		assert.deepEqual(['.git', '.nightlog', 'nb/__pycache__', 'nb/.ipynb_checkpoints', 'nb/a.ipynb'].map(kind), Array(5).fill('none'));
	});
	test('take environments whole', async () => {
		for (const name of ['venv/pyvenv.cfg', 'venv/lib/x.py', '.venv/pyvenv.cfg', '.conda/conda-meta/x', 'node_modules/x/y.js']) put(name);
		await link();
		assert.deepEqual(['venv', '.venv', '.conda', 'node_modules'].map(kind), ['link', 'link', 'link', 'link']);
	});
	test('make small hidden folders anew, so that what a notebook caches there stays in its job', async () => {
		put('nb/.cache/joblib/x');
		for (let number = 0; number <= mostHiddenLinks; number++) put(`.large/${number}`);
		await link();
		assert.deepEqual(['nb/.cache', 'nb/.cache/joblib', 'nb/.cache/joblib/x', '.large'].map(kind), ['folder', 'folder', 'link', 'link']);
	});
	test('make hidden folders anew after all others', async () => {
		put('.a/x');
		for (let number = 0; number < mostLinks - 20; number++) put(`many/${number}`);
		await link();
		assert.deepEqual(['many', 'many/7', '.a'].map(kind), ['folder', 'link', 'folder']);
	});
	test('take the hidden folders of a home whole', async () => {
		put('.cache/x');
		put('.config/y');
		await link({ isHome: true });
		assert.deepEqual(['.cache', '.config'].map(kind), ['link', 'link']);
	});
	test('take large folders whole, but never one that holds a file of the version', async () => {
		for (let number = 0; number <= mostLinks; number++) {
			put(`many/${number}`);
			put(`nb/here/${number}`);
		}
		await link({ placed: [path.join(project, 'nb/a.ipynb'), path.join(project, 'nb/here/placed.txt')] });
		assert.deepEqual(['many', 'nb/here', 'nb/here/7'].map(kind), ['link', 'folder', 'link']);
	});
	test('leave links to folders as links, and dangling ones out', async () => {
		mkdirSync(path.join(root, 'elsewhere'));
		symlinkSync(path.join(root, 'elsewhere'), path.join(project, 'alias'));
		symlinkSync('/nonexistent', path.join(project, 'dangling'));
		symlinkSync(project, path.join(project, 'loop'));
		await link();
		assert.deepEqual(['alias', 'dangling', 'loop'].map(kind), ['link', 'none', 'link']);
	});
	test('never lead into the folder that holds the tree', async () => {
		put('state/jobs/x');
		await link({ stateFolder: path.join(project, 'state') });
		assert.equal(kind('state'), 'none');
	});
	test('lead out of the project only where code names it', async () => {
		const outside = path.join(root, 'home', 'shared', 'z.csv');
		mkdirSync(path.dirname(outside), { recursive: true });
		writeFileSync(outside, 'z');
		await link({ outside: [outside, path.join(root, 'home', 'gone'), path.dirname(project), path.join(root, 'state', 'x')] });
		assert.equal(readFileSync(at('..', 'shared', 'z.csv'), 'utf8'), 'z');
		assert.deepEqual(['../gone', '..'].map(kind), ['none', 'folder']);
	});
	describe('out of the project', () => {
		const putOutside = (name: string, text = name) => {
			const file = path.join(root, 'home', name);
			mkdirSync(path.dirname(file), { recursive: true });
			writeFileSync(file, text);
			return file;
		};
		const outside = (...names: readonly string[]) => names.map((name) => path.join(root, 'home', name));

		test('make folders anew, so that what the job writes there stays in its tree', async () => {
			putOutside('data/x.csv');
			putOutside('data/deep/y.csv');
			await link({ outside: outside('data/deep', 'data', 'data/x.csv', 'data/gone/z.csv') });
			assert.deepEqual(['../data', '../data/deep', '../data/x.csv', '../data/deep/y.csv', '../data/gone'].map(kind), [
				'folder',
				'folder',
				'link',
				'link',
				'none',
			]);
		});
		test('take large folders whole, and make nothing behind such a link', async () => {
			for (let number = 0; number <= mostOutsideLinks; number++) putOutside(`many/${number}`);
			await link({ outside: outside('many', 'many/7', 'many/new/y.csv') });
			assert.deepEqual(['../many', '../many/7'].map(kind), ['link', 'file']);
			assert.ok(!existsSync(path.join(root, 'home', 'many', 'new')));
		});
		test('leave another repository whole, with its history', async () => {
			putOutside('other/.git/HEAD');
			putOutside('other/x.py');
			await link({ outside: outside('other') });
			assert.deepEqual(['../other', '../other/.git'].map(kind), ['link', 'folder']);
		});
		test('lead through links as at home', async () => {
			putOutside('data/deep/x.csv');
			symlinkSync('data', path.join(root, 'home', 'alias'));
			await link({ outside: outside('alias/deep/x.csv') });
			assert.equal(readFileSync(at('../alias/deep/x.csv'), 'utf8'), 'data/deep/x.csv');
			await link({ outside: outside('alias', 'alias/deep'), place: (file) => path.join(root, 'tree2', file) });
			assert.ok(lstatSync(path.join(root, 'tree2', root, 'home', 'alias')).isSymbolicLink());
		});
		test('make the folder of a file that the job may write', async () => {
			mkdirSync(path.join(root, 'home', 'out'));
			await link({ outside: outside('out/new.csv', 'gone/new.csv') });
			assert.deepEqual(['../out', '../out/new.csv', '../gone'].map(kind), ['folder', 'none', 'none']);
		});
	});
	test('have names of every kind', async () => {
		for (const name of ['-rf', 'a b', 'a\nb', '$(x)', 'ü', '\\', '.hidden', 'x'.repeat(255)]) put(`nb/${name}`, 'x');
		assert.equal((await link()).filter(({ original }) => original.startsWith(path.join(project, 'nb'))).length, 8);
	});
	test('tell which originals changed since', async () => {
		const [kept, grown, touched, gone] = ['nb/1', 'nb/2', 'nb/3', 'nb/4'].map((name) => put(name)) as [string, string, string, string];
		const linked = await link();
		writeFileSync(grown, 'more than before');
		utimesSync(touched, 1, 1);
		rmSync(gone);
		assert.deepEqual(await changedOriginals(linked), [grown, touched, gone]);
		assert.ok(existsSync(kept));
	});
});
