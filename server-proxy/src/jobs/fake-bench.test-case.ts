import type { JobId } from '@nightlog/shared/base/ids';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { FakeBackend, registryOf } from './fake-backend.test-case.ts';
import { FakeClock, passUntil, settled } from './fake-clock.test-case.ts';
import { JobBench } from './job-bench.test-case.ts';

/** A service of jobs whose backend and clock a test moves. */
export interface FakeBench {
	readonly bench: JobBench;
	readonly clock: FakeClock;
	readonly backend: FakeBackend;
	/** Lets time pass until it is so. */
	until(so: () => boolean): Promise<void>;
	/** Ends a job, as cancelled. */
	end(job: Job): Promise<void>;
}

export async function startFakeBench(): Promise<FakeBench> {
	const bench = new JobBench();
	const clock = new FakeClock();
	const backend = new FakeBackend();
	await bench.start({ backends: registryOf(backend), clock });
	const until = (so: () => boolean) => passUntil(clock, so, () => bench.logged.join('\n'));
	const end = async ({ id }: Job) => {
		await settled();
		backend.statuses.set(id as JobId, { state: 'ended', exit: 'cancelled', detail: null, endedAt: null });
		await until(() => bench.jobs.get(id as JobId).state === 'cancelled');
	};
	return { bench, clock, backend, until, end };
}
