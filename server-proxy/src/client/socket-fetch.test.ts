import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createSocketFetch, type SocketFetch } from './socket-fetch.ts';

let folder: string;
let server: Server;
let socket: string;
let socketFetch: SocketFetch;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
before(async () => {
	folder = mkdtempSync(path.join(tmpdir(), 'nl-fetch-'));
	socket = path.join(folder, 's.sock');
	server = createServer((request, response) => answer(request, response));
	await new Promise<void>((resolve) => server.listen(socket, resolve));
	socketFetch = createSocketFetch({ socket });
});
after(async () => {
	socketFetch.close();
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
	rmSync(folder, { recursive: true, force: true });
});

async function readAll(request: IncomingMessage): Promise<string> {
	let text = '';
	for await (const piece of request) text += String(piece);
	return text;
}

test('method, address, headers and body arrive, and the answer comes back', async () => {
	answer = async (request, response) => {
		const body = await readAll(request);
		response.setHeader('x-many', ['a', 'b']);
		response.statusCode = 207;
		response.end(
			JSON.stringify({
				method: request.method,
				url: request.url,
				host: request.headers.host,
				length: request.headers['content-length'],
				own: request.headers['x-own'],
				body,
			}),
		);
	};
	const response = await socketFetch('http://localhost/v1/a%2Fb?q=%20', { method: 'PUT', headers: { 'x-own': 'y' }, body: 'é' });
	assert.equal(response.status, 207);
	assert.equal(response.headers.get('X-Many'), 'a, b');
	assert.equal(response.headers.get('x-none'), null);
	assert.deepEqual(JSON.parse(await response.text()), { method: 'PUT', url: '/v1/a%2Fb?q=%20', host: 'localhost', length: '2', own: 'y', body: 'é' });
});

test('a body that comes piece by piece is sent so', async () => {
	answer = async (request, response) => response.end(`${request.headers['transfer-encoding']} ${await readAll(request)}`);
	async function* body() {
		yield Buffer.from('one ');
		yield Buffer.from('two');
	}
	const response = await socketFetch('http://localhost/', { method: 'PUT', headers: {}, body: body() });
	assert.equal(Buffer.from(await response.arrayBuffer()).toString(), 'chunked one two');
});

test('an answer is read piece by piece, and a reader that has enough ends the connection', async () => {
	let closed: () => void = () => undefined;
	const ended = new Promise<void>((resolve) => {
		closed = resolve;
	});
	answer = (_request, response) => {
		response.write('first');
		response.on('close', closed);
	};
	const response = await socketFetch('http://localhost/', { method: 'GET', headers: {} });
	const reader = response.body?.getReader();
	const { value } = (await reader?.read()) ?? {};
	assert.equal(Buffer.from(value ?? []).toString(), 'first');
	await reader?.cancel();
	await ended;
});

test('a signal ends the request with its reason, before and while it runs', async () => {
	const reason = new Error('enough');
	await assert.rejects(
		socketFetch('http://localhost/', { method: 'GET', headers: {}, signal: AbortSignal.abort(reason) }),
		(error) => error === reason,
	);
	const controller = new AbortController();
	answer = () => controller.abort(reason);
	await assert.rejects(socketFetch('http://localhost/', { method: 'GET', headers: {}, signal: controller.signal }), (error) => error === reason);
});

test('nobody there is an error', async () => {
	const nobody = createSocketFetch({ socket: path.join(folder, 'nobody.sock') });
	await assert.rejects(nobody('http://localhost/', { method: 'GET', headers: {} }), /ENOENT/);
});
