import type { JobId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Finding } from '@nightlog/shared/jobs/finding';
import type { Backend, BackendHandle, BackendJob, BackendStatus, BegunJob } from '../backends/backend.ts';
import type { BackendRegistry } from '../backends/registry.ts';

/** A backend that answers what a test tells it to. */
export class FakeBackend implements Backend {
	readonly name = 'cluster';
	readonly type = 'slurm';
	readonly capabilities = { cpuLimit: true, memoryLimit: true, gpus: true, wallTime: true, survivesServer: true };
	readonly endsWithSession = null;
	readonly limits = { cpus: null, memoryBytes: null, gpus: null, wallTimeSeconds: null, slots: null };
	readonly pollMs = 1000;
	readonly submitted: BackendJob[] = [];
	readonly cancelled: JobId[] = [];
	readonly removed: JobId[] = [];
	readonly findings: Finding[] = [];
	readonly statuses = new Map<JobId, BackendStatus>();
	polls = 0;
	reachable = true;
	/** Called in `submit` after the job has begun; may throw. */
	afterSubmit: (job: BackendJob) => void = () => undefined;

	async check() {
		return this.findings;
	}

	async submit(job: BackendJob): Promise<BackendHandle> {
		this.#ask();
		if (!this.submitted.some(({ id }) => id === job.id)) this.submitted.push(job);
		this.afterSubmit(job);
		return { number: this.submitted.length };
	}

	async findByName(job: BackendJob): Promise<BackendHandle | null> {
		this.#ask();
		return this.submitted.some(({ name }) => name === job.name) ? { number: 1 } : null;
	}

	async status(jobs: readonly BegunJob[]): Promise<ReadonlyMap<JobId, BackendStatus>> {
		if (jobs.length > 0) this.polls += 1;
		this.#ask();
		return new Map(jobs.flatMap(({ id }) => (this.statuses.has(id) ? [[id, this.statuses.get(id)!] as const] : [])));
	}

	watch(): void {}

	async cancel({ id }: BegunJob): Promise<void> {
		this.#ask();
		this.cancelled.push(id);
	}

	async collect(): Promise<void> {
		this.#ask();
	}

	async remove({ id }: BegunJob): Promise<void> {
		this.removed.push(id);
	}

	async dispose(): Promise<void> {}

	#ask(): void {
		if (!this.reachable) throw new NightlogError('backend/unreachable', 'The cluster does not answer.', { status: 503, retryable: true });
	}
}

/** A registry with one backend that is no local one. */
export function registryOf(backend: Backend): BackendRegistry {
	return {
		names: [backend.name],
		defaultName: backend.name,
		runner: '/nonexistent/runner.pyz',
		typeOf: (name) => (name === backend.name ? backend.type : null),
		pythonOf: () => null,
		fixesPython: () => false,
		get: async () => backend,
		describe: async () => [],
		dispose: () => backend.dispose(),
	};
}
