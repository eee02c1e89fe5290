import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParameterValues } from '../base/parameter-values.ts';
import { checkParameters, maximumValueDepth } from './check-parameters.ts';
import { findParameters } from './find-parameters.ts';
import { notebookOf } from './parameters-notebook.test-case.ts';

const source = [
	'name = "x"',
	'count = 3',
	'alpha = 0.5',
	'verbose = False',
	'items = [1]',
	'options = {}',
	'nothing = None',
	'path = Path("x")',
	'limit: Optional[int] = 5',
	'label: str = None',
	'mode: Literal["fast", "slow"] = "fast"',
	'level: Literal[1, 2] = 1',
	'share: Annotated[float, Field(ge=0, le=1)] = 0.5',
	'year: Annotated[int, Ge(1700)] = 1900',
	'mode2: Optional[Literal["a"]] = None',
].join('\n');
const found = findParameters(notebookOf(source));

const fits: readonly ParameterValues[] = [
	{},
	{ name: '', count: 0, alpha: 1, verbose: true, items: [], options: { a: [null] } },
	{ name: '5' },
	{ count: -1 },
	{ count: 1.0 },
	{ count: '123456789012345678901234567890' },
	{ count: '-5' },
	{ alpha: 'NaN' },
	{ alpha: '-Infinity' },
	{ alpha: 'inf' },
	{ alpha: Number.NaN },
	{ nothing: 1 },
	{ nothing: null },
	{ nothing: { a: 1 } },
	{ path: 'y' },
	{ path: null },
	{ limit: null },
	{ limit: 1 },
	{ label: null },
	{ label: 'x' },
	{ mode: 'slow' },
	{ level: 2 },
	{ level: '2' },
	{ share: 0 },
	{ share: 1 },
	{ year: '1700' },
	{ mode2: null },
];
for (const values of fits) {
	test(`takes ${JSON.stringify(values)}`, () => assert.deepEqual(checkParameters(values, found), []));
}

const refused: readonly (readonly [values: ParameterValues, code: string, path: string, message: RegExp])[] = [
	[{ nmae: 1 }, 'unknown-name', '/parameters/nmae', /Did you mean "name"\?/],
	[{ Alpha: 1 }, 'unknown-name', '/parameters/Alpha', /"alpha"/],
	[{ zzzzzz: 1 }, 'unknown-name', '/parameters/zzzzzz', /It has name, count, .* and 7 more/],
	[{ 'a/b~c': 1 }, 'unknown-name', '/parameters/a~1b~0c', /"a\/b~c"/],
	[JSON.parse('{"__proto__": 1}') as ParameterValues, 'unknown-name', '/parameters/__proto__', /__proto__/],
	[{ constructor: 1 }, 'unknown-name', '/parameters/constructor', /constructor/],
	[{ name: 5 }, 'wrong-type', '/parameters/name', /must be text, not 5/],
	[{ name: null }, 'wrong-type', '/parameters/name', /nothing \(null\)/],
	[{ count: 1.5 }, 'wrong-type', '/parameters/count', /whole number, not 1\.5/],
	[{ count: '1.5' }, 'wrong-type', '/parameters/count', /the text "1\.5"/],
	[{ count: '' }, 'wrong-type', '/parameters/count', /whole number/],
	[{ count: '1'.repeat(5000) }, 'wrong-type', '/parameters/count', /…/],
	[{ count: true }, 'wrong-type', '/parameters/count', /not true/],
	[{ count: null }, 'wrong-type', '/parameters/count', /whole number/],
	[{ count: 2 ** 53 }, 'wrong-type', '/parameters/count', /text of digits/],
	[{ count: Number.NaN }, 'wrong-type', '/parameters/count', /whole number, not NaN/],
	[{ count: Number.POSITIVE_INFINITY }, 'wrong-type', '/parameters/count', /whole number, not Infinity/],
	[{ alpha: '0.5' }, 'wrong-type', '/parameters/alpha', /a number/],
	[{ alpha: false }, 'wrong-type', '/parameters/alpha', /a number/],
	[{ verbose: 1 }, 'wrong-type', '/parameters/verbose', /true or false/],
	[{ verbose: 'true' }, 'wrong-type', '/parameters/verbose', /true or false/],
	[{ items: {} }, 'wrong-type', '/parameters/items', /a list, not a dictionary/],
	[{ options: [] }, 'wrong-type', '/parameters/options', /a dictionary, not a list/],
	[{ options: null }, 'wrong-type', '/parameters/options', /a dictionary/],
	[{ limit: 'x' }, 'wrong-type', '/parameters/limit', /or nothing \(null\)/],
	[{ mode: 'medium' }, 'not-a-choice', '/parameters/mode', /"fast", "slow"/],
	[{ mode: 1 }, 'wrong-type', '/parameters/mode', /text/],
	[{ level: 3 }, 'not-a-choice', '/parameters/level', /1, 2/],
	[{ share: 1.5 }, 'out-of-range', '/parameters/share', /from 0 to 1/],
	[{ share: 'nan' }, 'out-of-range', '/parameters/share', /from 0 to 1/],
	[{ year: 1699 }, 'out-of-range', '/parameters/year', /at least 1700/],
	[{ path: undefined }, 'wrong-type', '/parameters/path', /plain data/],
	[{ path: () => 1 }, 'wrong-type', '/parameters/path', /plain data/],
	[{ nothing: JSON.parse('['.repeat(maximumValueDepth + 1) + ']'.repeat(maximumValueDepth + 1)) }, 'wrong-type', '/parameters/nothing', /64 levels/],
];
for (const [values, code, path, message] of refused) {
	test(`refuses ${(JSON.stringify(values) ?? '').slice(0, 60)} (${code})`, () => {
		const findings = checkParameters(values, found);
		assert.deepEqual(
			findings.map((finding) => [finding.code, finding.severity, finding.path, finding.cell]),
			[[`parameter/${code}`, 'error', path, 'p']],
		);
		assert.match(findings[0]!.message, message);
	});
}

test('every wrong value is told', () => assert.equal(checkParameters({ name: 1, b: 2, count: 'x', alpha: 1 }, found).length, 3));

test('a notebook without parameters takes none', () => {
	const none = findParameters(notebookOf('a = 1', { tags: [] }));
	assert.match(checkParameters({ a: 1 }, none)[0]?.message ?? '', /none of its cells is tagged/);
	assert.match(checkParameters({ a: 1 }, findParameters(notebookOf('')))[0]?.message ?? '', /assigns nothing/);
});

test('where nothing is known of the parameters, values pass', () => {
	const unknown = findParameters(notebookOf('a <- 1', { metadata: { language_info: { name: 'R' } } }));
	assert.deepEqual(checkParameters({ a: 1, b: 'x' }, unknown), []);
});
