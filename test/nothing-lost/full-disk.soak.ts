// The disk under the state folder, the project or both fills up at one step after another: what cannot be done is refused in plain words, nothing is half
// done, what was there stays, and when there is room again everything goes on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { makeNotebook } from '../bench/notebooks.ts';
import { accountEnvironment, startServer, type TestServer } from '../support/start-server.ts';
import { SmallDisk } from './small-disk.ts';
import { untilEnded } from './until-ended.ts';

const counted = { refused: 0, lost: 0, doubled: 0, stuck: 0, broken: 0 };
after(() => {
	const { refused, ...rest } = counted;
	process.stdout.write(
		`full disk, ${refused} requests refused: lost: ${rest.lost}, doubled: ${rest.doubled}, stuck: ${rest.stuck}, half written: ${rest.broken}\n`,
	);
	assert.ok(refused > 0);
	assert.deepEqual(rest, { lost: 0, doubled: 0, stuck: 0, broken: 0 });
});

interface Problem {
	readonly type: string;
	readonly title: string;
	readonly status: number;
}

/** A project in an account of which a part lies on a small disk. */
class FullDiskBench {
	readonly server: TestServer;
	readonly disks: readonly SmallDisk[];
	readonly project: string;
	readonly notebook: string;
	readonly ranFile: string;
	/** What was acknowledged. */
	readonly versions = new Map<string, string>();
	readonly jobs = new Map<string, { readonly name: string; readonly version: string }>();

	constructor(server: TestServer, disks: readonly SmallDisk[]) {
		this.server = server;
		this.disks = disks;
		this.project = path.join(server.home, 'project');
		this.notebook = path.join(this.project, 'full.ipynb');
		this.ranFile = path.join(server.home, 'ran.log');
	}

	static async make(folders: readonly string[]): Promise<FullDiskBench> {
		const first = await startServer();
		await first.stop();
		mkdirSync(path.join(first.home, 'project'), { recursive: true });
		const disks = folders.map((folder) => new SmallDisk(path.join(first.home, folder), 24_000_000, 3000));
		const bench = new FullDiskBench(await startServer({ home: first.home }), disks);
		writeFileSync(bench.ranFile, '');
		writeFileSync(bench.notebook, makeNotebook([{ source: '# begun' }]));
		bench.git('init', '-q');
		bench.git('add', 'full.ipynb');
		bench.git('commit', '-q', '-m', 'begin');
		return bench;
	}

	git(...words: string[]): string {
		return execFileSync('git', words, {
			cwd: this.project,
			env: accountEnvironment(this.server.home),
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'pipe'],
		});
	}

	text(name: string, rest: readonly string[] = []): string {
		const filler = randomBytes(9000).toString('base64');
		return makeNotebook([`open(${JSON.stringify(this.ranFile)}, 'a').write('${name}\\n')`, ...rest, `# ${filler}`].map((source) => ({ source })));
	}

	async keep(text: string): Promise<Version | Problem> {
		const { status, body } = await this.server.post<Version | Problem>('/v1/versions', { notebook: this.notebook, content: text, reason: 'submit' });
		if (status === 200 || status === 201) this.versions.set((body as Version).id, text);
		return body;
	}

	async submit(name: string, version: string): Promise<Job | Problem> {
		const request = { notebook: this.notebook, version, name };
		const { status, body } = await this.server.post<Job | Problem>('/v1/jobs', request, { 'idempotency-key': `key-of-${name}` });
		if (status === 200 || status === 202) this.jobs.set((body as Job).id, { name, version });
		return body;
	}

	refs(): string {
		// A result that an earlier job left may be kept meanwhile: that is another ref.
		return this.git('for-each-ref')
			.split('\n')
			.filter((line) => !line.includes('/results/'))
			.join('\n');
	}

	async listJobs(): Promise<string[]> {
		return (await this.server.call('/v1/jobs?limit=500')).json<{ jobs: Job[] }>().jobs.map(({ id }) => id);
	}

	free(): void {
		for (const disk of this.disks) disk.free();
	}

	/** Everything that was acknowledged is there, whole. */
	async assertVersions(): Promise<void> {
		for (const [id, text] of this.versions) {
			const answer = await this.server.call(`/v1/versions/${id}/notebook?notebook=${encodeURIComponent(this.notebook)}`);
			if (answer.bytes.toString() !== text) counted.lost += 1;
			assert.equal(answer.status, 200, answer.bytes.toString());
			assert.equal(answer.bytes.toString(), text);
		}
		try {
			this.git('fsck', '--strict', '--full');
		} catch (error) {
			counted.broken += 1;
			throw error;
		}
	}

	/** Every job that was answered for has run once, or says that the disk kept it from that; what it saved is kept. */
	async assertJobs(): Promise<void> {
		const listed = await this.listJobs();
		counted.doubled += listed.filter((id) => !this.jobs.has(id)).length;
		assert.deepEqual(new Set(listed), new Set(this.jobs.keys()));
		const runs = new Map<string, number>();
		for (const [id, { name, version }] of this.jobs) {
			const job = await untilEnded(this.server, id);
			if (job === null) counted.stuck += 1;
			assert.ok(job?.state === 'succeeded' || isFailedByDisk(job), `${name}: ${JSON.stringify(job)}`);
			const text = this.versions.get(version) ?? '';
			runs.set(text, (runs.get(text) ?? 0) + 1);
			const result = await this.server.call(`/v1/jobs/${id}/result`);
			// Where there was no room to begin, there is nothing.
			if (result.status === 404 && job?.state === 'failed') continue;
			assert.equal(result.status, 200, `${name}: ${result.bytes}`);
			assert.ok(Array.isArray(result.json<{ cells: unknown[] }>().cells));
			const kept = await this.untilKept(id);
			if (kept?.result?.version == null) counted.lost += 1;
			assert.ok(kept?.result?.version, `${name} has no version of its result: ${JSON.stringify(kept)}`);
			const saved = await this.server.call(`/v1/versions/${kept.result.version}/notebook?notebook=${encodeURIComponent(this.notebook)}`);
			assert.ok(saved.bytes.equals(result.bytes), `${name}: the version of its result is another`);
		}
		const ran = readFileSync(this.ranFile, 'utf8').split('\n');
		for (const [text, jobs] of runs) {
			const line = /write\('([^\\]+)\\/.exec(text)?.[1] ?? assert.fail('a text without its line');
			const times = ran.filter((each) => each === line).length;
			if (times > jobs) counted.doubled += 1;
			assert.ok(times <= jobs, `${line} ran ${times} times for ${jobs} jobs`);
		}
	}

	async untilKept(id: string): Promise<Job | null> {
		return await untilEnded(this.server, id, (job) => job.result?.version != null);
	}

	async dispose(): Promise<void> {
		this.free();
		for (const id of this.jobs.keys()) await untilEnded(this.server, id);
		await this.server.stop();
		for (const disk of this.disks) disk.unmount();
		await this.server.dispose();
	}
}

const isFailedByDisk = (job: Job | null): boolean => job?.state === 'failed' && /disk .*full/.test(`${job.reason} ${job.error?.title}`);

function assertSaysFull(problem: Version | Job | Problem): void {
	const { status, title, type } = problem as Problem;
	assert.equal(status, 507, JSON.stringify(problem));
	assert.match(type, /(store\/full|repository\/disk-full)$/);
	assert.match(title, /disk|quota/i);
	counted.refused += 1;
}

const isRefused = (answer: Version | Job | Problem): answer is Problem => 'title' in answer;
const leftBytes = [0, 4_096, 8_192, 12_288, 16_384, 24_576, 32_768, 49_152, 65_536, 131_072];
const leftFiles = [0, 1, 2, 3, 4, 5, 6, 8, 10, 14];
const places = { 'the state folder': ['state'], 'the project': ['project'], both: ['state', 'project'] } as const;

for (const [where, folders] of Object.entries(places)) {
	describe(`a full disk under ${where}`, () => {
		for (const [kind, leaves] of [['bytes', leftBytes] as const, ['files', leftFiles] as const]) {
			test(`with so many ${kind} left, keeps what it answered for and refuses the rest`, { timeout: 600_000 }, async () => {
				const bench = await FullDiskBench.make(folders);
				try {
					const kept = await bench.keep(bench.text('before'));
					assert.ok(!isRefused(kept), JSON.stringify(kept));
					const before = await bench.submit('before', kept.id);
					assert.ok(!isRefused(before), JSON.stringify(before));
					await bench.untilKept(before.id);
					for (const [index, leave] of leaves.entries()) {
						for (const disk of bench.disks) kind === 'bytes' ? disk.fill(leave) : disk.fillFiles(leave);
						const [refs, jobs, size] = [bench.refs(), await bench.listJobs(), bench.versions.size];
						const text = bench.text(`left-${leave}`);
						const answer = await bench.keep(text);
						if (isRefused(answer)) {
							assertSaysFull(answer);
							assert.equal(bench.refs(), refs, 'a refused version moved no ref');
						}
						const job = await bench.submit(`now-${leave}`, isRefused(answer) ? kept.id : answer.id);
						if (isRefused(job)) {
							assertSaysFull(job);
							assert.deepEqual(await bench.listJobs(), jobs, 'a refused job is not there');
						}
						assert.equal((await bench.server.call('/v1/health')).status, 200);
						assert.equal((await bench.server.call(`/v1/versions?notebook=${encodeURIComponent(bench.notebook)}`)).status, 200);
						await bench.assertVersions();
						bench.free();
						// What was refused can be asked again, and is done then.
						const again = await bench.keep(text);
						assert.ok(!isRefused(again), `with room again: ${JSON.stringify(again)}`);
						assert.equal(bench.versions.size, size + 1, 'what was asked twice is one version');
						if (isRefused(job)) {
							const stored = await bench.submit(`now-${leave}`, isRefused(answer) ? kept.id : answer.id);
							assert.ok(!isRefused(stored), `with room again: ${JSON.stringify(stored)}`);
						}
						await bench.assertVersions();
						if (index % 3 === 2) await bench.assertJobs();
					}
					await bench.assertJobs();
				} finally {
					await bench.dispose();
				}
			});
		}

		test('while a job saves its result, keeps the job waiting and the result whole', { timeout: 300_000 }, async () => {
			const bench = await FullDiskBench.make(folders);
			try {
				const output = "import time; time.sleep(2); print('y' * 300_000)";
				const kept = await bench.keep(bench.text('long', [output, "open('left.txt', 'w').write('left')", "print('ended')"]));
				assert.ok(!isRefused(kept), JSON.stringify(kept));
				const job = await bench.submit('long', kept.id);
				assert.ok(!isRefused(job), JSON.stringify(job));
				await untilEnded(bench.server, job.id, ({ progress, endedAt }) => progress.done >= 1 || endedAt !== null);
				for (const disk of bench.disks) disk.fill(0);
				await sleep(8000);
				const meanwhile = (await bench.server.call(`/v1/jobs/${job.id}`)).json<Job>();
				const projectIsFull = folders.some((folder) => folder === 'project');
				if (projectIsFull) assert.equal(meanwhile.result?.version ?? null, null, 'nothing says that it is kept before it is');
				bench.free();
				const ended = await untilEnded(bench.server, job.id);
				if (ended === null) counted.stuck += 1;
				// Where its own folder was full the job itself could not write: it says so, or found room in time.
				const mayFail = folders.some((folder) => folder === 'state');
				assert.ok(ended?.state === 'succeeded' || (mayFail && isFailedByDisk(ended)), JSON.stringify(ended));
				const done = await bench.untilKept(job.id);
				if (done?.result?.version == null) counted.lost += 1;
				assert.ok(done?.result?.version, JSON.stringify(done));
				const result = (await bench.server.call(`/v1/jobs/${job.id}/result`)).json<{ cells: unknown[] }>();
				assert.equal(result.cells.length, 5, 'the executed notebook is whole');
				await bench.assertVersions();
			} finally {
				await bench.dispose();
			}
		});
	});
}
