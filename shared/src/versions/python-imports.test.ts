import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PythonImport, pythonImports } from './python-imports.ts';

const module = (name: string, members: string[] = [], level = 0): PythonImport => ({
	kind: 'module',
	level,
	name: name === '' ? [] : name.split('.'),
	members,
});
const file = (path: string): PythonImport => ({ kind: 'file', path });
const folder = (path: string): PythonImport => ({ kind: 'folder', path });

function check(name: string, source: string, expected: readonly PythonImport[]): void {
	test(`imports: ${name}`, () => assert.deepEqual(pythonImports(source), expected));
}

check('several on a line, with aliases', 'import a.b as c, d', [module('a.b'), module('d')]);
check('members of a module', 'from a.b import c, d as e', [module('a.b', ['c', 'd'])]);
check('members over several lines with a comment', 'from a import (b, # first\n\tc,\n)', [module('a', ['b', 'c'])]);
check('everything of a module', 'from a import *', [module('a')]);
check('of the own package', 'from . import a', [module('', ['a'], 1)]);
check('of the package above', 'from ..a.b import c', [module('a.b', ['c'], 2)]);
check('of three packages above', 'from ... import c', [module('', ['c'], 3)]);
check('in a function and a branch', 'def f():\n    import a\nif x:\n    import b\nelse:\n    import c', [module('a'), module('b'), module('c')]);
check('in a try', 'try:\n    import a\nexcept ImportError:\n    a = None', [module('a')]);
check('by name', 'importlib.import_module(\'a.b\')\n__import__("c")', [module('a.b'), module('c')]);
check('by a relative name', "import_module('.a', package=__package__)", [module('a', [], 1)]);
check('by a name that is made at run time', "importlib.import_module('a.' + name + f'{x}')", []);
check('a file that is run', '%run x.py', [file('x.py')]);
check('a file that is run, with options and quotes', '%run -i "my file.py" --n 3', [file('my file.py')]);
check('a file that is run without its ending', '%run scripts/x', [file('scripts/x.py')]);
check('a notebook that is run', '%run other.ipynb', [file('other.ipynb')]);
check('a module that is run', '%run -m a.b', [module('a.b')]);
check('an extension that is loaded', '%load_ext myext\n%autoreload 2', [module('myext')]);
check('runpy', "runpy.run_path('x.py')", [file('x.py')]);
check('folders that are searched', "sys.path.append('../src')\nsys.path.insert(0, 'lib')", [folder('../src'), folder('lib')]);
check('folders that are put together', "sys.path.append(os.path.abspath(os.path.join('..', 'src')))", [folder('../src')]);
check('the folder above, by pathlib', 'sys.path.append(str(Path.cwd().parent))', [folder('..')]);
check('between lines for IPython', "%matplotlib inline\n!ls 'x\nimport a\n!!pwd\nfiles = !ls\nimport b", [module('a'), module('b')]);
check('in a block that has only a line for IPython', 'if x:\n    %load_ext a\nimport b', [module('a'), module('b')]);
check('in a cell that is timed', '%%time\nimport a', [module('a')]);
check('not in a cell for another language', '%%bash\nimport a', []);
check('not in a string or a comment', '"""\nimport a\n"""\n# import b', []);
check('past what is no Python', 'import a\nthis is (no python\nimport b', [module('a'), module('b')]);
check('of a module named in another script', 'import größe', [module('größe')]);
check('of nothing', 'import', []);
check('half a statement', 'from a import', [module('a')]);
check('a percent sign in an expression', 'y = (x\n    % 3)\nimport a', [module('a')]);
