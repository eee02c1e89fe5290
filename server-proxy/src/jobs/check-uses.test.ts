import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { pythonUses } from '@nightlog/shared/jobs/python-uses';
import { checkFiles, checkImports, type SeenParameters } from './check-uses.ts';

describe('imports that can be seen to be missing', () => {
	const project = mkdtempSync(path.join(tmpdir(), 'nl-uses-'));
	after(() => rmSync(project, { recursive: true }));
	writeFileSync(path.join(project, 'beside.py'), '');
	mkdirSync(path.join(project, 'folder'));
	const around = { project, folder: project, files: new Set([path.join(project, 'kept.py'), path.join(project, 'kept_folder', 'x.py')]) };

	/** Everything that is asked for is missing from that Python. */
	function check(name: string, cells: readonly string[], expected: readonly (readonly [string, string])[], mayFail = false) {
		test(name, async () => {
			const code = cells.map((source, index) => ({ id: `c${index}`, index, uses: pythonUses(source), mayFail }));
			const findings = await checkImports(code, around, '/p', async (names) => names);
			assert.deepEqual(
				findings.map(({ severity, cell }) => [severity, cell]),
				expected,
			);
		});
	}

	check('are errors where the job would fail by them', ['import nope'], [['error', 'c0']]);
	check('are told of at the cell where it is certain', ['try:\n  import nope\nexcept ImportError: pass', 'import nope'], [['error', 'c1']]);
	check('are not told of within a try', ['try:\n  import nope\nexcept ImportError: pass'], []);
	check('are warnings behind an installation', ['%pip install nope', 'import nope'], [['warning', 'c1']]);
	check(
		'are warnings behind a change of the path',
		['import sys\nsys.path.insert(0, "src")\nimport nope'],
		[
			['warning', 'c0'],
			['warning', 'c0'],
		],
	);
	check('are not told of where the cell may fail', ['import nope'], [], true);
	check('are not modules beside the notebook, or of the version', ['import beside, folder, kept, kept_folder'], []);
	check('are not modules that a cell writes', ['%%writefile made.py\nx = 1', 'import made'], []);
});

describe('files that code and parameters name', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-uses-'));
	after(() => rmSync(root, { recursive: true }));
	const project = path.join(root, 'home', 'project');
	for (const folder of ['home/project/nb', 'home/data', 'home/out']) mkdirSync(path.join(root, folder), { recursive: true });
	for (const file of ['home/project/inside.csv', 'home/data/x.csv']) writeFileSync(path.join(root, file), '');
	const around = { project, folder: path.join(project, 'nb'), files: new Set<string>() };

	interface Given {
		readonly defaults?: Record<string, unknown>;
		readonly values?: Record<string, unknown>;
	}
	function check(name: string, cells: readonly string[], { defaults = {}, values = {} }: Given, expected: object) {
		test(name, async () => {
			const code = cells.map((source, index) => ({ id: `c${index}`, index, uses: pythonUses(source), mayFail: false }));
			const seen = new Map(Object.entries({ ...defaults, ...values }));
			const parameters: SeenParameters = { values: seen, given: new Set(Object.keys(values)), cell: 'c0' };
			const { findings, outside } = await checkFiles(code, parameters, around);
			const missing = findings.map(({ cell, path: where, message }) => [cell, where, /opens “([^”]*)”/.exec(message)?.[1]]);
			assert.deepEqual({ missing, outside }, { missing: [], outside: [], ...expected });
		});
	}

	const x = '../../data/x.csv';
	const gone = '../../data/gone.csv';
	check('are linked where they are opened', [`open("${x}")`], {}, { outside: [x] });
	check('are linked where they stand anywhere', [`data = "${x}"`, 'open(data)'], {}, { outside: [x] });
	check('are linked by a folder', ['d = "../../data"'], {}, { outside: ['../../data'] });
	check('are linked by the folder of a pattern', [`f"../../data/{n}.csv"`], {}, { outside: ['../../data'] });
	check('are linked by a value', ['open(data)'], { values: { data: x } }, { outside: [x] });
	check('are linked by a default', ['open(data)'], { defaults: { data: x } }, { outside: [x] });
	check('are linked by values in lists and dictionaries', [''], { values: { data: [1, { deep: [x] }] } }, { outside: [x] });
	check('are not linked by a default that the request replaces', ['open(data)'], { defaults: { data: x }, values: { data: '../inside.csv' } }, {});
	check('are not linked where they are not there', [`data = "../../nowhere/x.csv"`], { values: { other: '../../../nowhere/y' } }, {});
	check('have their folder where the job writes them', ['out = "../../out/new.csv"'], {}, { outside: ['../../out/new.csv'] });
	check('are not linked from within the project', ['a = "../inside.csv"; b = "../../project/inside.csv"'], {}, {});
	check(
		'are not linked by a path from the root, a home or an address',
		[`a = "${root}/home/data/x.csv"; b = "~/../x"; c = "file:../../data/x.csv"`],
		{},
		{},
	);
	check('are told of where they are missing', [`open("${gone}")`], {}, { missing: [['c0', '/cells', gone]], outside: [gone] });
	check('are not told of where nothing opens them', [`data = "nowhere/${'x'.repeat(9)}.csv"`], { values: { other: 'nowhere.csv' } }, {});
	check(
		'are told of at the default',
		['data = "gone.csv"', 'open(data)'],
		{ defaults: { data: 'gone.csv' } },
		{ missing: [['c1', '/cells', 'gone.csv']] },
	);
	check(
		'are told of at the value',
		['data = "x"', 'open(data)'],
		{ defaults: { data: 'x' }, values: { data: gone } },
		{ missing: [['c1', '/parameters/data', gone]], outside: [gone] },
	);
	check(
		'are not told of where a cell gives the name another value',
		['data = "gone.csv"', 'data = find(data)\nopen(data)'],
		{ defaults: { data: 'gone.csv' } },
		{},
	);
	check('are not told of where the job writes them', ['', 'open(out, "w")', 'open(out)'], { values: { out: 'gone.csv' } }, {});
	check(
		'are looked for among a hundred texts',
		[Array.from({ length: 300 }, (_, n) => `"../../data/../${'../'.repeat(3)}${n}"`).join('\n'), `"${x}"`],
		{},
		{},
	);
});
