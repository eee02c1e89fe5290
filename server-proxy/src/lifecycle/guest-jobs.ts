import type { JobId } from '@nightlog/shared/base/ids';
import { NightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import type { JobService } from '../services.ts';
import { type JobsSnapshot, readSnapshot } from './jobs-snapshot.ts';

/** What a server without the store needs to show jobs. */
export interface GuestJobsOptions {
	readonly stateFolder: string;
	/** Where the server runs that has the store, as far as it is known without a snapshot. */
	readonly owner: string;
	readonly startInterval: (everyMs: number, run: () => void) => () => void;
	readonly onError: (error: unknown) => void;
}

const readEveryMs = 5_000;

/** The jobs of the machine that has the store, to look at. Whatever would change one is refused, with where to do it. */
export async function openGuestJobs(options: GuestJobsOptions): Promise<JobService> {
	let snapshot = await readSnapshot(options.stateFolder);
	const listeners = new Set<Parameters<JobService['onDidChange']>[0]>();
	const read = async () => {
		const before = snapshot;
		const next = await readSnapshot(options.stateFolder);
		if (next === null || next.writtenAt === before?.writtenAt) return;
		snapshot = next;
		for (const event of changes(before, next)) for (const listener of listeners) listener(event);
	};
	const stop = options.startInterval(readEveryMs, () => {
		read().catch(options.onError);
	});
	const find = (id: JobId): Job => {
		const found = snapshot?.jobs.find((job) => job.id === id);
		if (found === undefined) throw new NightlogError('job/not-found', 'There is no such job, as far as is known on this machine.', { status: 404 });
		return asSeenFromHere(found, snapshot);
	};
	const refuse = (): NightlogError => {
		const host = snapshot?.host ?? options.owner;
		const message = `The Nightlog server that has your jobs runs on ${host}; work with jobs there. From here they can be looked at, and versions are kept as ever.`;
		return new NightlogError('lease/elsewhere', message, { status: 503, retryable: true, data: { host } });
	};
	const refuseFor = async (id: JobId): Promise<never> => {
		find(id);
		throw refuse();
	};
	return {
		check: async () => {
			throw refuse();
		},
		submit: async () => {
			throw refuse();
		},
		rerun: refuseFor,
		list({ cursor, limit, notebook, state, backend, search }) {
			const wanted = (job: Job) =>
				(cursor === undefined || job.id < cursor) &&
				(notebook === undefined || `${job.project}/${job.notebook}` === notebook) &&
				(state === undefined || job.state === state) &&
				(backend === undefined || job.backend === backend) &&
				(search === undefined || `${job.name}\n${job.notebook}\n${job.id}`.toLowerCase().includes(search.toLowerCase()));
			const found = (snapshot?.jobs ?? []).filter(wanted).sort((left, right) => (left.id < right.id ? 1 : -1));
			const page = found.slice(0, limit).map((job) => asSeenFromHere(job, snapshot));
			return { jobs: page, next: found.length > limit ? (page.at(-1)?.id ?? null) : null };
		},
		get: find,
		cancel: refuseFor,
		delete: refuseFor,
		// Jobs' folders lie in the same home, but only the server that has the store knows which files are whole.
		logFile: refuseFor,
		resultFile: refuseFor,
		outputFile: refuseFor,
		receipt: refuseFor,
		events: refuseFor,
		openCount: () => 0,
		countByState: () => [...(snapshot?.jobs ?? [])].map(({ state, backend }) => ({ state, backend, count: 1 })),
		onDidChange(listener) {
			listeners.add(listener);
			return { dispose: () => void listeners.delete(listener) };
		},
		dispose: async () => stop(),
	};
}

/** The state stands, with its age; whether it still holds cannot be asked from here. */
function asSeenFromHere(job: Job, snapshot: JobsSnapshot | null): Job {
	const open = job.endedAt === null;
	return open
		? { ...job, reachable: false, reason: `Seen on ${snapshot?.host ?? 'another machine'} at ${snapshot?.writtenAt ?? job.stateAsOf}.` }
		: job;
}

function changes(before: JobsSnapshot | null, next: JobsSnapshot): Parameters<Parameters<JobService['onDidChange']>[0]>[0][] {
	const known = new Map((before?.jobs ?? []).map((job) => [job.id, JSON.stringify(job)]));
	const present = new Set(next.jobs.map((job) => job.id));
	return [
		...next.jobs.filter((job) => known.get(job.id) !== JSON.stringify(job)).map((job) => ({ kind: 'job', job: asSeenFromHere(job, next) }) as const),
		...[...known.keys()].filter((id) => !present.has(id)).map((id) => ({ kind: 'job-deleted', id: id as JobId }) as const),
	];
}
