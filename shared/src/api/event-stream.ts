import { isNightlogError, NightlogError } from '../base/nightlog-error.ts';
import type { Job } from '../jobs/job-schema.ts';
import type { UnkeptSave, Version } from '../versions/version-schema.ts';
import { clientHeader, errorOf, urlOf } from './client.ts';
import type { FetchLike } from './fetch-like.ts';
import { createEventParser } from './parse-event-stream.ts';
import { routes } from './routes.ts';

/** What the server tells of. `reset`: what came before may have been missed, read everything again. Other types may join and are passed over. */
export type ServerEvent =
	| { readonly type: 'job'; readonly job: Job }
	| { readonly type: 'job-deleted'; readonly id: string }
	| { readonly type: 'version'; readonly notebook: string; readonly version: Version }
	| { readonly type: 'unkept'; readonly notebook: string; readonly unkept: UnkeptSave | null }
	| { readonly type: 'reset' };

/** `waiting` follows a failed or ended connection, until the next try. */
export type EventStreamState =
	| { readonly state: 'connecting' }
	| { readonly state: 'open' }
	| { readonly state: 'waiting'; readonly delayMs: number; readonly error: NightlogError | null };

/** What an event stream needs of its host. */
export interface EventStreamOptions {
	readonly fetch: FetchLike;
	/** As for `createClient`. */
	readonly baseUrl: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** Absolute path of a notebook: only what concerns it is told. */
	readonly notebook?: string;
	readonly onEvent: (event: ServerEvent) => void;
	readonly onState?: (state: EventStreamState) => void;
	/** Ends the stream for good. */
	readonly signal: AbortSignal;
	/** In [0, 1). */
	readonly random: () => number;
	/** Calls `run` after `delayMs` unless the function it gives back is called before. */
	readonly startTimer: (delayMs: number, run: () => void) => () => void;
}

const firstDelayMs = 500;
const longestDelayMs = 30_000;
/** The server says something every 15 s; three times nothing is a connection that is gone without having been closed. */
const silenceMs = 45_000;

/**
 * Reads the server's events until the signal ends it, and connects again when the connection fails, with growing, jittered delays. What happened between
 * is told on connecting again, or `reset` is. Resolves when the signal has ended it; never rejects.
 */
export async function readEventStream(options: EventStreamOptions): Promise<void> {
	let lastEventId: string | null = null;
	let failures = 0;
	while (!options.signal.aborted) {
		options.onState?.({ state: 'connecting' });
		let error: NightlogError | null = null;
		try {
			await readOnce(options, lastEventId, {
				onOpen: () => {
					options.onState?.({ state: 'open' });
				},
				onId: (id) => {
					lastEventId = id;
					failures = 0;
				},
			});
		} catch (cause) {
			error = isNightlogError(cause)
				? cause
				: new NightlogError('api/unreachable', 'The connection to the Nightlog server was lost; trying again.', {
						status: 503,
						retryable: true,
						cause,
					});
		}
		if (options.signal.aborted) return;
		const ceilingMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures, 10));
		const delayMs = Math.round(ceilingMs / 2 + (options.random() * ceilingMs) / 2);
		failures += 1;
		options.onState?.({ state: 'waiting', delayMs, error });
		await wait(delayMs, options);
	}
}

interface ReadListener {
	onOpen(): void;
	onId(id: string): void;
}

async function readOnce(options: EventStreamOptions, lastEventId: string | null, listener: ReadListener): Promise<void> {
	const connection = new AbortController();
	const end = () => connection.abort(options.signal.reason);
	options.signal.addEventListener('abort', end, { once: true });
	let stopTimer = options.startTimer(silenceMs, () => connection.abort(silent()));
	try {
		const response = await options.fetch(urlOf(options.baseUrl, routes.streamEvents, { query: { notebook: options.notebook } }), {
			method: 'GET',
			headers: {
				...options.headers,
				[clientHeader.name]: clientHeader.value,
				accept: 'text/event-stream',
				...(lastEventId === null ? {} : { 'last-event-id': lastEventId }),
			},
			signal: connection.signal,
		});
		if (response.status !== 200 || response.headers.get('content-type')?.startsWith('text/event-stream') !== true) throw await errorOf(response);
		if (response.body === null) return;
		listener.onOpen();
		const parser = createEventParser();
		const decoder = new TextDecoder();
		const reader = response.body.getReader();
		try {
			for (;;) {
				const { done, value } = await reader.read();
				connection.signal.throwIfAborted();
				if (done) return;
				stopTimer();
				stopTimer = options.startTimer(silenceMs, () => connection.abort(silent()));
				for (const message of parser.push(decoder.decode(value, { stream: true }))) {
					const event = message.data === '' ? null : readServerEvent(message.type, message.data);
					if (event !== null) options.onEvent(event);
					// After the listener has it: an event that it failed on comes again.
					if (message.id !== null) listener.onId(message.id);
				}
			}
		} finally {
			await reader.cancel().catch(() => undefined);
		}
	} finally {
		stopTimer();
		options.signal.removeEventListener('abort', end);
	}
}

/** The event of a message; null where its type is not known here or its data is no JSON object. */
export function readServerEvent(type: string, data: string): ServerEvent | null {
	let value: unknown;
	try {
		value = JSON.parse(data);
	} catch {
		return null;
	}
	if (typeof value !== 'object' || value === null) return null;
	switch (type) {
		case 'job':
			return { type, job: value as Job };
		case 'job-deleted':
			return { type, id: String((value as { id: unknown }).id) };
		case 'version': {
			const { notebook, version } = value as { notebook: string; version: Version };
			return { type, notebook, version };
		}
		case 'unkept': {
			const { notebook, unkept } = value as { notebook: string; unkept: UnkeptSave | null };
			return { type, notebook, unkept };
		}
		case 'reset':
			return { type };
		default:
			return null;
	}
}

function silent(): NightlogError {
	return new NightlogError('api/unreachable', 'The Nightlog server has not been heard of for 45 s; connecting again.', {
		status: 503,
		retryable: true,
	});
}

function wait(delayMs: number, options: EventStreamOptions): Promise<void> {
	return new Promise((resolve) => {
		const finish = () => {
			cancel();
			options.signal.removeEventListener('abort', finish);
			resolve();
		};
		const cancel = options.startTimer(delayMs, finish);
		options.signal.addEventListener('abort', finish, { once: true });
	});
}
