import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { JobBench } from '../../server-proxy/src/jobs/job-bench.test-case.ts';
import { mostLinks } from '../../server-proxy/src/jobs/link-tree.ts';
import { type EndedJob, runCells, startRealBench } from './real-bench.ts';

/** Every entry of a folder with its bytes and times. */
function stateOf(folder: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.map((name) => {
			const found = statSync(path.join(folder, name));
			return `${name} ${found.mtimeMs} ${found.ctimeMs} ${found.isFile() ? readFileSync(path.join(folder, name), 'latin1') : ''}`;
		})
		.sort();
}

/** Whether this machine gives mount tables of one's own at all, asked another way than the runner asks. */
function givesNamespaces(): boolean {
	try {
		execFileSync('unshare', process.getuid?.() === 0 ? ['--mount', 'true'] : ['--mount', '--map-root-user', 'true'], { stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
}

describe('a job and the folder of its notebook', () => {
	let bench: JobBench;
	before(async () => {
		bench = await startRealBench();
		bench.put('notebooks/data.csv', 'at home\n');
		bench.put('notebooks/.cache/kept', 'at home\n');
		for (let number = 0; number <= mostLinks; number++) bench.put(`notebooks/many/${number}`, 'at home\n');
	});
	after(() => bench.remove());

	/** Runs it; the project is as it was. */
	async function check(cells: readonly string[]): Promise<EndedJob> {
		const state = stateOf(bench.project);
		const ended = await runCells(bench, cells);
		assert.equal(ended.isGuarded, givesNamespaces(), JSON.stringify(ended.receipt.guard));
		if (ended.isGuarded) assert.deepEqual(stateOf(bench.project), state);
		return ended;
	}

	test('a shell command cannot write there, and the job says so and what to do', async () => {
		const ended = await check(['!echo more >> data.csv; rm many/1; touch many/new; echo own > own.txt', '1']);
		assert.equal(ended.job.state, 'succeeded');
		if (!ended.isGuarded) return;
		assert.equal(ended.text(0).match(/Read-only file system/g)?.length, 3, ended.text(0));
		assert.match(ended.job.reason ?? '', /^Cell 1 ran into a file that cannot be written to: .* relative path, under a new name/);
		assert.deepEqual(
			ended.job.result?.files.map((file) => file.path),
			['own.txt'],
		);
	});

	test('a folder with too many entries for links is read, and never written to, by Python either', async () => {
		const ended = await check(["print(open('many/7').read(), end='')", "open('many/new.txt', 'w')"]);
		assert.equal(ended.text(0), 'at home\n');
		assert.equal(ended.job.error?.type, 'job/cell-error');
		assert.match(ended.job.error?.title ?? '', /A job does not write into the notebook's own folder\. Write by a relative path/);
		assert.ok(!readdirSync(path.join(bench.project, 'notebooks', 'many')).includes('new.txt'));
	});

	test('compiled code cannot write there', async () => {
		const source =
			"import ctypes\nc = ctypes.CDLL(None, use_errno=True)\nprint(c.open(b'many/7', 2), c.open(b'many/new', 0o101, 0o644), ctypes.get_errno())";
		const ended = await check([source]);
		if (ended.isGuarded) assert.equal(ended.text(0), '-1 -1 30\n');
	});

	test('what a notebook caches in a hidden folder beside it stays in the job', async () => {
		const ended = await check(['!cat .cache/kept; echo new > .cache/new; mkdir .cache/joblib', "_ = open('.cache/joblib/x', 'w').write('x')"]);
		assert.equal(ended.job.state, 'succeeded');
		assert.equal(ended.text(0), 'at home\n');
		assert.deepEqual(
			ended.job.result?.files.map((file) => file.path),
			['.cache/joblib/x', '.cache/new'],
		);
		assert.deepEqual(readdirSync(path.join(bench.project, 'notebooks', '.cache')), ['kept']);
	});

	test('a change that somebody else makes there is not laid at the job’s door', async () => {
		const gate = path.join(bench.root, 'was-changed');
		const { id } = await bench.submit([
			`print("begun", flush=True)\nimport os, time\nwhile not os.path.exists(${JSON.stringify(gate)}): time.sleep(0.02)`,
		]);
		const running = await bench.until(id, ({ state }) => state === 'running');
		const log = bench.inFolder(running, 'log.txt');
		while (!readFileSync(log, 'utf8').includes('begun')) await new Promise((resolve) => setTimeout(resolve, 20));
		bench.put('notebooks/data.csv', 'changed by its owner\n');
		writeFileSync(gate, '');
		const { reason } = await bench.ended(id);
		assert.match(reason ?? '', givesNamespaces() ? /changed, and not by the job: notebooks\/data\.csv\.$/ : /by the job or by somebody else/);
	});
});
