import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pythonUses } from './python-uses.ts';

function imports(source: string, expected: readonly [string, boolean][]) {
	test(`${JSON.stringify(source)} imports ${JSON.stringify(expected)}`, () => {
		assert.deepEqual(
			pythonUses(source).imports.map(({ name, certain }) => [name, certain]),
			expected,
		);
	});
}
imports('import numpy', [['numpy', true]]);
imports('import numpy as np, scipy.stats  # both', [
	['numpy', true],
	['scipy', true],
]);
imports('from astropy.timeseries import LombScargle', [['astropy', true]]);
imports('from . import local', []);
imports('from .sibling import x', []);
imports('from .. import x', []);
imports('from a import (\n  b,\n  c)', [['a', true]]);
imports('try:\n    import ujson\nexcept ImportError:\n    ujson = None', [['ujson', false]]);
imports('if fast:\n    import numba', [['numba', false]]);
imports('def f():\n    import late', [['late', false]]);
imports('def f():\n    import both\nimport both', [['both', true]]);
imports('%matplotlib inline\nimport matplotlib.pyplot as plt', [['matplotlib', true]]);
imports('%%bash\nimport this', []);
imports('%%writefile helper.py\nimport nothing', []);
imports('%%time\nimport slow', [['slow', true]]);
imports('text = "import nothing"', []);
imports('# import nothing', []);
imports('import añadir', [['añadir', true]]);
imports('a; import b', [['b', true]]);

function opens(source: string, expected: readonly [string, boolean][]) {
	test(`${JSON.stringify(source)} opens ${JSON.stringify(expected)}`, () => {
		assert.deepEqual(
			pythonUses(source).opens.map(({ path, writes }) => [path, writes]),
			expected,
		);
	});
}
opens('open("data.csv")', [['data.csv', false]]);
opens("pd.read_csv('../data/x.csv', sep=';')", [['../data/x.csv', false]]);
opens('open("out.txt", "w")', [['out.txt', true]]);
opens('open("out.txt", mode="a")', [['out.txt', true]]);
opens('frame.to_csv("out/a.csv")', [['out/a.csv', true]]);
opens('open(name)', []);
opens('open(f"{name}.csv")', []);
opens('open("/etc/hosts")', []);
opens('pd.read_csv("https://example.org/a.csv")', []);
opens('open("~/x.txt")', []);
opens('print("a.csv")', []);
opens('np.load("a" + ".npy")', []);
opens('Path("data/raw")', [['data/raw', false]]);
opens('open(r"a\\b.txt")', [['a\\b.txt', false]]);
opens('open("a\\nb.txt")', []);
opens('xs.load("mode")', []);
opens('fits.open("m31.fits")[0]', [['m31.fits', false]]);
opens('pd.read_csv(filepath_or_buffer="a.csv")', [['a.csv', false]]);
opens('glob("*.csv")', []);
opens('%%writefile helper.py\nimport nothing', [['helper.py', true]]);
opens('%%writefile -a "lib/b.py"\nx = 1', [['lib/b.py', true]]);
opens('%%writefile /etc/x\ny', []);

function leadsUpwards(source: string, expected: readonly string[]) {
	test(`${JSON.stringify(source)} leads upwards to ${JSON.stringify(expected)}`, () => assert.deepEqual(pythonUses(source).upwards, expected));
}
leadsUpwards('data = "../data/x.csv"', ['../data/x.csv']);
leadsUpwards("glob.glob('../data/*.csv')", ['../data']);
leadsUpwards('f"../data/{name}.csv"', ['../data']);
leadsUpwards('"../a"; "../a"; [r"../b\\c"]; {"k": "x/../../c"}', ['../a', '../b\\c', 'x/../../c']);
leadsUpwards('"data/x.csv"; "https://x.org/../y"; b"../bytes"; "a\\n../b"', []);
leadsUpwards('# "../comment"', []);
leadsUpwards('%%bash\ncat ../data', []);
leadsUpwards(`x = "../${'x'.repeat(2000)}"`, []);

function opensNamed(source: string, expected: readonly [string, boolean][], binds: readonly string[] = []) {
	test(`${JSON.stringify(source)} opens by name ${JSON.stringify(expected)}`, () => {
		const uses = pythonUses(source);
		assert.deepEqual(
			uses.opensNamed.map(({ name, writes }) => [name, writes]),
			expected,
		);
		assert.deepEqual([...uses.binds], binds);
	});
}
opensNamed('open(data)', [['data', false]]);
opensNamed('pd.read_csv(filepath_or_buffer=data, sep=sep)', [['data', false]]);
opensNamed('open(out, "w")', [['out', true]]);
opensNamed('open(data[0]); open(data + "x"); open(data.name)', []);
for (const source of [
	'data = 1',
	'data += 1',
	'data: str = 1',
	'x = [data for data in y]',
	'for data in y: pass',
	'import a as data',
	'(data := 1)',
]) {
	test(`${source} may give a value`, () => assert.ok(pythonUses(source).binds.has('data')));
}
for (const source of ['with x as data: pass', 'def f(data): pass', 'lambda data: 1', 'a, data = b', 'del data', 'global data']) {
	test(`${source} may give a value`, () => assert.ok(pythonUses(source).binds.has('data')));
}
for (const source of ['print(data)', 'x(f"{data}")', 'data.strip()', 'if data: pass', 'open(data or "x")']) {
	test(`${source} gives none`, () => assert.ok(!pythonUses(source).binds.has('data')));
}

for (const [source, expected] of [
	['%pip install x', true],
	['!pip install -q x', true],
	['sys.path.insert(0, "src")', true],
	['os.chdir("data")', true],
	['import pip', false],
	['print("pip install x")', false],
] as const) {
	test(`${JSON.stringify(source)} ${expected ? 'changes' : 'does not change'} what can be imported`, () => {
		assert.equal(pythonUses(source).changesImports, expected);
	});
}
test('lines count from one', () => assert.equal(pythonUses('x = 1\n\nimport y').imports[0]?.line, 3));
test('half a cell does no harm', () => assert.deepEqual(pythonUses('def (:\n  import').imports, []));
