import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JobId } from '@nightlog/shared/base/ids';
import { makeUlid } from '@nightlog/shared/base/ulid';
import type { Backend, BackendJob } from '../../server-proxy/src/backends/backend.ts';
import { createLocalBackend } from '../../server-proxy/src/backends/local/local-backend.ts';
import { readBootId, readStat } from '../../server-proxy/src/backends/local/process-identity.ts';
import { backendContract } from './backend-contract.ts';

const runner = fileURLToPath(new URL('../../server-proxy/src/jobs/__fixtures__/fake-runner.py', import.meta.url));
const root = mkdtempSync(path.join(tmpdir(), 'nl-contract-'));
const slots = 2;
const alive = setInterval(() => undefined, 1000);
let backend: Backend | null = null;
let made = 0;

backendContract({
	title: 'the local backend',
	patienceMs: 120_000,
	slots,
	async open() {
		await backend?.dispose();
		backend = createLocalBackend({
			name: 'local',
			slots,
			runner,
			environment: process.env,
			allowedVariables: [],
			protectFolder: true,
			graceMs: 5000,
			wallTimeGraceSeconds: 0,
			bootId: readBootId(),
			endsWithSession: null,
			log: { write: () => undefined },
		});
		return backend;
	},
	makeJob(cells, change = {}): BackendJob {
		made += 1;
		const id = makeUlid(1_700_000_000_000 + made, new Uint8Array(10)) as JobId;
		const folder = path.join(root, id);
		mkdirSync(path.join(folder, 'tree', 'home'), { recursive: true });
		const notebook = {
			nbformat: 4,
			nbformat_minor: 5,
			metadata: {},
			cells: cells.map((source, index) => ({ cell_type: 'code', id: `c${index}`, metadata: {}, source, outputs: [], execution_count: null })),
		};
		writeFileSync(path.join(folder, 'tree', 'home', 'a.ipynb'), JSON.stringify(notebook));
		const resources = { cpus: null, memoryBytes: null, gpus: null, wallTimeSeconds: null, ...change };
		const runnerJob: BackendJob['runnerJob'] = {
			format: 1,
			id,
			attempt: 1,
			version: 'a'.repeat(40),
			project: '/home',
			notebook: 'tree/home/a.ipynb',
			workDir: 'tree/home',
			cells: 'all',
			parameters: {},
			injectedSource: null,
			injectedIndex: null,
			injectedReplaces: false,
			kernelName: null,
			wallTimeSeconds: null,
			cellTimeoutSeconds: null,
			memoryBytes: resources.memoryBytes,
			hashUpToBytes: 0,
			recordEnvironment: [],
		};
		writeFileSync(path.join(folder, 'job.json'), JSON.stringify(runnerJob));
		return { id, name: `nl-${id}`, folder, runnerJob, resources, project: '/home', notebookFolder: '/home', python: 'python3' };
	},
	isRunning: (pid) => !['Z', 'X', undefined].includes(readStat(pid)?.state),
	killRunner(job) {
		process.kill(Number(readFileSync(path.join(job.folder, 'starts'), 'utf8')), 'SIGKILL');
	},
	async close() {
		await backend?.dispose();
		clearInterval(alive);
		rmSync(root, { recursive: true, force: true });
	},
});
