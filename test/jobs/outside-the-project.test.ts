// Files beside the project: a path that opens from the notebook's folder opens in the job, wherever it stands.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { JobBench } from '../../server-proxy/src/jobs/job-bench.test-case.ts';
import { runCells, startRealBench } from './real-bench.ts';

describe('a job and what lies outside its project', () => {
	let bench: JobBench;
	/** Absolute path beside the project. */
	const beside = (...names: readonly string[]) => path.join(path.dirname(bench.project), ...names);
	before(async () => {
		bench = await startRealBench();
		mkdirSync(beside('data'));
		for (const name of ['one', 'two']) writeFileSync(beside('data', `${name}.csv`), `${name}\n`);
	});
	after(() => bench.remove());

	const parameters = { source: 'data = "../../data/one.csv"', tags: ['parameters'] };
	const reading = 'print(open(data).read(), end="")';

	test('a parameter leads to it by its default', async () => {
		const ended = await runCells(bench, [parameters, reading]);
		assert.equal(ended.job.state, 'succeeded', JSON.stringify(ended.job.error));
		assert.equal(ended.text(1), 'one\n');
	});

	test('a parameter leads to it by the value of the request', async () => {
		const ended = await runCells(bench, [{ ...parameters, source: 'data = "none.csv"' }, reading], { parameters: { data: '../../data/two.csv' } });
		assert.equal(ended.job.state, 'succeeded', JSON.stringify(ended.job.error));
		assert.equal(ended.text(2), 'two\n');
	});

	test('a value that leads nowhere is a finding at the parameter', async () => {
		const request = bench.request([parameters, reading], {}, { parameters: { data: '../../data/three.csv' } });
		const findings = await bench.jobs.check(request, new AbortController().signal);
		assert.deepEqual(
			findings.map(({ code, severity, path: where, cell }) => [code, severity, where, cell]),
			[['job/file-missing', 'warning', '/parameters/data', 'c1']],
		);
	});

	test('what the job writes there stays in the job, beside what is read', async () => {
		const ended = await runCells(bench, [
			'from pathlib import Path\nfolder = Path("../../data")',
			'_ = (folder / "new.csv").write_text("new")\nprint(sorted(p.name for p in folder.iterdir()))',
			'!echo more >> ../../data/one.csv; echo shell > ../../data/shell.csv',
		]);
		assert.equal(ended.text(1), "['new.csv', 'one.csv', 'two.csv']\n");
		assert.deepEqual(
			ended.job.result?.files.map((file) => file.path),
			['../../data/new.csv', '../../data/shell.csv'],
		);
		assert.deepEqual(readdirSync(beside('data')), ['one.csv', 'two.csv']);
		if (ended.isGuarded) assert.equal(readFileSync(beside('data', 'one.csv'), 'utf8'), 'one\n');
	});

	test('the repository is out of its sight, which is said before', async () => {
		execFileSync('git', ['init', '--quiet', bench.project]);
		const cells = ['!git rev-parse --show-toplevel'];
		const findings = await bench.jobs.check(bench.request(cells), new AbortController().signal);
		assert.deepEqual(
			findings.map(({ code, severity, cell }) => [code, severity, cell]),
			[['job/outside-repository', 'warning', 'c0']],
		);
		assert.match((await runCells(bench, cells)).text(0), /not a git repository/);
	});
});
