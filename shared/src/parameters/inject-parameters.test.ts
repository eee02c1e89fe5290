import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ParameterValues } from '../base/parameter-values.ts';
import { planInjection } from './inject-parameters.ts';
import type { Parameter } from './parameter-schema.ts';
import { notebookOf, readDocument } from './parameters-notebook.test-case.ts';

function fixture<Case>(name: string): { tool: string; cases: Case[] } {
	return JSON.parse(readFileSync(new URL(`./__fixtures__/${name}`, import.meta.url), 'utf8')) as { tool: string; cases: Case[] };
}

function parameterOf(name: string, type: Parameter['type'] | null): Parameter[] {
	if (type === null) return [];
	return [{ name, type, default: null, help: null, cell: 'p', line: 1, choices: null, minimum: null, maximum: null, source: '' }];
}

function inLanguage(language: string, values: ParameterValues, type: Parameter['type'] | null = null) {
	const notebook = notebookOf('', { metadata: { language_info: { name: language } } });
	return planInjection(notebook, values, { parameters: Object.keys(values).flatMap((name) => parameterOf(name, type)), floatsWithin: new Set() });
}

for (const file of ['papermill-inject.json', 'jupyter-scheduler-inject.json']) {
	const placed = fixture<{ name: string; notebook: object; values: ParameterValues; after: { source: string; tags: string[] }[] }>(file);
	// jupyter-scheduler writes the same lines without a heading.
	const linesOf = (source: string) => (file.startsWith('papermill') ? source : source.replace(/^# Parameters\n/, '').trimEnd());
	for (const { name, notebook, values, after } of placed.cases) {
		test(`${placed.tool} puts it in the same place: ${name}`, () => {
			const read = readDocument(notebook);
			const { value, findings } = planInjection(read, values);
			assert.deepEqual(findings, []);
			assert.ok(value);
			const cells = read.cells.map(({ source, tags }) => ({ source, tags: [...tags] }));
			cells.splice(value.index, value.replaces ? 1 : 0, { source: linesOf(value.source), tags: ['injected-parameters'] });
			assert.deepEqual(cells, after);
		});
	}
}

// Where papermill's text would not mean the value, ours differs: letters as \x in R and Julia are bytes, \x beside \u is refused by R, a dollar sign runs code in
// Julia, a list or a NUL in Bash is no list, and R and Julia write NaN otherwise.
const differs: Readonly<Record<string, RegExp>> = { R: /\\x|\0/, julia: /\$|\\x[89a-f]/ };
const translated = fixture<{ language: string; value: unknown; type: Parameter['type'] | null; source: string }>('papermill-translate.json');
translated.cases.forEach(({ language, value, type, source }, index) => {
	const isNested = Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null);
	const isElsewhere = differs[language]?.test(source) ?? (language === 'bash' && (source.includes('\0') || isNested));
	if (isElsewhere) return;
	test(`${translated.tool} writes the same in ${language}: ${JSON.stringify(value).slice(0, 40)} (${index})`, () => {
		const plan = inLanguage(language, { name: value }, type);
		assert.deepEqual(plan.findings, []);
		assert.equal(plan.value?.source, source);
	});
});

const own: readonly (readonly [language: string, value: unknown, line: string])[] = [
	['R', 'é"\\$x\u0007', 'name = "\\u00e9\\"\\\\$x\\u0007"'],
	['R', '😀', 'name = "\\U0001f600"'],
	['julia', `$(run('x')) \${a}`, `name = "\\$(run('x')) \\\${a}"`],
	['julia', 'é\u0007\0', 'name = "\\u00e9\\x07\\x00"'],
	['julia', { $a: ['$b'] }, 'name = Dict("\\$a" => ["\\$b"])'],
	['R', Number.NaN, 'name = NaN'],
	['julia', Number.NEGATIVE_INFINITY, 'name = -Inf'],
];
for (const [language, value, line] of own) {
	test(`${language} gets the value and nothing else: ${JSON.stringify(value)}`, () =>
		assert.equal(inLanguage(language, { name: value }).value?.source, `# Parameters\n${line}\n`));
}

const refused: readonly (readonly [language: string, values: ParameterValues, code: string, path: string])[] = [
	['R', { a: 'x\0' }, 'parameter/unsupported-value', '/parameters/a'],
	['R', { a: ['\ud800'] }, 'parameter/unsupported-value', '/parameters/a'],
	['R', { a: { '': 1 } }, 'parameter/unsupported-value', '/parameters/a'],
	['julia', { a: '\udc00' }, 'parameter/unsupported-value', '/parameters/a'],
	['bash', { a: 'x\0' }, 'parameter/unsupported-value', '/parameters/a'],
	['bash', { a: { b: 1 } }, 'parameter/unsupported-value', '/parameters/a'],
	['bash', { a: [[1]] }, 'parameter/unsupported-value', '/parameters/a'],
	['scala', { a: 1 }, 'parameter/unsupported-language', '/parameters'],
	['python', { 'a\nimport os': 1 }, 'parameter/invalid-name', '/parameters/a\nimport os'],
	['python', { 'a=1;b': 1 }, 'parameter/invalid-name', '/parameters/a=1;b'],
	['python', { class: 1 }, 'parameter/invalid-name', '/parameters/class'],
	['python', { '': 1 }, 'parameter/invalid-name', '/parameters/'],
	['python', { '1a': 1 }, 'parameter/invalid-name', '/parameters/1a'],
	['python', { 'a/b': 1 }, 'parameter/invalid-name', '/parameters/a~1b'],
	['bash', { 'a b': 1 }, 'parameter/invalid-name', '/parameters/a b'],
	['bash', { 'a;touch x': 1 }, 'parameter/invalid-name', '/parameters/a;touch x'],
	['R', { if: 1 }, 'parameter/invalid-name', '/parameters/if'],
	['R', { __: 1 }, 'parameter/invalid-name', '/parameters/__'],
	['julia', { end: 1 }, 'parameter/invalid-name', '/parameters/end'],
];
for (const [language, values, code, path] of refused) {
	test(`${language} refuses ${JSON.stringify(values)}`, () => {
		const { value, findings } = inLanguage(language, values);
		assert.equal(value, null);
		assert.deepEqual(
			findings.map((finding) => [finding.code, finding.severity, finding.path]),
			[[code, 'error', path]],
		);
	});
}

test('without values nothing is injected', () => assert.deepEqual(planInjection(notebookOf('a = 1'), {}), { value: null, findings: [] }));

test('a value takes the type of its parameter', () => {
	const notebook = notebookOf('a = 0.5\nb = 1\nc = "x"\nd: float = 1\ne = 10 ** 3');
	const values = { a: 2, b: '123456789012345678901', c: '5', d: 'nan', e: '7' };
	const expected = '# Parameters\na = 2.0\nb = 123456789012345678901\nc = "5"\nd = float(\'nan\')\ne = "7"\n';
	assert.equal(planInjection(notebook, values).value?.source, expected);
	assert.equal(planInjection(notebook, { b: '-00012', d: '-Infinity' }).value?.source, "# Parameters\nb = -12\nd = float('-inf')\n");
});

/** Lists and dictionaries of a parameter, and what its line becomes with a value whose numbers are whole. */
const floats: readonly (readonly [cell: string, value: unknown, line: string])[] = [
	['a = [0.5, 1.5]', [1, 2], 'a = [1.0, 2.0]'],
	['a = (0.5, -1.5)', [1, -2.5], 'a = [1.0, -2.5]'],
	['a = {"x": 0.5}', { x: 1, y: 2 }, 'a = {"x": 1.0, "y": 2.0}'],
	['a = [[0.5], [1e3]]', [[1, 2], [3]], 'a = [[1.0, 2.0], [3.0]]'],
	['a = {"x": [0.5]}', { x: [1], y: 'z' }, 'a = {"x": [1.0], "y": "z"}'],
	['a = [float("nan"), 0.5]', ['NaN', 1], "a = [float('nan'), 1.0]"],
	['a: list[float] = []', [1], 'a = [1.0]'],
	['a: "List[float]" = [1, 2]', [1], 'a = [1.0]'],
	['a: typing.Optional[typing.Sequence[float]] = None', [1], 'a = [1.0]'],
	['a: tuple[float, ...] = ()', [1], 'a = [1.0]'],
	['a: Dict[str, float] = {}', { x: 1 }, 'a = {"x": 1.0}'],
	['a: dict[str, list[float]] = {}', { x: [1] }, 'a = {"x": [1.0]}'],
	['a: list[float] | tuple[float, float] = [0.5]', [1], 'a = [1.0]'],
	['a: float | list[float] = [0.5, 1.5]', [1, 2], 'a = [1.0, 2.0]'],
	['a = []  # type: List[float]', [1], 'a = [1.0]'],
	['a: list = [0.5]', [1], 'a = [1.0]'],
	['a: list[Weight] = [0.5]', [1], 'a = [1.0]'],
	['a = [1, 2]', [1, 2.5], 'a = [1, 2.5]'],
	['a = [1, 0.5]', [1, 2], 'a = [1, 2]'],
	['a = {"rate": 0.5, "name": "x"}', { rate: 1, steps: 10 }, 'a = {"rate": 1, "steps": 10}'],
	['a = []', [1], 'a = [1]'],
	['a = [[], [0.5]]', [[1]], 'a = [[1]]'],
	['a: dict[str, Any] = {"rate": 0.5}', { rate: 1, steps: 10 }, 'a = {"rate": 1, "steps": 10}'],
	['a: list[int] = []', [1], 'a = [1]'],
	['a: list[int | float] = []', [1], 'a = [1]'],
	['a: dict[float, int] = {}', { x: 1 }, 'a = {"x": 1}'],
	['a: tuple[float, int] = (0.5, 1)', [1, 2], 'a = [1, 2]'],
];
for (const [cell, value, line] of floats) {
	test(`numbers within stay what they are in ${cell}`, () =>
		assert.equal(planInjection(notebookOf(cell), { a: value } as ParameterValues).value?.source, `# Parameters\n${line}\n`));
}

test('the kernel counts before the language, as papermill has it', () => {
	const notebook = notebookOf('', { metadata: { kernelspec: { name: 'sparkrkernel' }, language_info: { name: 'scala' } } });
	assert.equal(planInjection(notebook, { _a: null }).value?.source, '# Parameters\na = NULL\n');
});

/** Values put together at random, from what hurts. */
function* hostileValues(count: number): Generator<unknown> {
	const pieces = [
		'"',
		"'",
		'"""',
		"'''",
		'\\',
		'\\n',
		'\n',
		'\r',
		'\r\n',
		'\t',
		'\0',
		'\u0085',
		'\u2028',
		'\u2029',
		'\ufeff',
		'\ud800',
		'\udc00',
		'😀',
		'é',
		'$(id)',
		'`id`',
		`\${HOME}`,
		'{x}',
		'%s',
		'#',
		';',
		'=',
		' ',
		'\\u0041',
		'\\x41',
		'\\N{DASH}',
		'import os',
		'\u202e',
		'\u007f',
		'\u001b[31m',
		'__import__("os")',
		')',
		']',
		'}',
	];
	let state = 2463534242;
	const pick = (limit: number) => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % limit;
	};
	const text = () => Array.from({ length: pick(8) }, () => pieces[pick(pieces.length)]).join('');
	const value = (levels: number): unknown => {
		switch (pick(levels > 0 ? 8 : 6)) {
			case 0:
				return [null, true, false][pick(3)];
			case 1:
				return pick(1_000_000) - 500_000;
			case 2:
				return (pick(1_000_000) - 500_000) / 10 ** pick(30);
			case 6:
				return Array.from({ length: pick(5) }, () => value(levels - 1));
			case 7:
				return Object.fromEntries(Array.from({ length: pick(5) }, () => [`k${text()}`, value(levels - 1)]));
			default:
				return text();
		}
	};
	for (let index = 0; index < count; index++) yield value(3);
}

const pythonReader = `
import ast, json, sys
for line in sys.stdin:
    case = json.loads(line)
    source = case["source"]
    tree = ast.parse(source)
    assert len(source.splitlines()) == 2 and len(tree.body) == 1, source
    assert isinstance(tree.body[0], ast.Assign) and tree.body[0].targets[0].id == "name", source
    value = ast.literal_eval(tree.body[0].value)
    assert value == case["value"] and type(value) == type(case["value"]), (source, value, case["value"])
    print("same")
`;

test('Python reads exactly the value, whatever is in it', () => {
	const cases = [...hostileValues(2000)].map((value) => {
		const source = inLanguage('python', { name: value }).value?.source;
		return JSON.stringify({ source, value });
	});
	const { stdout, stderr } = spawnSync('python3', ['-c', pythonReader], { input: cases.join('\n'), encoding: 'utf8', maxBuffer: 1 << 26 });
	assert.equal(stderr, '');
	assert.equal(stdout.trim().split('\n').length, 2000);
});

test('Bash gets exactly the text, whatever is in it', () => {
	let tried = 0;
	for (const value of hostileValues(400)) {
		if (typeof value !== 'string' || value.includes('\0') || /\p{Cs}/u.test(value)) continue;
		const source = inLanguage('bash', { name: value }).value?.source ?? '';
		const { stdout, stderr } = spawnSync('bash', ['--norc', '--noprofile', '-c', `${source}printf %s "$name"`], {
			encoding: 'utf8',
			env: { LC_ALL: 'C.UTF-8' },
		});
		assert.deepEqual([stdout, stderr], [value, '']);
		tried++;
	}
	assert.ok(tried > 100);
});
