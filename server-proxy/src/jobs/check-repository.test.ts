import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { pythonUses } from '@nightlog/shared/jobs/python-uses';
import { checkRepository } from './check-repository.ts';

describe('cells that ask the repository around them', () => {
	const root = mkdtempSync(path.join(tmpdir(), 'nl-repository-'));
	after(() => rmSync(root, { recursive: true }));
	for (const folder of ['repository/nb', 'plain']) mkdirSync(path.join(root, folder), { recursive: true });
	// As in a linked worktree, where it is a file.
	writeFileSync(path.join(root, 'repository', '.git'), 'gitdir: elsewhere');

	function check(name: string, cells: readonly string[], expected: readonly (readonly [string, string, RegExp])[], folder = 'repository/nb') {
		test(name, async () => {
			const code = cells.map((source, index) => ({ id: `c${index}`, index, uses: pythonUses(source), mayFail: false }));
			const findings = await checkRepository(code, path.join(root, folder));
			assert.deepEqual(
				findings.map(({ code: what, severity, cell }) => [what, severity, cell]),
				expected.map(([severity, cell]) => ['job/outside-repository', severity, cell]),
			);
			for (const [index, [, , message]] of expected.entries()) assert.match(findings[index]!.message, message);
		});
	}

	check('are told of once', ['x = 1', '!git rev-parse HEAD', '!git log'], [['warning', 'c1', /^Cell 2 runs git, .* as a parameter/]]);
	check('are told of where they start it', ['subprocess.run(["git", "log"])'], [['warning', 'c0', /runs git/]]);
	check('may do so by a module', ['import pygit2'], [['information', 'c0', /imports “pygit2”/]]);
	check('are told of before those that import a module', ['import git', '!git log'], [['warning', 'c1', /^Cell 2 runs git/]]);
	check('are none where a cell makes a repository', ['!git clone https://example.org/x', '!git log'], []);
	check('are none where nothing of Git is used', ['import numpy', '!ls'], []);
	check('are none where there is no repository', ['!git log', 'import git'], [], 'plain');
});
