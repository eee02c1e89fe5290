import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { findParameters } from './find-parameters.ts';
import type { Parameter } from './parameter-schema.ts';
import { notebookOf, readDocument } from './parameters-notebook.test-case.ts';

type Expected = Partial<Parameter> & { nullable?: boolean };

function check(source: string, expected: Record<string, Expected>): void {
	test(source, () => {
		const { parameters, nullable, findings } = findParameters(notebookOf(source));
		assert.deepEqual(findings, []);
		assert.deepEqual(
			parameters.map(({ name }) => name),
			Object.keys(expected),
		);
		for (const parameter of parameters) {
			const { nullable: mayBeNone, ...rest } = expected[parameter.name]!;
			for (const [key, value] of Object.entries(rest)) assert.deepEqual(parameter[key as keyof Parameter], value, `${parameter.name}.${key}`);
			assert.equal(nullable.has(parameter.name), mayBeNone ?? false, `${parameter.name} may be None`);
		}
	});
}

// Literals.
check('a = 1', { a: { type: 'integer', default: 1, source: '1', line: 1, help: null, cell: 'p', choices: null, minimum: null, maximum: null } });
check('a = -1_000', { a: { type: 'integer', default: -1000, source: '-1_000' } });
check('a = + 7', { a: { type: 'integer', default: 7 } });
check('a = 0x1F; b = 0o17; c = 0b101', { a: { default: 31 }, b: { default: 15 }, c: { default: 5 } });
check('a = 123456789012345678901234567890', { a: { type: 'integer', default: '123456789012345678901234567890' } });
check('a = -9007199254740993', { a: { type: 'integer', default: '-9007199254740993' } });
check('a = 0.5', { a: { type: 'number', default: 0.5 } });
check('a = 1.', { a: { type: 'number', default: 1, source: '1.' } });
check('a = .5e-3', { a: { type: 'number', default: 0.0005 } });
check('a = -1.5E+3', { a: { type: 'number', default: -1500 } });
check('a = -1.', { a: { type: 'number', default: -1, source: '-1.' } });
check('a = [1., 2.e3]', { a: { type: 'list', default: [1, 2000] } });
check('a = 1e400', { a: { type: 'number', default: 'Infinity' } });
check("a = float('nan')", { a: { type: 'number', default: 'NaN' } });
check("a = float('-inf')", { a: { type: 'number', default: '-Infinity' } });
check('a = 1j', { a: { type: 'unknown', default: null, source: '1j' } });
check('a = True; b = False', { a: { type: 'boolean', default: true }, b: { type: 'boolean', default: false } });
check('a = None', { a: { type: 'none', default: null, nullable: true } });
check("a = 'it\\'s'", { a: { type: 'string', default: "it's" } });
check('a = "x" \'y\'', { a: { type: 'string', default: 'xy', source: '"x" \'y\'' } });
check('a = ("x"\n  "y")', { a: { type: 'string', default: 'xy' } });
check("a = r'C:\\new'", { a: { type: 'string', default: 'C:\\new' } });
check("a = '''x\ny'''", { a: { type: 'string', default: 'x\ny' } });
check("a = b'x'", { a: { type: 'unknown', default: null, source: "b'x'" } });
check("a = f'{b}'", { a: { type: 'unknown', default: null } });
check("a = 'x' f'{b}'", { a: { type: 'unknown', default: null } });
check('a = [1, "b", [None, True], -2.5]', { a: { type: 'list', default: [1, 'b', [null, true], -2.5] } });
check('a = (1, 2)', { a: { type: 'list', default: [1, 2] } });
check('a = (1,)', { a: { type: 'list', default: [1] } });
check('a = ()', { a: { type: 'list', default: [] } });
check('a = (1)', { a: { type: 'integer', default: 1, source: '(1)' } });
check('a = [\n  1,  # one\n  2,\n]  # many', { a: { type: 'list', default: [1, 2], help: 'many', source: '[\n  1,  # one\n  2,\n]' } });
check('a = {"x": 1, \'y\': {"z": []},}', { a: { type: 'dictionary', default: { x: 1, y: { z: [] } } } });
check('a = {}', { a: { type: 'dictionary', default: {} } });
check('a = {1: 2}', { a: { type: 'unknown', default: null } });
check('a = {"x": 1, **b}', { a: { type: 'unknown', default: null } });
check('a = {"x": "**"}', { a: { type: 'dictionary', default: { x: '**' } } });
check('a = {1, 2}', { a: { type: 'unknown', default: null } });
check('a = [*b]', { a: { type: 'unknown', default: null } });
check('a = [i for i in b]', { a: { type: 'unknown', default: null } });
check('a = 60 * 60  # seconds', { a: { type: 'unknown', default: null, source: '60 * 60', help: 'seconds' } });
check('a = Path("x")', { a: { type: 'unknown', default: null, source: 'Path("x")' } });
check('a = not True', { a: { type: 'unknown', default: null } });

// Annotations.
check('a: float = 1', { a: { type: 'number', default: 1 } });
check('a: str = None', { a: { type: 'string', default: null, nullable: true } });
check('a: Optional[int] = 3', { a: { type: 'integer', default: 3, nullable: true } });
check('a: typing.Optional[typing.List[str]] = None', { a: { type: 'list', default: null, nullable: true } });
check('a: int | None = None', { a: { type: 'integer', default: null, nullable: true } });
check('a: None | int | float = 1', { a: { type: 'number', nullable: true } });
check('a: Union[int, str] = 1', { a: { type: 'unknown', default: 1 } });
check('a: Union[int, None] = 1', { a: { type: 'integer', nullable: true } });
check('a: list[str] = []', { a: { type: 'list', default: [] } });
check('a: Dict[str, int] = {}', { a: { type: 'dictionary' } });
check('a: tuple[int, ...] = (1,)', { a: { type: 'list', default: [1] } });
check('a: "int" = 1.5', { a: { type: 'integer', default: 1.5 } });
check('a: "Optional[\'int\']" = 1', { a: { type: 'integer', nullable: true } });
check('a: Any = 1', { a: { type: 'unknown', default: 1 } });
check('a: Path = "x"', { a: { type: 'string', default: 'x' } });
check('a: Final[int] = 1', { a: { type: 'integer' } });
check('a: Literal["fast", "slow"] = "fast"', { a: { type: 'string', choices: ['fast', 'slow'], default: 'fast' } });
check('a: Literal[1, 2, None] = 1', { a: { type: 'integer', choices: [1, 2], nullable: true } });
check('a: Optional[Literal["x"]] = None', { a: { type: 'string', choices: ['x'], nullable: true } });
check('a: Literal["x"] | Literal["y"] = "x"', { a: { type: 'string', choices: ['x', 'y'] } });
check('a: Literal["x", 1] = 1', { a: { type: 'unknown', choices: ['x', 1] } });
check('a: Annotated[int, Field(ge=1, le=10)] = 3', { a: { type: 'integer', minimum: 1, maximum: 10 } });
check('a: Annotated[int, Field(gt=0, lt=10)] = 3', { a: { type: 'integer', minimum: 1, maximum: 9 } });
check('a: Annotated[float, Ge(0), Le(0.5), "share"] = 0.1', { a: { type: 'number', minimum: 0, maximum: 0.5 } });
check('a: Annotated[str, "name"] = ""', { a: { type: 'string', minimum: null } });
check('a: int\na = 3', { a: { type: 'integer', default: 3 } });
check('a: float = 1\na = 3', { a: { type: 'number', default: 3, line: 2 } });
check('a = 1  # type: float', { a: { type: 'number', help: null } });
check('a = None  # type: Optional[str] the name', { a: { type: 'string', help: 'the name', nullable: true } });
check('a = 1  # type: ignore', { a: { type: 'integer', help: 'type: ignore' } });

// Statements.
check('a = 1  # how many\n# not this\nb = 2\n\n# nor this', { a: { help: 'how many', line: 1 }, b: { help: null, line: 3 } });
check('a = 1; b = "x;y"; c = 3  # last', { a: { help: null }, b: { default: 'x;y', help: null }, c: { help: 'last' } });
check('a = 1\nb = 2\na = 3', { b: { default: 2 }, a: { default: 3, line: 3 } });
check('a = b = 3', { a: { default: 3 }, b: { default: 3 } });
check('a, b = 1, "x"', { a: { default: 1, source: '1' }, b: { default: 'x', source: '"x"' } });
check('a, b = f()', { a: { type: 'unknown', source: 'f()' }, b: { type: 'unknown' } });
check('a = 1, 2', { a: { type: 'unknown', source: '1, 2' } });
check('a: int = 1\na += 1', { a: { type: 'integer', default: null, source: '1', line: 2 } });
check('import os\nif os:\n    a = 1\ndef f():\n    b = 2\nprint(a)\na.b = 1\nc[0] = 2\nx == 1', {});
check('größe = 1\n_x = 2', { größe: { default: 1 }, _x: { default: 2 } });
check('a = 1\r\nb = 2  # two\r\n', { a: { line: 1 }, b: { line: 2, help: 'two' } });
check('%matplotlib inline\na = 1\n!ls -l\nb = 2\na?', { a: { line: 2 }, b: { line: 4 } });
check('a = (5\n% 3)\nb = 1', { a: { source: '(5\n% 3)' }, b: { default: 1 } });
check('%%time\na = 1', { a: { line: 2 } });
check('%%bash\na=1', {});
check('', {});
check('a = "#not a comment"  #: a comment', { a: { default: '#not a comment', help: 'a comment' } });

test('what is no Python is said, and the rest is found', () => {
	const { parameters, findings } = findParameters(notebookOf('a = 1\nb = = 2\nc = 3'));
	assert.ok(parameters.some(({ name, default: value }) => name === 'a' && value === 1));
	assert.deepEqual(
		findings.map(({ code, severity, cell }) => [code, severity, cell]),
		[['parameter/syntax', 'warning', 'p']],
	);
	assert.match(findings[0]!.message, /Line 2/);
});

for (const [name, source] of [
	['a list', `a = ${'['.repeat(20_000)}${']'.repeat(20_000)}\nb = 1`],
	['an annotation', `a: ${'int | '.repeat(20_000)}int = 1\nb = 1`],
	['a subscript', `a: ${'Optional['.repeat(20_000)}int${']'.repeat(20_000)} = 1\nb = 1`],
	['parentheses that never close', `b = 1\na = ${'('.repeat(50_000)}`],
	['a sum', `a = ${'1 + '.repeat(50_000)}1\nb = 1`],
] as const) {
	test(`${name} without end does no harm`, () => {
		const { parameters } = findParameters(notebookOf(source));
		assert.ok(parameters.every((parameter) => parameter.name === 'b' || parameter.default === null || parameter.default === 1));
	});
}

test('without the tag there are none, which is only told', () => {
	const found = findParameters(notebookOf('a = 1', { tags: ['other'] }));
	assert.deepEqual([found.parameters, found.cell, found.inspected], [[], null, true]);
	assert.deepEqual(
		found.findings.map(({ code, severity }) => [code, severity]),
		[['parameter/no-cell', 'information']],
	);
});

test('the first of several tagged cells counts', () => {
	const cell = (id: string, source: string) => ({
		cell_type: 'code',
		id,
		metadata: { tags: ['parameters'] },
		source,
		outputs: [],
		execution_count: null,
	});
	const found = findParameters(readDocument({ cells: [cell('one', 'a = 1'), cell('two', 'b = 2')], metadata: {}, nbformat: 4, nbformat_minor: 5 }));
	assert.deepEqual(
		found.parameters.map(({ name, cell: id }) => [name, id]),
		[['a', 'one']],
	);
	assert.deepEqual(
		found.findings.map(({ code, cell: id }) => [code, id]),
		[['parameter/several-cells', 'two']],
	);
});

for (const metadata of [
	{ language_info: { name: 'R' } },
	{ kernelspec: { name: 'bash', language: 'bash' } },
	{ kernelspec: { name: 'xcpp17', display_name: 'C++' } },
]) {
	test(`nothing is guessed in ${JSON.stringify(metadata)}`, () => {
		const found = findParameters(notebookOf('a = 1', { metadata }));
		assert.deepEqual([found.parameters, found.inspected], [[], false]);
		assert.deepEqual(
			found.findings.map(({ code }) => code),
			['parameter/not-read'],
		);
	});
}

for (const metadata of [{}, { kernelspec: { name: 'python3' } }, { language_info: { name: 'ipython' } }]) {
	test(`it is Python with ${JSON.stringify(metadata)}`, () => assert.equal(findParameters(notebookOf('a = 1', { metadata })).parameters.length, 1));
}

test('a tagged cell that is no code sets nothing', () => {
	const found = findParameters(notebookOf('a = 1', { type: 'markdown' }));
	assert.deepEqual([found.parameters, found.findings.map(({ code }) => code)], [[], ['parameter/not-code']]);
});

// Recorded from papermill itself.
const recorded = JSON.parse(readFileSync(new URL('./__fixtures__/papermill-inspect.json', import.meta.url), 'utf8')) as {
	tool: string;
	cases: { source: string; parameters: { name: string; type: string; default: string; help: string }[] }[];
};
for (const { source, parameters } of recorded.cases) {
	test(`${recorded.tool} finds the same in ${JSON.stringify(source)}`, () => {
		const ours = findParameters(notebookOf(source)).parameters;
		assert.deepEqual(
			ours.map(({ name, help, source: text }) => ({ name, help: help ?? '', default: text.replace(/\s*\n\s*/g, '') })),
			parameters.map(({ name, help, default: text }) => ({ name, help, default: text })),
		);
		parameters.forEach(({ type }, index) => {
			const known = { str: 'string', int: 'integer', float: 'number', 'List[int]': 'list' }[type];
			if (known !== undefined) assert.equal(ours[index]?.type, known);
		});
	});
}
