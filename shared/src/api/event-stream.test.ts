import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventStreamState, readEventStream, readServerEvent, type ServerEvent } from './event-stream.ts';
import type { FetchLike, FetchResponse } from './fetch-like.ts';

/** A connection of the server's: what is sent appears at the client, which may end it. */
class Connection {
	readonly headers: Readonly<Record<string, string>>;
	readonly url: string;
	ended = false;
	#pieces: (Uint8Array | null)[] = [];
	#wake: () => void = () => undefined;
	constructor(url: string, init: Parameters<FetchLike>[1]) {
		this.url = url;
		this.headers = init.headers;
		init.signal?.addEventListener('abort', () => this.#wake());
		this.signal = init.signal;
	}
	readonly signal: AbortSignal | undefined;
	send(text: string) {
		this.#pieces.push(new TextEncoder().encode(text));
		this.#wake();
	}
	end() {
		this.#pieces.push(null);
		this.#wake();
	}
	response(status = 200, type = 'text/event-stream; charset=utf-8'): FetchResponse {
		return {
			status,
			headers: { get: (name) => (name === 'content-type' ? type : null) },
			text: async () => '',
			arrayBuffer: async () => new ArrayBuffer(0),
			body: {
				getReader: () => ({
					read: async () => {
						while (this.#pieces.length === 0) {
							this.signal?.throwIfAborted();
							await new Promise<void>((resolve) => {
								this.#wake = resolve;
							});
						}
						const piece = this.#pieces.shift();
						return piece == null ? { done: true } : { done: false, value: piece };
					},
					cancel: async () => {
						this.ended = true;
					},
				}),
			},
		};
	}
}

function world(respond: (connection: Connection, count: number) => FetchResponse | Promise<FetchResponse> = (connection) => connection.response()) {
	const connections: Connection[] = [];
	const events: ServerEvent[] = [];
	const states: EventStreamState[] = [];
	const timers: { delayMs: number; run: () => void }[] = [];
	const controller = new AbortController();
	let changed: () => void = () => undefined;
	const done = readEventStream({
		baseUrl: 'http://h',
		headers: { authorization: 'Bearer t' },
		notebook: '/a.ipynb',
		fetch: async (url, init) => {
			const connection = new Connection(url, init);
			connections.push(connection);
			return respond(connection, connections.length);
		},
		onEvent: (event) => {
			events.push(event);
			changed();
		},
		onState: (state) => {
			states.push(state);
			changed();
		},
		signal: controller.signal,
		random: () => 0.5,
		startTimer: (delayMs, run) => {
			const timer = { delayMs, run };
			timers.push(timer);
			return () => {
				if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
			};
		},
	});
	const until = async (holds: () => boolean) => {
		while (!holds()) {
			await new Promise<void>((resolve) => {
				changed = resolve;
			});
		}
	};
	return { connections, events, states, timers, controller, done, until };
}

const message = (id: string, type: string, data: unknown) => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

test('events are told as they come; the stream is asked for alone, with our header', async () => {
	const { connections, events, controller, done, until } = world();
	await until(() => connections.length === 1);
	const [connection] = connections;
	assert.equal(connection?.url, 'http://h/v1/events?notebook=%2Fa.ipynb');
	assert.deepEqual(connection?.headers, { authorization: 'Bearer t', 'x-nightlog': '1', accept: 'text/event-stream' });
	connection?.send(`id: e-0\n\n${message('e-1', 'job', { id: 'é' }).slice(0, 30)}`);
	connection?.send(message('e-1', 'job', { id: 'é' }).slice(30));
	connection?.send(message('e-2', 'unheard-of', {}) + message('e-3', 'job-deleted', { id: 'x' }));
	await until(() => events.length === 2);
	assert.deepEqual(events, [
		{ type: 'job', job: { id: 'é' } },
		{ type: 'job-deleted', id: 'x' },
	]);
	controller.abort(new Error('closed'));
	await done;
	assert.equal(connection?.ended, true);
});

test('it connects again after an end, from the last event on, with delays that grow until something came', async () => {
	const { connections, states, timers, controller, done, until } = world((connection, count) => {
		if (count > 1 && count < 5) throw new TypeError('refused');
		return connection.response();
	});
	const waiting = () => states.filter((state) => state.state === 'waiting').length;
	await until(() => states.at(-1)?.state === 'open');
	connections[0]?.send(message('e-7', 'reset', {}));
	connections[0]?.end();
	for (let count = 1; count <= 4; count++) {
		await until(() => waiting() === count);
		timers.at(-1)?.run();
	}
	await until(() => states.at(-1)?.state === 'open');
	assert.deepEqual(
		states.filter((state) => state.state === 'waiting').map((state) => [state.delayMs, state.error?.code ?? null]),
		[
			[375, null],
			[750, 'api/unreachable'],
			[1500, 'api/unreachable'],
			[3000, 'api/unreachable'],
		],
	);
	assert.ok(connections.slice(1).every((connection) => connection.headers['last-event-id'] === 'e-7'));
	controller.abort(new Error('closed'));
	await done;
});

test('a connection that is silent for 45 s is given up', async () => {
	const { connections, states, timers, controller, done, until } = world();
	await until(() => states.at(-1)?.state === 'open');
	connections[0]?.send(':\n\n');
	assert.deepEqual(
		timers.map(({ delayMs }) => delayMs),
		[45_000],
	);
	timers[0]?.run();
	await until(() => states.at(-1)?.state === 'waiting');
	assert.equal(connections[0]?.ended, true);
	const last = states.at(-1);
	assert.equal(last?.state === 'waiting' && last.error?.code, 'api/unreachable');
	controller.abort(new Error('closed'));
	await done;
	assert.deepEqual(timers, []);
});

test('what answers without a stream is an error, and asked again', async () => {
	const { states, controller, done, until } = world((connection) => connection.response(200, 'text/html'));
	await until(() => states.at(-1)?.state === 'waiting');
	const last = states.at(-1);
	assert.equal(last?.state === 'waiting' && last.error?.code, 'api/unexpected-answer');
	controller.abort(new Error('closed'));
	await done;
});

test('data that is no object is passed over', () => {
	for (const data of ['', '{', '1', 'null']) assert.equal(readServerEvent('job', data), null);
});
