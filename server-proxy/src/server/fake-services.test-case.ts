import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { OperationId } from '@nightlog/shared/api/routes';
import { routes } from '@nightlog/shared/api/routes';
import type { CommitOid, JobId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { Receipt } from '@nightlog/shared/jobs/runner-protocol';
import type { Version, VersionDetail } from '@nightlog/shared/versions/version-schema';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyInstance } from 'fastify';
import { BundleStore } from '../bundles/bundle-store.ts';
import { bundleHandlers } from '../routes/bundle-handlers.ts';
import { jobHandlers } from '../routes/job-handlers.ts';
import { systemHandlers } from '../routes/system-handlers.ts';
import { versionHandlers } from '../routes/version-handlers.ts';
import type { JobService, VersionService } from '../services.ts';
import type { Transport } from './authorise.ts';
import { buildApp } from './build-app.ts';
import { EventHub } from './event-hub.ts';
import { Metrics } from './metrics.ts';
import type { LooseAnswer } from './operation.ts';
import { RequestValidator } from './validate.ts';

export const jobId = '01jd3zq9d2t5v8x1w4y7b0c6ef' as JobId;
export const versionId = 'a'.repeat(40) as CommitOid;
export const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
export const notebook = '/home/ann/project/night.ipynb';

const time = '2026-11-21T09:00:00.000Z';

export const sampleJob: Job = {
	id: jobId,
	name: 'night',
	kind: 'notebook',
	state: 'succeeded',
	reason: null,
	stateAsOf: time,
	reachable: true,
	attempt: 1,
	cancelRequestedAt: null,
	project: '/home/ann/project',
	notebook: 'night.ipynb',
	version: versionId,
	cells: 'all',
	parameters: { n: 3 },
	backend: 'local',
	resources: { cpus: null, memoryBytes: null, gpus: null, wallTimeSeconds: null },
	createdAt: time,
	startedAt: time,
	endedAt: time,
	progress: { done: 2, total: 2 },
	expiresAt: time,
	error: null,
	result: { notebook: 'result.ipynb', version: null, files: [{ path: 'a b/é?.png', sizeBytes: 10, sha256: null, link: '' }] },
};

export const sampleVersion: Version = {
	id: versionId,
	notebook: 'night.ipynb',
	createdAt: time,
	reason: 'save',
	label: null,
	parameters: {},
	author: { name: 'Ann', email: 'ann@example.org' },
};

const sampleDetail: VersionDetail = {
	...sampleVersion,
	project: '/home/ann/project',
	repository: '/home/ann/project/.git',
	inProject: true,
	parents: [],
	branchCommit: null,
	leftOut: [],
	files: [{ path: 'night.ipynb', sizeBytes: 3 }],
	note: null,
	offer: null,
};

const receipt: Receipt = {
	format: 1,
	job: jobId,
	attempt: 1,
	version: versionId,
	cells: [],
	parameters: {},
	environment: {
		interpreter: { language: 'python', version: null, implementation: null, executable: null },
		kernelspec: { name: 'python3', displayName: null },
		packages: [],
		packagesComplete: true,
		system: {},
		variables: {},
		digest: sha256,
	},
	inputs: { method: ['audit'], complete: true, files: [] },
	files: [],
	filesComplete: true,
	resources: { wallSeconds: 1, cpuSeconds: null, peakMemoryBytes: null },
	startedAt: time,
	endedAt: time,
	exit: { reason: 'completed', title: 'done', detail: null, cell: null },
};

/** Versions of one notebook that is not on disk. */
export class FakeVersions implements VersionService {
	readonly listeners = new Set<Parameters<VersionService['onDidChange']>[0]>();
	kept = 0;
	#known = (path: string) => {
		if (path !== notebook) throw new NightlogError('notebook/not-found', 'There is no notebook at this path.', { status: 404 });
	};
	async open(request: { notebook: string }) {
		this.#known(request.notebook);
		return {
			project: '/home/ann/project',
			repository: '/home/ann/project/.git',
			inProject: true,
			note: null,
			offer: null,
			versions: 1,
			unkept: null,
		};
	}
	async keep(request: { notebook: string }) {
		this.#known(request.notebook);
		this.kept += 1;
		return { version: sampleDetail, created: this.kept === 1 };
	}
	async list(request: { notebook: string }) {
		this.#known(request.notebook);
		return { versions: [sampleVersion], next: null, offer: null, unkept: null, unreadable: null };
	}
	async moveIn(path: string) {
		this.#known(path);
		return { repository: '/home/ann/project/.git', inProject: true, notebooks: [{ notebook: path, versions: 1 }] };
	}
	async get(id: CommitOid, path: string) {
		this.#known(path);
		if (id !== versionId) throw new NightlogError('version/replaced', 'It was replaced.', { status: 410, data: { successor: versionId } });
		return sampleDetail;
	}
	async findNow(_id: CommitOid, path: string) {
		this.#known(path);
		return path;
	}
	async readNotebook(_id: CommitOid, path: string) {
		this.#known(path);
		return new TextEncoder().encode('{}\n');
	}

	async preview(): Promise<never> {
		throw new Error('not used by routes');
	}
	async readCode(): Promise<never> {
		throw new Error('not used by routes');
	}
	async content(): Promise<never> {
		throw new Error('not used by routes');
	}
	async label(_id: CommitOid, path: string, label: string | null) {
		this.#known(path);
		return { ...sampleDetail, label };
	}
	async restore(_id: CommitOid, path: string) {
		this.#known(path);
		return { notebook: path, restored: sampleVersion, before: null };
	}
	async pin() {}
	async keepResult(): Promise<CommitOid> {
		return versionId;
	}
	async readReceipt(): Promise<never> {
		throw new Error('not used by routes');
	}
	async parameters(request: { notebook: string }) {
		this.#known(request.notebook);
		return { parameters: [], findings: [] };
	}
	onDidChange(listener: Parameters<VersionService['onDidChange']>[0]) {
		this.listeners.add(listener);
		return { dispose: () => void this.listeners.delete(listener) };
	}
	onDidMiss() {
		return { dispose: () => undefined };
	}
	async dispose() {}
}

/** One job, with a log and a file of ten bytes. */
export class FakeJobs implements JobService {
	readonly listeners = new Set<Parameters<JobService['onDidChange']>[0]>();
	readonly folder: string;
	open = 0;
	readonly keys = new Set<string>();
	failWith: Error | null = null;

	constructor(folder: string) {
		this.folder = folder;
		writeFileSync(path.join(folder, 'ten'), '0123456789');
	}
	async check() {
		return [];
	}
	async submit(_request: unknown, key: string) {
		if (this.failWith !== null) throw this.failWith;
		const created = !this.keys.has(key);
		this.keys.add(key);
		return { job: sampleJob, created };
	}
	async rerun(id: JobId, _changes: unknown, key: string) {
		this.get(id);
		return this.submit(null, key);
	}
	list() {
		return { jobs: [sampleJob], next: null };
	}
	get(id: JobId) {
		if (id !== jobId) throw new NightlogError('job/not-found', 'There is no such job.', { status: 404 });
		return sampleJob;
	}
	async cancel(id: JobId) {
		return this.get(id);
	}
	async delete() {}
	async logFile(id: JobId) {
		this.get(id);
		return path.join(this.folder, 'ten');
	}
	async resultFile() {
		return path.join(this.folder, 'ten');
	}
	async outputFile(_id: JobId, file: string) {
		return file === 'a b/é?.png' ? path.join(this.folder, 'ten') : null;
	}
	async receipt() {
		return receipt;
	}
	async events() {
		return [{ seq: 1 }];
	}
	openCount() {
		return this.open;
	}
	countByState() {
		return [{ state: 'succeeded' as const, backend: 'local', count: 1 }];
	}
	onDidChange(listener: Parameters<JobService['onDidChange']>[0]) {
		this.listeners.add(listener);
		return { dispose: () => void this.listeners.delete(listener) };
	}
	async dispose() {}
}

/** An app over fakes, whose JSON answers are held against the schemas of the table. */
export interface TestApp {
	readonly app: FastifyInstance;
	readonly jobs: FakeJobs;
	readonly versions: FakeVersions;
	readonly events: EventHub;
	/** Everything that was logged, as text. */
	readonly log: string[];
	dispose(): Promise<void>;
}

export async function startTestApp(transport: Transport = { kind: 'socket' }): Promise<TestApp> {
	const folder = mkdtempSync(path.join(tmpdir(), 'nl-app-'));
	const jobs = new FakeJobs(folder);
	const versions = new FakeVersions();
	const events = new EventHub({ epoch: 'e1', startInterval: () => () => undefined });
	const metrics = new Metrics();
	const log: string[] = [];
	const checkAnswer = answerChecker();
	const app = buildApp({
		handlers: {
			...systemHandlers({
				events,
				health: () => ({ status: 'ready', version: '0.1.0', pid: 1, host: 'h', startedAt: time, openJobs: 0, stateFolder: folder }),
				metrics: () => metrics.write([]),
				backends: async () => [],
				configuration: async () => ({ config: {}, origins: {}, findings: [] }),
			}),
			...jobHandlers(jobs),
			...versionHandlers(versions),
			...bundleHandlers(new BundleStore(folder, () => new Date())),
		},
		validator: new RequestValidator(),
		transportOf: () => transport,
		onAnswered: (record) => {
			metrics.countRequest(record);
			log.push(JSON.stringify(record));
		},
		onUnexpected: (error) => log.push(String(error)),
		onAnswer: checkAnswer,
	});
	await app.ready();
	return {
		app,
		jobs,
		versions,
		events,
		log,
		async dispose() {
			await app.close();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

function answerChecker(): (id: OperationId, answer: LooseAnswer) => void {
	const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
	addFormats.default(ajv);
	const compiled = new Map<string, ValidateFunction>();
	return (id, answer) => {
		const described = (routes[id].answers as Record<number, { schema: unknown } | undefined>)[answer.status];
		if (described === undefined) throw new Error(`${id} answered ${answer.status}, which the table does not name`);
		if (described.schema === null) return;
		const key = `${id} ${answer.status}`;
		const schema = JSON.parse(JSON.stringify(described.schema), (name, value) => (name === '$id' ? undefined : value)) as object;
		const validate = compiled.get(key) ?? ajv.compile(schema);
		compiled.set(key, validate);
		if (!validate(answer.body)) throw new Error(`${id} answered something else than its schema: ${ajv.errorsText(validate.errors)}`);
	};
}

/** A request that each operation answers with 2xx. */
export const goodRequests: Readonly<Record<OperationId, { url: string; headers?: Record<string, string>; body?: unknown; bytes?: string }>> = {
	getHealth: { url: '/v1/health' },
	getOpenApi: { url: '/v1/openapi.json' },
	getMetrics: { url: '/metrics' },
	listBackends: { url: '/v1/backends' },
	streamEvents: { url: '/v1/events' },
	checkJob: { url: '/v1/jobs/check', body: { notebook, version: versionId } },
	submitJob: { url: '/v1/jobs', headers: { 'idempotency-key': 'key-0001' }, body: { notebook, version: versionId } },
	listJobs: { url: '/v1/jobs?limit=5&state=running' },
	getJob: { url: `/v1/jobs/${jobId}` },
	cancelJob: { url: `/v1/jobs/${jobId}/cancel` },
	rerunJob: { url: `/v1/jobs/${jobId}/rerun`, headers: { 'idempotency-key': 'key-0002' }, body: {} },
	deleteJob: { url: `/v1/jobs/${jobId}` },
	getJobLog: { url: `/v1/jobs/${jobId}/log` },
	getJobEvents: { url: `/v1/jobs/${jobId}/events?after=0` },
	getJobResult: { url: `/v1/jobs/${jobId}/result` },
	getJobReceipt: { url: `/v1/jobs/${jobId}/receipt` },
	getJobFile: { url: `/v1/jobs/${jobId}/files/${encodeURIComponent('a b/é?.png')}` },
	openNotebook: { url: '/v1/notebooks/open', body: { notebook, client: 'window' } },
	moveHistory: { url: '/v1/notebooks/move-history', body: { notebook } },
	keepVersion: { url: '/v1/versions', body: { notebook, reason: 'save' } },
	listVersions: { url: `/v1/versions?notebook=${encodeURIComponent(notebook)}&results=true` },
	getVersion: { url: `/v1/versions/${versionId}?notebook=${encodeURIComponent(notebook)}` },
	findVersionNotebook: { url: `/v1/versions/${versionId}/place?notebook=${encodeURIComponent(notebook)}` },
	getVersionNotebook: { url: `/v1/versions/${versionId}/notebook?notebook=${encodeURIComponent(notebook)}` },
	labelVersion: { url: `/v1/versions/${versionId}/label?notebook=${encodeURIComponent(notebook)}`, body: { label: 'good' } },
	restoreVersion: { url: `/v1/versions/${versionId}/restore?notebook=${encodeURIComponent(notebook)}`, body: {} },
	readParameters: { url: '/v1/parameters', body: { notebook } },
	postBundle: { url: '/v1/bundles', body: { files: [{ path: 'a', mode: '100644', sha256 }] } },
	putBlob: { url: `/v1/blobs/${sha256}`, bytes: '' },
	showConfiguration: { url: '/v1/config' },
};

/** What `inject` takes for such a request. */
export function injectionOf(id: OperationId, headers: Record<string, string> = { 'x-nightlog': '1' }) {
	const { url, headers: own = {}, body, bytes } = goodRequests[id];
	const media = routes[id].body?.media;
	const payload = bytes ?? (body === undefined ? undefined : JSON.stringify(body));
	return {
		method: id === 'streamEvents' ? ('HEAD' as const) : routes[id].method,
		url,
		headers: { host: 'localhost', ...(media === undefined ? {} : { 'content-type': media }), ...own, ...headers },
		...(payload === undefined ? {} : { payload }),
	};
}
