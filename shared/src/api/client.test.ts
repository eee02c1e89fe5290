import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNightlogError } from '../base/nightlog-error.ts';
import { type ClientOptions, createClient, urlOf } from './client.ts';
import type { FetchResponse } from './fetch-like.ts';
import { routes } from './routes.ts';

function answer(status: number, body: string, headers: Record<string, string> = {}): FetchResponse {
	return {
		status,
		headers: { get: (name) => headers[name.toLowerCase()] ?? null },
		body: null,
		text: async () => body,
		arrayBuffer: async () => new TextEncoder().encode(body).buffer,
	};
}

type Call = { url: string; init: Parameters<ClientOptions['fetch']>[1] };

function clientThat(respond: (call: Call) => FetchResponse | Promise<FetchResponse>, headers: Record<string, string> = {}) {
	const calls: Call[] = [];
	const client = createClient({
		baseUrl: 'https://hub/user/ann/nightlog',
		headers,
		fetch: async (url, init) => {
			calls.push({ url, init });
			return respond({ url, init });
		},
	});
	return { client, calls };
}

test('a call is sent as the table says, with our header and what the client always sends', async () => {
	const { client, calls } = clientThat(() => answer(202, '{"id":"x"}'), { authorization: 'Bearer t' });
	const job = await client.call('submitJob', { headers: { 'idempotency-key': 'key-0001' }, body: { notebook: '/a.ipynb', version: 'v' } });
	assert.deepEqual(job, { id: 'x' });
	assert.deepEqual(calls, [
		{
			url: 'https://hub/user/ann/nightlog/v1/jobs',
			init: {
				method: 'POST',
				headers: {
					authorization: 'Bearer t',
					'x-nightlog': '1',
					accept: 'application/json, application/problem+json',
					'idempotency-key': 'key-0001',
					'content-type': 'application/json',
				},
				body: '{"notebook":"/a.ipynb","version":"v"}',
			},
		},
	]);
});

test('names in an address are encoded, and what is undefined is left out', () => {
	const id = '01jd3zq9d2t5v8x1w4y7b0c6ef';
	assert.equal(
		urlOf('http://h', routes.getJobFile, { params: { id, path: 'a b/é?#%.png' } }),
		`http://h/v1/jobs/${id}/files/a%20b%2F%C3%A9%3F%23%25.png`,
	);
	assert.equal(
		urlOf('http://h', routes.listJobs, { query: { limit: 5, search: 'a&b=c', cursor: undefined } }),
		'http://h/v1/jobs?limit=5&search=a%26b%3Dc',
	);
	assert.equal(urlOf('http://h', routes.listJobs, { query: {} }), 'http://h/v1/jobs');
});

test('the status can be asked for, and an empty answer is null', async () => {
	const { client } = clientThat(() => answer(200, '{"id":"x"}', { 'x-request-id': 'r1' }));
	const { status, requestId } = await client.ask('submitJob', { headers: { 'idempotency-key': 'key-0001' }, body: { notebook: '/a', version: 'v' } });
	assert.deepEqual({ status, requestId }, { status: 200, requestId: 'r1' });
	const { client: other } = clientThat(() => answer(204, ''));
	assert.equal(await other.call('deleteJob', { params: { id: 'x' } }), null);
});

test('what is not JSON comes as an open response', async () => {
	const { client, calls } = clientThat(() => answer(206, 'log', {}));
	const response = await client.call('getJobLog', { params: { id: 'x' }, headers: { range: 'bytes=0-2' } });
	assert.equal(await response.text(), 'log');
	assert.equal(calls[0]?.init.headers.range, 'bytes=0-2');
});

test('bytes travel as they are', async () => {
	const { client, calls } = clientThat(() => answer(204, ''));
	const bytes = new Uint8Array([1, 2]);
	await client.call('putBlob', { params: { sha256: 'a' }, body: bytes });
	assert.equal(calls[0]?.init.body, bytes);
	assert.equal(calls[0]?.init.headers['content-type'], 'application/octet-stream');
});

const failures: [string, () => FetchResponse | Promise<FetchResponse>, { code: string; status: number; retryable: boolean }][] = [
	[
		'a problem keeps its code',
		() =>
			answer(
				409,
				JSON.stringify({
					type: 'urn:nightlog:problem:job/key-used',
					title: 'Used.',
					status: 409,
					requestId: 'r',
					errors: [{ path: '/a', message: 'm' }],
				}),
				{ 'content-type': 'application/problem+json' },
			),
		{ code: 'job/key-used', status: 409, retryable: false },
	],
	['no answer', () => Promise.reject(new TypeError('fetch failed')), { code: 'api/unreachable', status: 503, retryable: true }],
	['a proxy that waits', () => answer(502, '<html>'), { code: 'api/unexpected-answer', status: 502, retryable: true }],
	['a login page', () => answer(403, '<html>'), { code: 'api/unexpected-answer', status: 403, retryable: false }],
	['another server', () => answer(200, '<html>'), { code: 'api/unexpected-answer', status: 502, retryable: false }],
	['a status that is not in the table', () => answer(299, '{}'), { code: 'api/unexpected-answer', status: 502, retryable: false }],
	[
		'half a problem',
		() => answer(500, '{"type":', { 'content-type': 'application/problem+json' }),
		{ code: 'api/unexpected-answer', status: 500, retryable: false },
	],
];
for (const [name, respond, expected] of failures) {
	test(`error: ${name}`, async () => {
		const { client } = clientThat(respond);
		await assert.rejects(client.call('listJobs', {}), (error) => {
			assert.ok(isNightlogError(error));
			assert.deepEqual({ code: error.code, status: error.status, retryable: error.retryable }, expected);
			return true;
		});
	});
}

test('a call that was ended throws the reason of its signal', async () => {
	const controller = new AbortController();
	const reason = new Error('enough');
	const { client } = clientThat(() => {
		controller.abort(reason);
		throw new TypeError('aborted');
	});
	await assert.rejects(client.call('listJobs', { signal: controller.signal }), (error) => error === reason);
});
