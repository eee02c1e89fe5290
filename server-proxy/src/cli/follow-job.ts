import { readEventStream } from '@nightlog/shared/api/event-stream';
import type { JobId } from '@nightlog/shared/base/ids';
import { isNightlogError } from '@nightlog/shared/base/nightlog-error';
import type { Job } from '@nightlog/shared/jobs/job-schema';
import { isFinalState } from '@nightlog/shared/jobs/job-states';
import type { CommandContext, ServerConnection } from './command-context.ts';

/** Who is told while a job goes on. */
export interface JobListener {
	/** Called with the job as it is now, first once at the beginning. */
	onJob(job: Job): void | Promise<void>;
	/** Called with each of the runner's events once, in their order. */
	onRunnerEvent(event: Readonly<Record<string, unknown>>): void;
}

/** What happens may be asked for this often, also where no event was told. */
const pollMs = 2000;
/** So many runner events come at once (`getJobEvents`). */
const eventsPerPage = 1000;
/** A server that is gone for this long is given up. */
const patienceMs = 60_000;

/**
 * Follows a job to its end and answers it as it ended. A server that goes away is looked for, and started again if need be: the job goes on without it.
 *
 * @throws the signal's reason; NightlogError when the server stayed away, or `job/not-found` when the job was deleted meanwhile
 */
export async function followJob(context: CommandContext, first: ServerConnection, id: JobId, listener: JobListener): Promise<Job> {
	let connection = first;
	const stream = new AbortController();
	const signal = AbortSignal.any([context.signal, stream.signal]);
	const changed = new Bell();
	const reading = listen(context, connection, id, changed, signal);
	let sequence = 0;
	let awaySinceMs: number | null = null;
	try {
		for (;;) {
			try {
				const job = await connection.client.call('getJob', { params: { id }, signal: context.signal });
				sequence = await tellEvents(connection, id, sequence, listener, context.signal);
				await listener.onJob(job);
				awaySinceMs = null;
				if (isFinalState(job.state)) return job;
			} catch (error) {
				context.signal.throwIfAborted();
				if (!isNightlogError(error) || !error.retryable) throw error;
				awaySinceMs ??= context.nowMs();
				if (context.nowMs() - awaySinceMs > patienceMs) throw error;
				connection = await context.connect().catch(() => connection);
			}
			await changed.wait(context, pollMs);
		}
	} finally {
		stream.abort();
		await reading;
	}
}

/** Tells every runner event after `sequence`; answers the last one's number. */
async function tellEvents(connection: ServerConnection, id: JobId, sequence: number, listener: JobListener, signal: AbortSignal): Promise<number> {
	let last = sequence;
	for (;;) {
		const { events } = await connection.client.call('getJobEvents', { params: { id }, query: { after: last }, signal });
		const before = last;
		for (const event of events) {
			listener.onRunnerEvent(event);
			if (typeof event.seq === 'number') last = Math.max(last, event.seq);
		}
		if (events.length < eventsPerPage || last === before) return last;
	}
}

function listen(context: CommandContext, connection: ServerConnection, id: JobId, changed: Bell, signal: AbortSignal): Promise<void> {
	return readEventStream({
		fetch: connection.fetch,
		baseUrl: connection.baseUrl,
		signal,
		random: context.random,
		startTimer: (delayMs, run) => {
			const timer = setTimeout(run, delayMs);
			return () => clearTimeout(timer);
		},
		onEvent: (event) => {
			const concerns = event.type === 'reset' || (event.type === 'job' && event.job.id === id) || (event.type === 'job-deleted' && event.id === id);
			if (concerns) changed.ring();
		},
	});
}

/** Wakes whoever waits; what rings while nobody waits is remembered. */
class Bell {
	#rung = false;
	#wake: (() => void) | null = null;

	ring(): void {
		this.#rung = true;
		this.#wake?.();
	}

	/** Resolves at a ring or after `delayMs`; rejects with the signal's reason. */
	async wait(context: CommandContext, delayMs: number): Promise<void> {
		if (!this.#rung) {
			const timer = new AbortController();
			const woken = new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
			try {
				await Promise.race([woken, context.wait(delayMs, AbortSignal.any([context.signal, timer.signal]))]);
			} finally {
				this.#wake = null;
				timer.abort();
			}
		}
		this.#rung = false;
	}
}
