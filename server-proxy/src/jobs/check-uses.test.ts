import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { pythonUses } from '@nightlog/shared/jobs/python-uses';
import { checkImports } from './check-uses.ts';

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
