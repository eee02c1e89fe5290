import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Version } from '@nightlog/shared/versions/version-schema';
import { makeNotebook } from '../bench/notebooks.ts';
import { accountEnvironment, startServer, type TestServer } from '../support/start-server.ts';
import { SmallDisk } from './small-disk.ts';
import { untilEnded } from './until-ended.ts';

/** What went wrong while the disk was full, and how often it was refused. */
export class FullDiskCounts {
	refused = 0;
	lost = 0;
	doubled = 0;
	stuck = 0;
	/** Half written. */
	broken = 0;
}

/** Why something was refused. */
export interface Problem {
	readonly type: string;
	readonly title: string;
	readonly status: number;
}

/** A project in an account of which a part lies on a small disk. */
export class FullDiskBench {
	readonly server: TestServer;
	readonly disks: readonly SmallDisk[];
	readonly project: string;
	readonly notebook: string;
	readonly ranFile: string;
	readonly counted: FullDiskCounts;
	/** What was acknowledged. */
	readonly versions = new Map<string, string>();
	readonly jobs = new Map<string, { readonly name: string; readonly version: string }>();

	constructor(server: TestServer, disks: readonly SmallDisk[], counted: FullDiskCounts) {
		this.server = server;
		this.disks = disks;
		this.project = path.join(server.home, 'project');
		this.notebook = path.join(this.project, 'full.ipynb');
		this.ranFile = path.join(server.home, 'ran.log');
		this.counted = counted;
	}

	static async make(folders: readonly string[], counted: FullDiskCounts): Promise<FullDiskBench> {
		const first = await startServer();
		await first.stop();
		mkdirSync(path.join(first.home, 'project'), { recursive: true });
		const disks = folders.map((folder) => new SmallDisk(path.join(first.home, folder), 24_000_000, 3000));
		const bench = new FullDiskBench(await startServer({ home: first.home }), disks, counted);
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
			if (answer.bytes.toString() !== text) this.counted.lost += 1;
			assert.equal(answer.status, 200, answer.bytes.toString());
			assert.equal(answer.bytes.toString(), text);
		}
		try {
			this.git('fsck', '--strict', '--full');
		} catch (error) {
			this.counted.broken += 1;
			throw error;
		}
	}

	/** Every job that was answered for has run once, or says that the disk kept it from that; what it saved is kept. */
	async assertJobs(): Promise<void> {
		const listed = await this.listJobs();
		this.counted.doubled += listed.filter((id) => !this.jobs.has(id)).length;
		assert.deepEqual(new Set(listed), new Set(this.jobs.keys()));
		const runs = new Map<string, number>();
		for (const [id, { name, version }] of this.jobs) {
			const job = await untilEnded(this.server, id);
			if (job === null) this.counted.stuck += 1;
			assert.ok(job?.state === 'succeeded' || isFailedByDisk(job), `${name}: ${JSON.stringify(job)}`);
			const text = this.versions.get(version) ?? '';
			runs.set(text, (runs.get(text) ?? 0) + 1);
			const result = await this.server.call(`/v1/jobs/${id}/result`);
			// Where there was no room to begin, there is nothing.
			if (result.status === 404 && job?.state === 'failed') continue;
			assert.equal(result.status, 200, `${name}: ${result.bytes}`);
			assert.ok(Array.isArray(result.json<{ cells: unknown[] }>().cells));
			const kept = await this.untilKept(id);
			if (kept?.result?.version == null) this.counted.lost += 1;
			assert.ok(kept?.result?.version, `${name} has no version of its result: ${JSON.stringify(kept)}`);
			const saved = await this.server.call(`/v1/versions/${kept.result.version}/notebook?notebook=${encodeURIComponent(this.notebook)}`);
			assert.ok(saved.bytes.equals(result.bytes), `${name}: the version of its result is another`);
		}
		const ran = readFileSync(this.ranFile, 'utf8').split('\n');
		for (const [text, jobs] of runs) {
			const line = /write\('([^\\]+)\\/.exec(text)?.[1] ?? assert.fail('a text without its line');
			const times = ran.filter((each) => each === line).length;
			if (times > jobs) this.counted.doubled += 1;
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

/** Whether a job says that the disk kept it from running, or from saying more. */
export const isFailedByDisk = (job: Job | null): boolean =>
	job?.state === 'failed' && /disk .*full|No space left/.test(`${job.reason} ${job.error?.title} ${job.error?.detail}`);
