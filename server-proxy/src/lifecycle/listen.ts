import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type ListenOptions } from 'node:net';
import path from 'node:path';
import { isNightlogError, NightlogError } from '@nightlog/shared/base/nightlog-error';
import { hasCode } from '../durable/file-errors.ts';
import type { Transport } from '../server/authorise.ts';
import { refuseUnreadable } from '../server/refuse-unreadable.ts';
import type { SocketPlace } from './socket-path.ts';
import { ensurePrivateFolder } from './state-folder.ts';

/** Everybody on the machine can connect over TCP, and hold connections: they must not take all file handles, which the person's jobs and versions need. */
const mostTcpConnections = 200;

/** The sockets that a server listens on, and how a request came over them. */
export class Listeners {
	readonly #onRequest: RequestListener;
	readonly #servers: Server[] = [];
	readonly #transports = new WeakMap<object, Transport>();

	constructor(onRequest: RequestListener) {
		this.#onRequest = onRequest;
	}

	/** How a request came. One that came no known way is let in nowhere: its Host cannot be right. */
	transportOf(request: IncomingMessage): Transport {
		return this.#transports.get(request.socket) ?? { kind: 'tcp', port: -1, token: '' };
	}

	/**
	 * Listens on the first of these sockets that this machine can make, readable and writable by its owner only. A socket that a server left that is gone
	 * is put in place anew.
	 * @throws NightlogError `server/running` where somebody listens there, `server/no-socket` where none can be made
	 */
	async listenOnSocket(candidates: readonly SocketPlace[], uid: number | null): Promise<string> {
		let last: unknown = null;
		for (const { path: socket, folder } of candidates) {
			try {
				if (folder !== null) await ensurePrivateFolder(path.dirname(socket), uid, folder);
				await this.#listenAnew(socket);
				return socket;
			} catch (error) {
				if (isNightlogError(error, 'server/running')) throw error;
				last = error;
			}
		}
		throw new NightlogError('server/no-socket', 'No Unix socket could be made: set XDG_RUNTIME_DIR to a folder of your own on a local disk.', {
			status: 500,
			cause: last,
		});
	}

	async #listenAnew(socket: string): Promise<void> {
		try {
			await this.#listen({ path: socket }, { kind: 'socket' });
		} catch (error) {
			if (!hasCode(error, 'EADDRINUSE')) throw error;
			if (await answers(socket)) {
				throw new NightlogError('server/running', `Another Nightlog server listens on ${socket}.`, { status: 409, retryable: true });
			}
			rmSync(socket, { force: true });
			await this.#listen({ path: socket }, { kind: 'socket' });
		}
		chmodSync(socket, 0o600);
	}

	/** Listens on loopback only. @returns the port */
	async listenOnLoopback(port: number, token: string): Promise<number> {
		const transport = { kind: 'tcp' as const, port, token };
		const server = await this.#listen({ host: '127.0.0.1', port }, transport);
		transport.port = (server.address() as AddressInfo).port;
		return transport.port;
	}

	/** Takes no new requests, waits for those under way, and after `graceMs` ends them. */
	async close(graceMs: number): Promise<void> {
		await Promise.all(
			this.#servers.map(
				(server) =>
					new Promise<void>((resolve) => {
						const timer = setTimeout(() => server.closeAllConnections(), graceMs);
						server.close(() => {
							clearTimeout(timer);
							resolve();
						});
						server.closeIdleConnections();
					}),
			),
		);
	}

	async #listen(where: ListenOptions, transport: Transport): Promise<Server> {
		const server = createServer({ requestTimeout: 600_000 }, this.#onRequest);
		server.on('connection', (socket) => this.#transports.set(socket, transport));
		server.on('clientError', refuseUnreadable);
		if (transport.kind === 'tcp') server.maxConnections = mostTcpConnections;
		// Binding happens before this returns: nobody else sees the socket with wider rights, and no other file is made with narrower ones.
		const mask = process.umask(0o177);
		try {
			await new Promise<void>((resolve, reject) => {
				server.once('error', reject);
				server.listen(where, () => {
					server.removeListener('error', reject);
					resolve();
				});
				process.umask(mask);
			});
		} finally {
			process.umask(mask);
		}
		this.#servers.push(server);
		return server;
	}
}

function answers(socket: string): Promise<boolean> {
	return new Promise((resolve) => {
		const connection = connect({ path: socket });
		connection.once('connect', () => {
			connection.destroy();
			resolve(true);
		});
		connection.once('error', () => resolve(false));
	});
}
