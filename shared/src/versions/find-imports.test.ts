import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findImports, resolvePath } from './find-imports.ts';
import { pythonImports } from './python-imports.ts';

/** @param tree sources by path */
function check(
	name: string,
	folder: string,
	code: string,
	tree: Readonly<Record<string, string>>,
	expected: readonly string[],
	outside: readonly string[] = [],
): void {
	test(`local modules: ${name}`, async () => {
		const asked: string[] = [];
		const found = await findImports(
			{ folder, imports: pythonImports(code) },
			{
				async kindOf(path) {
					if (path in tree) return 'file';
					return Object.keys(tree).some((file) => path === '' || file.startsWith(`${path}/`)) ? 'folder' : null;
				},
				async importsOf(path) {
					asked.push(path);
					return pythonImports(tree[path] ?? '');
				},
			},
		);
		assert.deepEqual(found, { files: expected, outside });
		assert.equal(new Set(asked).size, asked.length, 'a module is read once');
	});
}

check('one beside the notebook', 'a', 'import m', { 'a/m.py': '', 'a/n.py': '' }, ['a/m.py']);
check('one of the environment is none', '', 'import numpy as np', { 'm.py': '' }, []);
check('followed through what they import', '', 'import a', { 'a.py': 'import b', 'b.py': 'from c import x', 'c.py': '' }, ['a.py', 'b.py', 'c.py']);
check('in a circle', '', 'import a', { 'a.py': 'import b', 'b.py': 'import a' }, ['a.py', 'b.py']);
check('a package with all levels', '', 'import p.q.r', { 'p/__init__.py': '', 'p/q/__init__.py': '', 'p/q/r.py': '' }, [
	'p/__init__.py',
	'p/q/__init__.py',
	'p/q/r.py',
]);
check('members that are modules', '', 'from p import a, b, c', { 'p/__init__.py': '', 'p/a.py': '', 'p/b/__init__.py': '' }, [
	'p/__init__.py',
	'p/a.py',
	'p/b/__init__.py',
]);
check('a package without __init__', '', 'from p import a', { 'p/a.py': '' }, ['p/a.py']);
check('a package wins over a module', '', 'import p', { 'p/__init__.py': '', 'p.py': '' }, ['p/__init__.py']);
check('a module wins over a plain folder', '', 'import p', { 'p/data.csv': '', 'p.py': '' }, ['p.py']);
check('of the own package', '', 'import p.a', { 'p/__init__.py': '', 'p/a.py': 'from . import b\nfrom .c import x', 'p/b.py': '', 'p/c.py': '' }, [
	'p/__init__.py',
	'p/a.py',
	'p/b.py',
	'p/c.py',
]);
check('of the package above', '', 'import p.q.a', { 'p/__init__.py': '', 'p/q/__init__.py': '', 'p/q/a.py': 'from ..b import x', 'p/b.py': '' }, [
	'p/__init__.py',
	'p/b.py',
	'p/q/__init__.py',
	'p/q/a.py',
]);
check('above the project is nothing', '', 'from ... import a', { 'a.py': '' }, []);
check('at the top of the project', 'notebooks', 'import lib', { 'lib/__init__.py': '' }, ['lib/__init__.py']);
check('in src', 'notebooks', 'import lib.x', { 'src/lib/__init__.py': '', 'src/lib/x.py': '' }, ['src/lib/__init__.py', 'src/lib/x.py']);
check('the notebook folder comes first', 'n', 'import m', { 'n/m.py': '', 'm.py': '', 'src/m.py': '' }, ['n/m.py']);
check(
	'in a folder that is added to the path',
	'n',
	"import sys\nsys.path.append('../code')\nimport m",
	{ 'code/m.py': 'import k', 'code/k.py': '' },
	['code/k.py', 'code/m.py'],
);
check(
	'in a folder outside the project',
	'n',
	"sys.path.append('../../code')\nsys.path.append('/opt/code')\nimport m",
	{ 'code/m.py': '' },
	[],
	['../../code', '/opt/code'],
);
check('a file that is run, and what lies beside it', 'n', '%run ../s/x.py', { 's/x.py': 'import y', 's/y.py': '' }, ['s/x.py', 's/y.py']);
check('a file that is run outside the project', '', '%run ../x.py', {}, [], ['../x.py']);
check('an attribute is no module', '', 'from m import f', { 'm.py': '' }, ['m.py']);

test('paths are resolved without leaving the project', () => {
	assert.equal(resolvePath('a/b', '../c/./d//e'), 'a/c/d/e');
	assert.equal(resolvePath('a', '..'), '');
	assert.equal(resolvePath('a', '../..'), null);
	assert.equal(resolvePath('', 'x/../../x'), null);
});
