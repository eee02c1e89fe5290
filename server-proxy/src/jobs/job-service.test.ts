import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { JobId } from '@nightlog/shared/base/ids';
import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Finding } from '@nightlog/shared/jobs/finding';
import { findingKey } from '@nightlog/shared/jobs/finding-key';
import type { Job, JobRequest } from '@nightlog/shared/jobs/job-schema';
import type { RunnerJob } from '@nightlog/shared/jobs/runner-protocol';
import { type FakeBackend, registryOf } from './fake-backend.test-case.ts';
import { type FakeBench, startFakeBench } from './fake-bench.test-case.ts';
import { type FakeClock, settled } from './fake-clock.test-case.ts';
import { JobBench } from './job-bench.test-case.ts';

const never = new AbortController().signal;
const idOf = (job: Job) => job.id as JobId;

for (const pythonLocked of [false, true]) {
	test(`the one Python of a request is ${pythonLocked ? 'refused where a site decides it' : 'used, also where the configuration names another'}`, async () => {
		const bench = new JobBench();
		try {
			await bench.start({ python: '/nowhere/python', pythonLocked });
			const check = (change: Partial<JobRequest>) => bench.jobs.check(bench.request(['pass'], {}, change), never);
			const codes = async (change: Partial<JobRequest>) => (await check(change)).map(({ code, path: where }) => `${code} ${where}`);
			assert.deepEqual(await codes({ python: bench.python }), ['job/python-broken null'], 'the configuration goes before what a client sees');
			assert.deepEqual(await codes({ exactPython: bench.python }), pythonLocked ? ['job/python-locked /exactPython'] : []);
			if (pythonLocked) await assert.rejects(bench.submit(['pass'], {}, { exactPython: bench.python }), { code: 'job/check-failed', status: 422 });
			else assert.equal((await bench.ended((await bench.submit(['pass'], {}, { exactPython: bench.python })).id)).state, 'succeeded');
		} finally {
			await bench.remove();
		}
	});
}

test("in the one Python of a request, its own kernel runs a Python notebook, and the notebook's any other", async () => {
	const bench = new JobBench();
	try {
		await bench.start();
		const missing = ['job/kernel-missing'];
		// What is found where the one Python is named, and where it is not.
		const rows: readonly [name: string, language: string, exact: readonly string[], other: readonly string[]][] = [
			['myproj', 'python', [], missing],
			['python3', 'python', [], []],
			['ir', 'R', missing, missing],
		];
		for (const [name, language, exact, other] of rows) {
			const request = (change: Partial<JobRequest>) => bench.request(['pass'], {}, change, { name, language });
			const codes = async (change: Partial<JobRequest>) => (await bench.jobs.check(request(change), never)).map(({ code }) => code);
			assert.deepEqual([await codes({ exactPython: bench.python }), await codes({})], [exact, other], name);
		}
		const told = async (change: Partial<JobRequest>) => {
			const job = await bench.ended((await bench.submit(['pass'], {}, change)).id);
			return (JSON.parse(readFileSync(bench.inFolder(job, 'job.json'), 'utf8')) as RunnerJob).nativeKernel;
		};
		assert.deepEqual([await told({ exactPython: bench.python }), await told({})], [true, undefined]);
	} finally {
		await bench.remove();
	}
});

describe('a job on this machine', () => {
	const bench = new JobBench();
	before(() => bench.start());
	after(() => bench.remove());

	const run = async (...parameters: Parameters<JobBench['submit']>) => bench.ended((await bench.submit(...parameters)).id);

	test('runs to its end, with result, version and files', async () => {
		const job = await bench.submit(['write out/a.txt hello', 'pass']);
		assert.deepEqual([job.state, job.reachable, job.attempt], ['accepted', null, 0]);
		const ended = await bench.ended(job.id);
		assert.deepEqual([ended.state, ended.error, ended.reason, ended.reachable], ['succeeded', null, null, true], bench.logged.join('\n'));
		assert.deepEqual(ended.progress, { done: 2, total: 2 });
		assert.equal(ended.attempt, 1);
		assert.match(ended.result?.version ?? '', /^[0-9a-f]{40}$/);
		assert.deepEqual(
			ended.result?.files.map((file) => [file.path, file.sizeBytes]),
			[['out/a.txt', 5]],
		);
		assert.equal(readFileSync((await bench.jobs.outputFile(idOf(job), 'out/a.txt')) ?? '', 'utf8'), 'hello');
		assert.match(bench.versions.results().get(job.id) ?? '', /ran c0/);
		const days = (Date.parse(ended.expiresAt ?? '') - Date.parse(ended.endedAt ?? '')) / 86_400_000;
		assert.ok(days > 29.9 && days < 30.1);
	});

	test('that fails says why, and keeps what it had', async () => {
		const job = await run(['pass', 'raise no such star', 'pass']);
		assert.deepEqual([job.state, job.error], ['failed', { type: 'job/cell-error', title: 'ValueError', detail: 'no such star' }]);
		assert.deepEqual(job.progress, { done: 1, total: 3 });
		assert.match(bench.versions.results().get(job.id) ?? '', /ran c0/);
	});

	test('whose runner is killed fails, and keeps what it had', async () => {
		const job = await run(['pass', 'die']);
		assert.deepEqual([job.state, job.error?.type], ['failed', 'job/killed']);
		assert.match(bench.versions.results().get(job.id) ?? '', /ran c0/);
	});

	test('that leaves no receipt is no success, and its files are found', async () => {
		const job = await run(['no-receipt']);
		assert.deepEqual([job.state, job.error?.type], ['failed', 'job/no-receipt']);
		assert.deepEqual(
			job.result?.files.map(({ path: name, sizeBytes, sha256 }) => [name, sizeBytes, sha256?.length]),
			[['left.txt', 4, 64]],
		);
	});

	test('is cancelled while it runs, twice, and after its end', async () => {
		const { id } = await bench.submit(['pass', 'sleep 60']);
		await bench.until(id, (job) => job.progress.done === 1);
		const asked = await bench.jobs.cancel(id as JobId, never);
		assert.notEqual(asked.cancelRequestedAt, null);
		assert.equal((await bench.jobs.cancel(id as JobId, never)).cancelRequestedAt, asked.cancelRequestedAt);
		const ended = await bench.ended(id);
		assert.deepEqual([ended.state, ended.error], ['cancelled', null]);
		assert.match(bench.versions.results().get(id) ?? '', /ran c0/);
		assert.equal((await bench.jobs.cancel(id as JobId, never)).state, 'cancelled');
	});

	test('is cancelled as soon as it is submitted', async () => {
		const job = await bench.submit(['sleep 60']);
		await bench.jobs.cancel(idOf(job), never);
		assert.equal((await bench.ended(job.id)).state, 'cancelled');
	});

	test('waits for a slot, says how many are ahead, and runs in its turn', async () => {
		const flag = path.join(bench.root, 'go');
		const running = [await bench.submit([`wait ${flag}`]), await bench.submit([`wait ${flag}`])];
		await Promise.all(running.map(({ id }) => bench.until(id, (job) => job.state === 'running')));
		const first = await bench.submit(['pass']);
		const second = await bench.submit(['pass']);
		assert.equal((await bench.until(first.id, (job) => job.state === 'queued')).reason, 'waits for a free slot; it is next');
		assert.equal((await bench.until(second.id, (job) => job.state === 'queued')).reason, 'waits for a free slot; 1 job ahead');
		writeFileSync(flag, '');
		const ends = await Promise.all([first, second].map(({ id }) => bench.ended(id)));
		assert.deepEqual(
			ends.map(({ state, attempt }) => [state, attempt]),
			[
				['succeeded', 1],
				['succeeded', 1],
			],
		);
	});

	test('gets the variables that are allowed, and no other', async () => {
		process.env.NIGHTLOG_TEST_SECRET = 'canary-secret';
		process.env.SOME_TOKEN = 'canary-token';
		const job = await run(['pass'], {}, { resources: { cpus: 1 } });
		const receipt = await bench.jobs.receipt(idOf(job));
		const variables = receipt?.environment.variables ?? {};
		assert.deepEqual([variables.NIGHTLOG_JOB, variables.OMP_NUM_THREADS, variables.HOME], [job.id, '1', process.env.HOME]);
		for (const file of readdirSync(bench.inFolder(job))) {
			const at = bench.inFolder(job, file);
			if (statSync(at).isFile()) assert.ok(!/canary/.test(readFileSync(at, 'utf8')), file);
		}
	});

	test('has its events, after any of them', async () => {
		const job = await run(['pass', 'pass']);
		const events = await bench.jobs.events(idOf(job), 0);
		assert.deepEqual(
			events.map(({ seq }) => seq),
			[1, 2, 3, 4, 5, 6],
		);
		assert.deepEqual(
			(await bench.jobs.events(idOf(job), 4)).map(({ kind }) => kind),
			['cell-ended', 'ended'],
		);
	});

	test('runs the cells that were chosen, in the order of the notebook', async () => {
		const job = await run(['pass', 'raise no', 'write b.txt b'], {}, { cells: ['c2', 'c0', 'c2'] });
		assert.deepEqual([job.state, job.kind, job.cells, job.progress.total], ['succeeded', 'cell', ['c0', 'c2'], 2]);
	});

	describe('and its files', () => {
		test('has the files of its version, executable ones and links too', async () => {
			const files = { 'notebooks/m.py': 'x = 1', 'run.sh': { executable: 'echo' }, 'notebooks/alias.py': { link: 'm.py' }, 'a/b/c.txt': 'deep' };
			const job = await run(['pass'], files);
			assert.equal(job.state, 'succeeded');
			assert.equal(readFileSync(bench.inTree(job, 'notebooks/m.py'), 'utf8'), 'x = 1');
			assert.equal(statSync(bench.inTree(job, 'run.sh')).mode & 0o111, 0o100);
			assert.equal(readFileSync(bench.inTree(job, 'notebooks/alias.py'), 'utf8'), 'x = 1');
			assert.equal(readFileSync(bench.inTree(job, 'a/b/c.txt'), 'utf8'), 'deep');
		});

		test('goes without a file that is nowhere on this machine, which is said before', async () => {
			const files = { 'notebooks/m.py': 'x = 1', 'data/not-here.csv': { missing: true } as const };
			const findings = await bench.jobs.check(bench.request(['pass'], files), never);
			assert.deepEqual(
				findings.map(({ code, severity }) => [code, severity]),
				[['job/files-not-here', 'warning']],
			);
			const job = await run(['pass'], files);
			assert.equal(job.state, 'succeeded');
			assert.equal(readFileSync(bench.inTree(job, 'notebooks/m.py'), 'utf8'), 'x = 1');
			assert.equal(existsSync(bench.inTree(job, 'data')), false);
		});

		test('runs what was submitted, not what is on disk', async () => {
			bench.put('notebooks/later.py', 'new');
			const job = await run(['copy later.py seen.txt'], { 'notebooks/later.py': 'old' });
			assert.equal(readFileSync(bench.inTree(job, 'notebooks/seen.txt'), 'utf8'), 'old');
		});

		test('opens relative paths that open at home: beside, below, above and outside the project', async () => {
			bench.put('notebooks/big.csv', 'beside');
			bench.put('notebooks/raw/deep/x.csv', 'below');
			bench.put('data/y.csv', 'above');
			bench.put('../elsewhere/z.csv', 'outside');
			const job = await run([
				'copy big.csv 1.txt',
				'copy raw/deep/x.csv 2.txt',
				'copy ../data/y.csv 3.txt',
				'copy ../../elsewhere/z.csv 4.txt\nopen("../../elsewhere/z.csv")',
			]);
			assert.equal(job.state, 'succeeded', JSON.stringify(job.error));
			const read = [1, 2, 3, 4].map((number) => readFileSync(bench.inTree(job, 'notebooks', `${number}.txt`), 'utf8'));
			assert.deepEqual(read, ['beside', 'below', 'above', 'outside']);
			assert.equal(
				readlinkSync(bench.inTree(job, 'notebooks/big.csv')),
				path.join(bench.project, 'notebooks/big.csv'),
				'reached in place, not copied',
			);
		});

		test('writes into its own folder, also into folders that the project has', async () => {
			bench.put('notebooks/results/old.txt', 'old');
			const before = readdirSync(path.join(bench.project, 'notebooks/results'));
			const job = await run(['write results/new.txt new', 'write ../top.txt top']);
			assert.deepEqual(readdirSync(path.join(bench.project, 'notebooks/results')), before);
			assert.ok(!existsSync(path.join(bench.project, 'top.txt')));
			assert.equal(readFileSync((await bench.jobs.outputFile(idOf(job), '../top.txt')) ?? '', 'utf8'), 'top');
			assert.equal(readFileSync((await bench.jobs.outputFile(idOf(job), 'results/new.txt')) ?? '', 'utf8'), 'new');
		});

		test('says truthfully that a file at home changed while it ran', async () => {
			bench.put('notebooks/precious.txt', 'mine');
			const job = await run(['append precious.txt']);
			assert.equal(job.state, 'succeeded');
			assert.match(job.reason ?? '', /notebooks\/precious\.txt/);
		});

		test('never links the history of the project', async () => {
			bench.put('.git/HEAD', 'ref: refs/heads/main');
			bench.put('.nightlog/x', '');
			bench.put('.hidden/x', 'seen');
			const job = await run(['pass']);
			assert.deepEqual([existsSync(bench.inTree(job, '.git')), existsSync(bench.inTree(job, '.nightlog'))], [false, false]);
			assert.equal(readFileSync(bench.inTree(job, '.hidden/x'), 'utf8'), 'seen');
		});

		test('reaches a folder of thousands as one link, and the notebook beside it all the same', async () => {
			for (let number = 0; number < 2100; number++) bench.put(`many/${number}.txt`, '');
			const job = await run(['copy ../many/77.txt x.txt']);
			assert.equal(job.state, 'succeeded');
			assert.equal(readlinkSync(bench.inTree(job, 'many')), path.join(bench.project, 'many'));
		});

		test('gives out only files that the job wrote', async () => {
			symlinkSync('/etc/passwd', path.join(bench.project, 'notebooks', 'passwd'));
			const job = await run(['write mine.txt x']);
			for (const name of [
				'passwd',
				'../../../../../../../../../../etc/passwd',
				'/etc/passwd',
				'a.ipynb',
				'../../../job.json',
				'',
				'.',
				'mine.txt/../passwd',
			]) {
				assert.equal(await bench.jobs.outputFile(idOf(job), name), null, name);
			}
			symlinkSync('/etc/passwd', bench.inFolder(job, 'swapped'));
			const mine = bench.inTree(job, 'notebooks/mine.txt');
			assert.equal(await bench.jobs.outputFile(idOf(job), 'mine.txt'), mine);
		});

		test('refuses a version whose paths lead elsewhere', async () => {
			for (const name of ['../evil.txt', 'a/../../evil', '/evil', 'a//b', '.git/hooks/post-commit', 'x/.GIT/config']) {
				const job = await run(['pass'], { [name]: 'x' });
				assert.deepEqual([job.state, job.error?.type], ['failed', 'job/unsafe-path'], name);
			}
		});
	});
});

describe('what is asked of jobs', () => {
	let bench: JobBench;
	let clock: FakeClock;
	let backend: FakeBackend;
	let until: FakeBench['until'];
	let end: FakeBench['end'];
	beforeEach(async () => {
		({ bench, clock, backend, until, end } = await startFakeBench());
	});
	afterEach(() => bench.remove());

	const codeOf = async (work: Promise<unknown>): Promise<string | null> => {
		try {
			await work;
			return null;
		} catch (error) {
			assert.ok(isNightlogError(error), String(error));
			return error.code;
		}
	};

	describe('twice', () => {
		const key = 'the-same-key';
		test('the same key and body give the same job', async () => {
			const request = bench.request(['pass']);
			const first = await bench.jobs.submit(request, key, never);
			const reordered = Object.fromEntries(Object.entries(request).reverse()) as JobRequest;
			const second = await bench.jobs.submit(reordered, key, never);
			assert.deepEqual([first.created, second.created, second.job.id], [true, false, first.job.id]);
		});
		test('another body is refused', async () => {
			await bench.jobs.submit(bench.request(['pass']), key, never);
			assert.equal(await codeOf(bench.jobs.submit(bench.request(['pass'], {}, { name: 'other' }), key, never)), 'job/key-used');
			assert.equal(bench.jobs.list({ limit: 10 }).jobs.length, 1);
		});
		test('a hundred posts at once give one job', async () => {
			const request = bench.request(['pass']);
			const answers = await Promise.all(Array.from({ length: 100 }, () => bench.jobs.submit(request, key, never)));
			assert.equal(new Set(answers.map(({ job }) => job.id)).size, 1);
			assert.equal(answers.filter(({ created }) => created).length, 1);
			assert.equal(bench.jobs.list({ limit: 10 }).jobs.length, 1);
		});
		test('of two bodies at once the first is taken and the other refused', async () => {
			const work = [bench.request(['pass']), bench.request(['pass'], {}, { name: 'other' })].map((request) =>
				codeOf(bench.jobs.submit(request, key, never)),
			);
			assert.deepEqual(await Promise.all(work), [null, 'job/key-used']);
		});
		test('a refused request leaves its key free', async () => {
			assert.equal(await codeOf(bench.jobs.submit(bench.request(['pass'], {}, { cells: ['x'] }), key, never)), 'job/check-failed');
			assert.equal((await bench.jobs.submit(bench.request(['pass']), key, never)).created, true);
		});
		test('a key is kept over a restart, and as long as its job', async () => {
			const request = bench.request(['pass']);
			const { job } = await bench.jobs.submit(request, key, never);
			await bench.stop();
			await bench.start({ backends: registryOf(backend), clock });
			assert.equal((await bench.jobs.submit(request, key, never)).job.id, job.id);
			await end(job);
			await bench.jobs.delete(idOf(job), never);
			assert.notEqual((await bench.jobs.submit(request, key, never)).job.id, job.id);
		});
	});

	describe('and refused', () => {
		const findingsOf = async (change: Partial<JobRequest>, cells: readonly string[] = ['pass']) =>
			(await bench.jobs.check(bench.request(cells, {}, change), never)).map(({ code, severity, path: where }) => [code, severity, where]);

		test('a request that fits has no finding', async () => assert.deepEqual(await findingsOf({}), []));
		test('a cell that is not there', async () =>
			assert.deepEqual(await findingsOf({ cells: ['c0', 'nope'] }), [['job/unknown-cell', 'error', '/cells/1']]));
		test('a backend that is not there', async () =>
			assert.deepEqual(await findingsOf({ backend: 'mars' }), [['job/unknown-backend', 'error', '/backend']]));
		test('a parameter that is not there', async () => {
			assert.deepEqual(await findingsOf({ parameters: { redshift: 1 } }), [['parameter/unknown-name', 'error', '/parameters/redshift']]);
		});
		test('what the backend finds', async () => {
			backend.findings.push({ code: 'job/too-many-cpus', severity: 'error', message: 'Ask for fewer.', cell: null, path: '/resources/cpus' });
			assert.deepEqual(await findingsOf({}), [['job/too-many-cpus', 'error', '/resources/cpus']]);
		});
		test('a file that is nowhere is told of', async () => {
			assert.deepEqual(await findingsOf({}, ['open("gone.csv")']), [['job/file-missing', 'warning', '/cells']]);
			assert.deepEqual(await findingsOf({}, ['open("made.csv", "w")', 'open("made.csv")']), []);
			bench.put('notebooks/here.csv', '');
			assert.deepEqual(await findingsOf({}, ['open("here.csv")']), []);
		});
		test('a version that is not there is not found', async () => {
			assert.equal(await codeOf(bench.jobs.submit({ ...bench.request(['pass']), version: 'f'.repeat(40) }, 'key-12345', never)), 'version/not-found');
		});
		test('a warning that was not seen, where the client says what was', async () => {
			const request = bench.request(['open("gone.csv")']);
			const refusal = async (change: Partial<JobRequest>) => {
				try {
					await bench.jobs.submit({ ...request, ...change }, 'key-12345', never);
					return null;
				} catch (error) {
					assert.ok(error instanceof NightlogError);
					assert.deepEqual([error.code, error.status, error.errors.length], ['job/check-failed', 422, 1]);
					return error.data.findings as Finding[];
				}
			};
			const findings = (await refusal({ warningsSeen: [] })) ?? [];
			assert.deepEqual(
				findings.map(({ code, severity }) => [code, severity]),
				[['job/file-missing', 'warning']],
			);
			assert.deepEqual(await refusal({ warningsSeen: ['another'] }), findings);
			assert.equal(bench.jobs.list({ limit: 1 }).jobs.length, 0, 'nothing is stored');
			const warningsSeen = findings.map(findingKey);
			assert.equal(await refusal({ warningsSeen }), null, 'seen, it lets the request through');
			assert.equal(await refusal({ warningsSeen }), null, 'that is the same job');
			assert.equal(bench.jobs.list({ limit: 2 }).jobs.length, 1);
			assert.equal(await codeOf(bench.jobs.submit({ ...request, warningsSeen: [...warningsSeen, 'more'] }, 'key-12345', never)), 'job/key-used');
			assert.equal((await bench.jobs.submit(request, 'key-of-nobody', never)).created, true, 'who does not say is warned of nothing');
		});
		test('all findings come at once, and nothing is stored', async () => {
			try {
				await bench.jobs.submit(bench.request(['open("gone")', 'pass'], {}, { cells: ['x', 'y'], parameters: { a: 1 } }), 'key-12345', never);
				assert.fail('it was taken');
			} catch (error) {
				assert.ok(error instanceof NightlogError);
				assert.deepEqual([error.code, error.status, error.errors.length], ['job/check-failed', 422, 3]);
				assert.equal((error.data.findings as unknown[]).length, 3);
			}
			assert.equal(bench.jobs.list({ limit: 1 }).jobs.length, 0);
		});
	});

	test('a rerun takes what was run, with changes', async () => {
		const job = await bench.submit(['pass', 'pass'], {}, { cells: ['c1'], name: 'first', resources: { cpus: 2 } });
		const { job: again, created } = await bench.jobs.rerun(idOf(job), { name: 'again', resources: { memoryBytes: 5 } }, 'rerun-key', never);
		assert.deepEqual([created, again.name, again.cells, again.version], [true, 'again', ['c1'], job.version]);
		assert.deepEqual(again.resources, { cpus: 2, memoryBytes: 5, gpus: null, wallTimeSeconds: null });
		assert.equal((await bench.jobs.rerun(idOf(job), { name: 'again', resources: { memoryBytes: 5 } }, 'rerun-key', never)).created, false);
		assert.equal(await codeOf(bench.jobs.rerun(idOf(job), {}, 'rerun-key', never)), 'job/key-used');
	});

	test('an open job is not deleted, an ended one wholly', async () => {
		const job = await bench.submit(['pass']);
		assert.equal(await codeOf(bench.jobs.delete(idOf(job), never)), 'job/still-open');
		await end(job);
		const news: unknown[] = [];
		bench.jobs.onDidChange((change) => news.push(change));
		await bench.jobs.delete(idOf(job), never);
		assert.deepEqual(news, [{ kind: 'job-deleted', id: job.id }]);
		assert.equal(existsSync(bench.inFolder(job)), false);
		assert.throws(() => bench.jobs.get(idOf(job)), { code: 'job/not-found' });
		await bench.jobs.delete(idOf(job), never);
		assert.equal(bench.jobs.list({ limit: 10, search: job.id }).jobs.length, 0);
	});

	test('a folder that the job closed against its own person is removed too', async () => {
		const job = await bench.submit(['pass']);
		await end(job);
		mkdirSync(bench.inTree(job, 'closed/below'), { recursive: true });
		writeFileSync(bench.inTree(job, 'closed/below/x'), '');
		await bench.jobs.delete(idOf(job), never);
		assert.equal(existsSync(bench.inFolder(job)), false);
	});

	test('a result that cannot be kept now is kept later, and the job says so', async () => {
		bench.versions.beforeKeep = () => {
			throw new Error('the repository is busy');
		};
		const job = await bench.submit(['pass']);
		await settled();
		writeFileSync(bench.inFolder(job, 'result.ipynb'), '{}');
		await end(job);
		assert.equal(bench.jobs.get(idOf(job)).result?.version, null);
		assert.equal(bench.jobs.openCount(), 1, 'the server does not end while a result is not kept');
		assert.equal(await codeOf(bench.jobs.delete(idOf(job), never)), 'job/result-not-kept');
		assert.ok(existsSync(bench.inFolder(job, 'result.ipynb')), 'the only copy of it stays');
		bench.versions.beforeKeep = () => undefined;
		await clock.pass(60_000);
		await until(() => bench.jobs.openCount() === 0);
		assert.match(bench.jobs.get(idOf(job)).result?.version ?? '', /^[0-9a-f]{40}$/);
	});

	test('lists are newest first, in pages, and filtered', async () => {
		const names = ['sunspots', 'Andromeda', 'dust ☉é', 'sunspots again'];
		const jobs: Job[] = [];
		for (const name of names) jobs.push(await bench.submit(['pass'], {}, { name }));
		const list = (request: Omit<Parameters<typeof bench.jobs.list>[0], 'limit'>, limit = 10) => bench.jobs.list({ limit, ...request });
		const namesOf = (found: { jobs: Job[] }) => found.jobs.map(({ name }) => name);
		assert.deepEqual(namesOf(list({})), names.toReversed());
		const first = list({}, 3);
		assert.deepEqual([namesOf(first).length, namesOf(list({ cursor: first.next ?? '' }, 3))], [3, ['sunspots']]);
		assert.equal(list({ cursor: first.next ?? '' }, 3).next, null);
		assert.deepEqual(namesOf(list({ search: 'SUNSPOT' })), ['sunspots again', 'sunspots']);
		assert.deepEqual(namesOf(list({ search: 'sunspot', cursor: jobs[3]!.id })), ['sunspots']);
		assert.deepEqual(namesOf(list({ search: '"; DROP' })), []);
		assert.deepEqual(namesOf(list({ search: '☉É' })), ['dust ☉é']);
		assert.deepEqual(namesOf(list({ search: jobs[1]!.id })), ['Andromeda']);
		assert.deepEqual(namesOf(list({ backend: 'mars' })), []);
		assert.deepEqual(namesOf(list({ backend: 'cluster', state: 'succeeded' })), []);
		assert.equal(list({ notebook: path.join(bench.project, 'notebooks/a.ipynb') }).jobs.length, 4);
		assert.equal(list({ notebook: path.join(bench.project, 'notebooks/b.ipynb') }).jobs.length, 0);
		await end(jobs[0]!);
		assert.deepEqual(namesOf(list({ state: 'cancelled' })), ['sunspots']);
		await bench.jobs.delete(idOf(jobs[0]!), never);
		assert.deepEqual(namesOf(list({ search: 'sunspot' })), ['sunspots again']);
	});

	test('names hold anything that a person types', async () => {
		for (const name of ['a\nb', '$(reboot)', '-rf', "'; DROP TABLE job_jobs; --", '‮evil', 'ü'.repeat(100)]) {
			const job = await bench.submit(['pass'], {}, { name });
			assert.equal(bench.jobs.get(idOf(job)).name, name);
		}
	});
});
