import { Agent, type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import type { ByteStream, FetchLike, FetchResponse } from '@nightlog/shared/api/fetch-like';

/** Where a server listens: a Unix socket, or a port of this machine. */
export type ServerAddress = { readonly socket: string } | { readonly port: number };

type RequestInit = Parameters<FetchLike>[1];

/** As `fetch` takes it; a body may also come piece by piece. */
export type SocketFetchInit = Omit<RequestInit, 'body'> & { readonly body?: RequestInit['body'] | AsyncIterable<Uint8Array> };

/** A `fetch` whose requests all go to one server, whatever host stands in the address; connections are kept for the next request. */
export interface SocketFetch {
	(url: string, init: SocketFetchInit): Promise<FetchResponse>;
	/** Closes the connections that are kept. */
	close(): void;
}

/** What `baseUrl` of a client is for a socket: the Host that the server is asked by. */
export const socketBaseUrl = 'http://localhost';

/** A `fetch` over a Unix socket. */
export function createSocketFetch(address: ServerAddress): SocketFetch {
	const agent = new Agent({ keepAlive: true });
	const target = 'socket' in address ? { socketPath: address.socket } : { host: '127.0.0.1', port: address.port };
	const socketFetch = (url: string, init: SocketFetchInit) =>
		new Promise<FetchResponse>((resolve, reject) => {
			init.signal?.throwIfAborted();
			const { pathname, search, host } = new URL(url);
			const { body } = init;
			const known = typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : null;
			const outgoing = request({
				...target,
				agent,
				method: init.method,
				path: pathname + search,
				headers: { host, ...init.headers, ...(known === null ? {} : { 'content-length': known.length }) },
				...(init.signal === undefined ? {} : { signal: init.signal as globalThis.AbortSignal }),
			});
			outgoing.on('response', (incoming) => resolve(responseOf(incoming)));
			outgoing.on('error', (error) => reject(init.signal?.aborted ? init.signal.reason : error));
			if (known !== null) outgoing.end(known);
			else if (body === undefined) outgoing.end();
			else {
				const source = Readable.from(body as AsyncIterable<Uint8Array>, { objectMode: false });
				source.on('error', (error) => outgoing.destroy(error));
				source.pipe(outgoing);
			}
		});
	return Object.assign(socketFetch, { close: () => agent.destroy() });
}

function responseOf(incoming: IncomingMessage): FetchResponse {
	const readAll = async () => {
		const pieces: Uint8Array[] = [];
		for await (const piece of incoming as AsyncIterable<Uint8Array>) pieces.push(piece);
		return Buffer.concat(pieces);
	};
	return {
		status: incoming.statusCode ?? 0,
		headers: {
			get(name) {
				const value = incoming.headers[name.toLowerCase()];
				return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
			},
		},
		body: streamOf(incoming),
		text: async () => (await readAll()).toString('utf8'),
		async arrayBuffer() {
			const all = await readAll();
			return all.buffer.slice(all.byteOffset, all.byteOffset + all.length) as ArrayBuffer;
		},
	};
}

function streamOf(incoming: IncomingMessage): ByteStream {
	return {
		getReader() {
			const iterator = incoming[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
			return {
				async read() {
					const { done, value } = await iterator.next();
					return done === true ? { done: true } : { done: false, value };
				},
				async cancel() {
					incoming.destroy();
				},
			};
		},
	};
}
